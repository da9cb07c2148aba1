"""The title of a conversation, made by its model once the first reply is whole. Nobody waits for it, and without it the
first line of the question stays."""

import asyncio
import logging
import re
import unicodedata
from contextvars import Context
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from chat import live
from chat.models import Conversation, Message, Model, Provider, SearchEntry, Turn
from chat.models.conversations import title_of
from chat.providers import provider_for
from chat.providers.base import Prompt, ProviderError, Said

from .database import in_database

log = logging.getLogger(__name__)
SECONDS = 15
CLIP_CHARS = 4000
ASK = (
    "Give this conversation a title of at most six words, in its own language. "
    "Answer with the title alone, without quotation marks."
)

_THOUGHTS = re.compile(r"<(think|thinking)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(r"^\W*(title|titel|titre|título|titolo|标题|العنوان)\W*[:：]", re.IGNORECASE)
_MARKUP = re.compile(r"</?\w[^<>]{0,40}>|[*_`#>|~\[\]]+")
_QUOTES = " \t\"'“”„‟‘’‚«»‹›「」『』《》.。"
# Joiners are part of words in some languages, and of emoji.
_KEPT = "\u200c\u200d"

_under_way: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class _Task:
    conversation: Conversation
    server: Provider
    prompt: Prompt


def begin(turn: Turn) -> None:
    """From the serving loop, after the end of a turn."""
    if not settings.TITLES or turn.status != Turn.Status.COMPLETE:
        return
    task = asyncio.get_running_loop().create_task(_title(turn), context=Context())
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


def under_way() -> set[asyncio.Task[None]]:
    return set(_under_way)


async def _title(turn: Turn) -> None:
    try:
        if task := await in_database(_claim, turn):
            async with asyncio.timeout(SECONDS):
                server = task.server
                said = await provider_for(server.kind, server.base_url, server.key).complete(task.prompt)
            if await in_database(_write, task.conversation, cleaned(said)):
                live.conversation_changed(task.conversation)
    except (ProviderError, TimeoutError) as error:
        reason = error.reason if isinstance(error, ProviderError) else "timeout"
        log.info("no title for conversation %s: %s", turn.message.conversation_id, reason)
    except Exception:
        log.exception("no title for conversation %s", turn.message.conversation_id)


@transaction.atomic
def _claim(turn: Turn) -> _Task | None:
    """What to ask, for whoever may ask it: of all processes one, and once in the life of a conversation."""
    ended = Turn.objects.select_related("model__provider", "message__parent", "user").get(pk=turn.pk)
    whole = Turn.objects.filter(message__conversation=ended.message.conversation_id, status="complete")
    if ended.model is None or whole.filter(finished__lt=ended.finished).exists():
        return None
    if not Model.objects.usable(ended.user).filter(pk=ended.model.pk).exists():
        return None
    mine = Conversation.objects.filter(pk=ended.message.conversation_id, temporary=False)
    # The title is the model's from here on: a person's takes it away, and no second request finds it unclaimed.
    unclaimed = mine.filter(titled_by=Conversation.TitledBy.QUESTION)
    if not unclaimed.update(titled_by=Conversation.TitledBy.MODEL):
        return None
    return _Task(mine.get(), ended.model.provider, _prompt(ended.model.name, ended.message))


def _prompt(model: str, answer: Message) -> Prompt:
    question = answer.parent.text_and_files if answer.parent else ""
    talk = [Said("user", question[:CLIP_CHARS]), Said("assistant", answer.text[:CLIP_CHARS])]
    return Prompt(model, [*talk, Said("user", ASK)])


def _write(conversation: Conversation, title: str) -> bool:
    mine = Conversation.objects.filter(pk=conversation.pk, titled_by=Conversation.TitledBy.MODEL)
    if not (title and mine.update(title=title)):
        return False
    conversation.title = title
    SearchEntry.objects.put_title(conversation)
    return True


def cleaned(said: str) -> str:
    """One line of plain text out of whatever a model made of the request; empty where there is none."""
    said = "".join(_harmless(character) for character in _THOUGHTS.sub("", said))
    lines = (_LABEL.sub("", _MARKUP.sub(" ", line)).strip(_QUOTES) for line in said.split("\n"))
    line = next(filter(None, lines), "")
    return title_of(line) if line else ""


def _harmless(character: str) -> str:
    """Without what is not seen but has its effect: control and direction marks, tags, halves of pairs."""
    if character == "\n" or character in _KEPT:
        return character
    kind = unicodedata.category(character)
    if kind in {"Zl", "Zp", "Zs", "Cc"}:
        return " "
    return "" if kind in {"Cf", "Cs", "Co", "Cn"} else character
