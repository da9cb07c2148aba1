"""Whether each enabled provider answers: by its list, which costs nothing, and by one short reply where it keeps none."""

import asyncio
from collections.abc import Iterator

from chat.admin.synchronise import offers_of
from chat.admin.trial import try_out
from chat.models import Model, Provider
from chat.providers.base import ProviderError

from .findings import Finding, failed, ok, warning

LIST_SECONDS = 10.0


def findings() -> Iterator[Finding]:
    providers = Provider.objects.filter(enabled=True).exclude(kind=Provider.Kind.DEMO)
    for provider in providers:
        yield _answers(provider)
    if not providers:
        yield warning("models", "There is no provider but the demo.", "Connect one: docs/models.md.")


def _answers(provider: Provider) -> Finding:
    about = f"models of {provider.name}"
    try:
        key = provider.key
        offers = asyncio.run(offers_of(provider.kind, provider.base_url, key, LIST_SECONDS))
    except ProviderError as problem:
        if problem.reason not in ("no_model", "bad_request"):
            return failed(about, problem.message, *_mend(problem.reason))
        offers = []
    if offers:
        return ok(about, f"The server answers and lists {len(offers)}.")
    model = Model.objects.connected().filter(provider=provider).first()
    if model is None:
        return warning(about, "The server lists none, and none is enabled.", "Add one in the admin.")
    trial = try_out(model)
    if not trial.worked:
        return failed(about, f"{model.name}: {trial.error or 'the reply did not end'}")
    return ok(about, f"{model.name} answers, its first token after {trial.first_token or trial.total:.1f} s.")


def _mend(reason: str) -> tuple[str, ...]:
    return {
        "auth": ("Enter its key again in the admin.",),
        "unreachable": ("Is it running, and is the address in the admin right as seen from this machine?",),
        "dns": ("Is the address in the admin right? Does this machine resolve names?",),
        "tls": ("Its certificate is not trusted here. Name the authority in SSL_CERT_FILE.",),
        "timeout": ("Is a firewall between this machine and it?",),
    }.get(reason, ())
