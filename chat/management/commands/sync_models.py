"""Connect the models that can be found: the demo, those of OPENAI_BASE_URL, of Anthropic, and an Ollama on this machine.

No row is taken away, and what an administrator has changed stays changed: see `chat.admin.synchronise.take_over`.
"""

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connections, transaction

from chat.admin.synchronise import MOST_ENABLED, listed, offers_of, synchronise, take_over
from chat.models import Model, Provider
from chat.models.providers import server_url
from chat.providers.base import ProviderError
from chat.providers.listing import Offer

log = logging.getLogger("chat.models")

LIST_SECONDS = 5.0
OLLAMA_SECONDS = 0.5
OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"


@dataclass(frozen=True, slots=True)
class Server:
    """Where models may be found. `urls` are tried in turn, and the first that has a list is kept. `is_sure`: somebody
    has said that it is there, so that it gets its row whether it answers or not."""

    name: str
    urls: tuple[str, ...]
    key: str
    seconds: float
    model: str = ""
    is_sure: bool = True
    kind: str = Provider.Kind.OPENAI


class Command(BaseCommand):
    help = (
        "Connects the models that can be found, as every start does, and takes over what the providers of the admin "
        "list. Fit for cron: it fails where a provider does, after having asked all others."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        connect_models()
        failed = [provider.name for provider in _others() if not self._synchronise(provider)]
        for model in Model.objects.connected():
            default = " (default)" if model.is_default else ""
            self.stdout.write(f"{model.provider.name}: {model}{default}")
        if failed:
            raise CommandError(f"Not synchronised: {', '.join(failed)}")

    def _synchronise(self, provider: Provider) -> bool:
        try:
            found = synchronise(provider)
        except ProviderError as error:
            self.stderr.write(f"{provider}: {error.message} ({error.detail or error.reason})")
            return False
        gone = [f"{listed(found.gone)} no longer offered"] if found.gone else []
        self.stdout.write(f"{provider}: {', '.join([*found.sentences(), *gone])}")
        return True


def connect_at_start() -> None:
    """On the first start with a server of its own, its models are there before the first request; otherwise nobody
    waits for them."""
    _connect_demo()
    is_first = any(_row_of(server) is None for server in _configured())
    aside = threading.Thread(target=_connect_aside, name="connect-models", daemon=True)
    aside.start()
    if is_first:
        aside.join(LIST_SECONDS)


def connect_models() -> None:
    """Add what has come since the last time. Takes as long as the servers do, up to their deadlines."""
    _connect_demo()
    for server in filter(None, (*_configured(), _ollama())):
        _connect(server)
    _choose_default()


def _connect_aside() -> None:
    try:
        connect_models()
    except Exception:
        log.exception("models could not be connected")
    finally:
        connections.close_all()


def _others() -> list[Provider]:
    """Providers that somebody has entered, whom `connect_models` does not ask."""
    asked = {row.pk for row in map(_row_of, filter(None, (*_configured(), _ollama()))) if row}
    there = Provider.objects.filter(enabled=True, kind__in=settings.PROVIDERS).exclude(pk__in=asked)
    return list(there.exclude(kind=Provider.Kind.DEMO))


def _connect_demo() -> None:
    provider = Provider.objects.filter(kind=Provider.Kind.DEMO).first()
    if provider is None:
        provider, _ = Provider.objects.get_or_create(name="Demo", defaults={"kind": Provider.Kind.DEMO})
    provider.models.get_or_create(name="demo", defaults={"label": "Demo"})
    _choose_default()


def _configured() -> list[Server]:
    return list(filter(None, (_openai(), _anthropic())))


def _openai() -> Server | None:
    if not (settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY):
        return None
    url = (settings.OPENAI_BASE_URL or OPENAI_URL).rstrip("/")
    if not _is_address(url, "OPENAI_BASE_URL"):
        return None
    # The usual slip is to leave the path out.
    urls = (url,) if urlsplit(url).path else (f"{url}/v1", url)
    return Server(_name_of(url), urls, settings.OPENAI_API_KEY, LIST_SECONDS, settings.OPENAI_MODEL)


def _anthropic() -> Server | None:
    if not settings.ANTHROPIC_API_KEY:
        return None
    return Server("Anthropic", (ANTHROPIC_URL,), settings.ANTHROPIC_API_KEY, LIST_SECONDS, kind="anthropic")


def _ollama() -> Server | None:
    url = settings.OLLAMA_URL.rstrip("/")
    if not url or not _is_address(url, "OLLAMA_URL"):
        return None
    return Server("Ollama", (f"{url}/v1",), "", OLLAMA_SECONDS, is_sure=False)


def _is_address(url: str, setting: str) -> bool:
    try:
        server_url(url)
    except ValidationError:
        log.error("%s is not an address such as https://api.openai.com/v1; it is not used.", setting)
        return False
    return True


def _name_of(url: str) -> str:
    return "OpenAI" if url.startswith(OPENAI_URL) else urlsplit(url).netloc[:80]


def _row_of(server: Server) -> Provider | None:
    return Provider.objects.filter(kind=server.kind, base_url__in=server.urls).first()


def _connect(server: Server) -> None:
    row = _row_of(server)
    if row and not row.enabled:
        return
    url, offers = _ask(server, row)
    if not (offers or row or server.is_sure):
        return
    row = row or _add(server, url)
    if row.key != server.key and server.key:
        _keep_key(row, server.key)
    _add_models(row, offers, server.model)


def _ask(server: Server, row: Provider | None) -> tuple[str, list[Offer]]:
    """The address that answers, and what it offers; nothing where none does."""
    problem = ""
    for url in (row.base_url,) if row else server.urls:
        try:
            key = (row and row.key) or server.key
            if offers := asyncio.run(offers_of(server.kind, url, key, server.seconds)):
                return url, offers
            problem = "It lists none."
        except ProviderError as error:
            problem = f"{error.message} ({error.detail or error.reason})"
    if server.is_sure:
        alone = (
            f"{server.model} is connected alone" if server.model else f"none is connected; {_advice(server)}"
        )
        log.warning("The models of %s cannot be listed: %s So %s.", server.name, problem, alone)
    return server.urls[0], []


def _advice(server: Server) -> str:
    return "set OPENAI_MODEL" if server.kind == Provider.Kind.OPENAI else "add one in the admin"


def _add(server: Server, url: str) -> Provider:
    row = Provider(name=server.name, kind=server.kind, base_url=url)
    if Provider.objects.filter(name=server.name).exists():
        row.name = url[:80]
    row.key = server.key
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # another process starts as well
        return _row_of(server) or Provider.objects.get(name=row.name)
    return row


def _keep_key(row: Provider, key: str) -> None:
    if row.key:
        log.warning(
            "%s has another key than the environment says. It is kept; change it in the admin.", row.name
        )
        return
    row.key = key
    row.save(update_fields=["key_sealed", "key_hint"])


def _add_models(row: Provider, offers: list[Offer], chosen: str) -> None:
    known = row.models.filter(name=chosen).exists()
    found = take_over(row, offers, MOST_ENABLED - row.models.filter(enabled=True).count(), chosen)
    if chosen and not known and chosen not in found.added:
        # It is on no list, and chosen all the same.
        row.models.get_or_create(name=chosen)
    if found.added:
        log.info("%s: %d model(s) connected", row.name, len(found.added))
    if chosen and not known:
        Model.objects.make_default(row.models.get(name=chosen))


def _choose_default() -> None:
    """The demo is the default only while there is nothing else."""
    default = Model.objects.connected().filter(is_default=True).first()
    if default and default.provider.kind != Provider.Kind.DEMO:
        return
    usable = Model.objects.connected().order_by("created", "pk")
    best = usable.exclude(provider__kind=Provider.Kind.DEMO).first() or usable.first()
    if best and best != default:
        Model.objects.make_default(best)
