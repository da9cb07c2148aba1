"""Who may look on, asked in the same words by the WebSocket, the event stream and the long poll.

A session, its account and the conversation are looked up for many viewers in one go: those that open a stream while a
look-up is under way go together in the next, and open streams are asked about again every few seconds.
"""

import asyncio
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from .models import Conversation

SIGNED_OUT = 4401
NOT_THERE = 4404


@dataclass(frozen=True, slots=True)
class Claim:
    """What a viewer brings: the session key of its cookie, and the conversation it wants; None for what concerns all of
    a person's conversations."""

    session: str
    conversation: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is 0 where the claim holds, else the close code that says why not; `seconds` when to come again, where that
    helps."""

    code: int
    user_id: int = 0
    seconds: int = 0


class Watched(Protocol):
    claim: Claim
    door: str

    @property
    def lag(self) -> int: ...

    def revoke(self, code: int) -> None: ...


class Access:
    """The viewers of this process. Lives in the serving loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="access")
        self._waiting: list[tuple[Claim, asyncio.Future[Verdict]]] = []
        self._asking: asyncio.Task[None] | None = None
        self._open: dict[Watched, int] = {}
        self._ended = 0

    async def ask(self, claim: Claim) -> Verdict:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Verdict] = loop.create_future()
        self._waiting.append((claim, answer))
        if self._asking is None or self._asking.done():
            self._asking = loop.create_task(self._ask_waiting(), context=Context())
        return await answer

    async def _ask_waiting(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                verdicts = await self._judge([claim for claim, _ in waiting])
            except Exception as error:
                for _, answer in waiting:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), verdict in zip(waiting, verdicts, strict=True):
                if not answer.done():
                    answer.set_result(verdict)

    async def _judge(self, claims: Sequence[Claim]) -> list[Verdict]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, judge, claims)

    def admit(self, viewer: Watched, user_id: int) -> bool:
        """Count a viewer in; False where its user has too many already."""
        if sum(1 for other in self._open.values() if other == user_id) >= settings.VIEWERS_PER_USER:
            return False
        self._open[viewer] = user_id
        if self._ended:
            viewer.revoke(self._ended)
        return True

    def leave(self, viewer: Watched) -> None:
        self._open.pop(viewer, None)

    def viewers(self) -> tuple[Watched, ...]:
        return tuple(self._open)

    def end(self, code: int) -> None:
        """Nobody looks on any longer, nor does whoever was about to."""
        self._ended = code
        for viewer in self.viewers():
            viewer.revoke(code)

    async def recheck(self) -> None:
        """End the streams of those who may no longer look on."""
        viewers = tuple(self._open)
        if not viewers:
            return
        for viewer, verdict in zip(viewers, await self._judge([v.claim for v in viewers]), strict=True):
            if verdict.code or verdict.user_id != self._open.get(viewer, verdict.user_id):
                viewer.revoke(verdict.code or SIGNED_OUT)


def judge(claims: Sequence[Claim]) -> list[Verdict]:
    """A verdict a claim, in three queries."""
    try:
        # PostgreSQL refuses a question about NUL, and this one is asked for all.
        keys = {claim.session for claim in claims if "\x00" not in claim.session}
        sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        signed_in = {session.session_key: session.get_decoded() for session in sessions}
        users = _users({data.get(SESSION_KEY) for data in signed_in.values()})
        readers = {key: user for key, data in signed_in.items() if (user := _reader(data, users))}
        pairs = {
            (readers[claim.session].pk, claim.conversation)
            for claim in claims
            if claim.conversation and claim.session in readers
        }
        visible = Conversation.objects.visible_pairs(pairs)
        return [_verdict(claim, readers.get(claim.session), visible) for claim in claims]
    finally:
        close_old_connections()


def _users(ids: "set[str | None]") -> dict[str, User]:
    found = get_user_model().objects.filter(pk__in=[pk for pk in ids if pk], is_active=True)
    return {str(user.pk): user for user in found}


def _reader(data: dict[str, str], users: dict[str, User]) -> User | None:
    """The active user of a session whose password has not changed since."""
    user = users.get(data.get(SESSION_KEY, ""))
    if user is None:
        return None
    shown = data.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(shown, each) for each in hashes) else None


def _verdict(claim: Claim, reader: User | None, visible: set[tuple[int, uuid.UUID]]) -> Verdict:
    if reader is None:
        return Verdict(SIGNED_OUT)
    seen = claim.conversation is None or (reader.pk, claim.conversation) in visible
    return Verdict(0 if seen else NOT_THERE, reader.pk)


access = Access()
