"""What became of turns whose runner died: each of them still ends, or begins again where nobody saw any of it."""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from chat import live
from chat.live import Fence
from chat.models import ToolUse, Turn, steps
from chat.parts import Part, Parts
from chat.snapshots import journalled

from . import queue
from .count import count
from .database import in_database
from .leases import leases
from .runner import ATTEMPTS, announce
from .toolbox import STOPPED, UNKNOWN

log = logging.getLogger(__name__)
# How long a commit may be ahead of what follows it before we take that to be lost.
GRACE_SECONDS = 3
AT_ONCE = 200
_wait_until = 0.0


async def recover(grace_seconds: float = GRACE_SECONDS) -> None:
    """Settle what died. Run at start, with no grace, and every few seconds, by any number of processes at once."""
    here = {run.turn_id for run in leases.runs()}
    for turn in await _lost(here):
        try:
            await _settle(turn)
        except Exception:
            # One that cannot be settled must not keep the others waiting.
            log.exception("turn %s could not be recovered yet", turn.pk)
    for turn in await in_database(_unannounced, grace_seconds):
        await announce(turn)


async def _lost(here: set[uuid.UUID]) -> list[Turn]:
    """Those whose runner died. While the database is away nobody can renew a lease, so that once it is back their owners have
    some time to do so."""
    global _wait_until
    began, is_away = time.monotonic(), True
    try:
        lost = await in_database(_expired, here)
        is_away = time.monotonic() - began > settings.TURN_LEASE_SECONDS / 4
    finally:
        if is_away:
            _wait_until = time.monotonic() + settings.TURN_LEASE_SECONDS / 2
    return lost if time.monotonic() >= _wait_until else []


async def _settle(turn: Turn) -> None:
    if not await in_database(turn.take_over):
        return
    # The new fence shuts out the old runner before its text is read.
    await live.publish(turn.message.conversation.topic, [], Fence(str(turn.pk), turn.lease_token, 1))
    kept, cursor = await journalled(turn)
    stopped = STOPPED if turn.stop_requested else ""
    uses = await in_database(ToolUse.objects.give_up, turn, UNKNOWN, stopped)
    parts, text = _with_calls(kept, uses)
    if turn.stop_requested:
        status, reason = "stopped", "stopped"
    elif not parts and turn.attempt < ATTEMPTS:
        log.warning("turn %s begins again: its runner died before the first token", turn.pk)
        if await in_database(turn.requeue):
            await queue.kick_here(turn.pk)
        return
    else:
        status, reason = "interrupted", "server"
    log.warning("turn %s is %s: its runner died", turn.pk, status)
    fields = {"text": text, "parts": parts, "html": await asyncio.to_thread(steps.html_of, parts)}
    if await in_database(turn.finish, status, checkpoint=str(cursor), reason=reason, **fields):
        count(turn)
        await announce(turn)


def _with_calls(kept: Parts, uses: Sequence[ToolUse]) -> tuple[list[Part], str]:
    """What was journalled, and the calls that were written down: those are whole in their rows, whatever was lost."""
    for use in uses:
        kept.write_call(use.call, use.name, use.arguments)
        kept.answer(use.call, status=use.status, text=use.result, seconds=use.seconds)
    return kept.as_list(), kept.text


def _expired(here: set[uuid.UUID]) -> list[Turn]:
    """Running turns that nobody has looked after for a lease. Our own are ours, however late we are."""
    lost = Turn.objects.filter(status=Turn.Status.RUNNING, lease_until__lt=timezone.now())
    return list(lost.exclude(pk__in=here).select_related("message__conversation")[:AT_ONCE])


def _unannounced(grace_seconds: float) -> list[Turn]:
    before = timezone.now() - timedelta(seconds=grace_seconds)
    ended = Q(announced=False, finished__lt=before)
    # In the order of their index: in that of all turns, SQLite reads all turns.
    waiting = Turn.objects.filter(ended).order_by("finished")
    return list(waiting.wordless().select_related("message__conversation")[:AT_ONCE])
