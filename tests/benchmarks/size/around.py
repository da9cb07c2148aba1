"""What gathers around conversations in two years: sessions, devices, logs, links, traces, the log of what was live."""

import gzip
import random
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from axes.models import AccessLog
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from chat.models import Conversation, Device, SavedPrompt, Trace, TranscriptReading, Turn
from chat.models.journal import JournalFence, JournalTopic
from chat.models.shares import Share, SharedMessage
from tests.benchmarks.size.rows import Writer

SESSIONS, LOGINS, READINGS, SHARES, TRACES, FENCES = 20_000, 50_000, 20_000, 2_000, 20_000, 20_000
TRACE = gzip.compress(b'{"kind":"text","ms":100,"chars":4,"text":"word"}\n' * 60)


class Around:
    def __init__(self, scale: float) -> None:
        self.chance = random.Random(6)
        self.writer = Writer()
        self.scale = scale
        self.people = list(User.objects.order_by("pk").values_list("pk", "username"))
        self.chats = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))

    def make(self) -> None:
        write, now = self.writer.write, timezone.now()
        User.objects.create_superuser("root")
        groups = Group.objects.bulk_create([Group(name=f"Team {number}") for number in range(30)])
        through = User.groups.through
        members = [(pk, self.chance.choice(groups).pk) for pk, _ in self.people]
        write(through, ("user", "group"), members)
        keys = [secrets.token_hex(16) for _ in range(self._count(SESSIONS))]
        data = SessionStore().encode({"_auth_user_id": "1", "_auth_user_hash": "0" * 64})
        later = self.writer.time(now + timedelta(days=9))
        gone = self.writer.time(now - timedelta(days=1))
        write(
            Session,
            ("session_key", "session_data", "expire_date"),
            ((key, data, self.chance.choice((later, later, gone))) for key in keys),
        )
        write(
            Device,
            ("id", "session", "user", "agent", "seen"),
            ((self._key(), key, self._person()[0], "Mozilla/5.0 (X11; Linux)", self._ago()) for key in keys),
        )
        write(AccessLog, ("username", "ip_address", "user_agent", "http_accept", "path_info"), self._logins())
        write(TranscriptReading, ("reader_name", "owner_name", "conversation"), self._readings())
        write(
            SavedPrompt,
            ("user", "name", "text"),
            ((pk, "Translate", "To German:") for pk, _ in self.people[::5]),
        )
        self._shares()
        self._traces()
        self._journal()

    def _logins(self) -> Iterator[tuple[Any, ...]]:
        for _ in range(self._count(LOGINS)):
            yield self._person()[1], "10.0.0.1", "Mozilla/5.0 (X11; Linux)", "text/html", "/accounts/login/"

    def _readings(self) -> Iterator[tuple[Any, ...]]:
        for _ in range(self._count(READINGS)):
            yield "root", self._person()[1], self.writer.key(self.chance.choice(self.chats))

    def _shares(self) -> None:
        count = self._count(SHARES)
        shares = (
            (n + 1, self.writer.key(self.chance.choice(self.chats)), secrets.token_urlsafe(24), "A link")
            for n in range(count)
        )
        self.writer.write(Share, ("id", "conversation", "token", "title"), shares)
        messages = ((n + 1, place, "user", "said " * 40) for n in range(count) for place in range(6))
        self.writer.write(SharedMessage, ("share", "position", "role", "text"), messages)

    def _traces(self) -> None:
        newest = Turn.objects.order_by("-requested").values_list("pk", "requested")[: self._count(TRACES)]
        rows = ((self.writer.key(pk), TRACE, 2400, self.writer.time(at)) for pk, at in newest)
        self.writer.write(Trace, ("turn", "events", "size", "created"), rows)

    def _journal(self) -> None:
        """The log of old conversations is trimmed; a head stays of each."""
        now = time.time()
        heads = ((f"conversation:{pk}", "abcd1234", 900, 900, now - 86400) for pk in self.chats)
        self.writer.write(JournalTopic, ("topic", "epoch", "offset", "floor", "touched"), heads)
        fences = (
            (secrets.token_hex(16), 1, 40, now - 3600 * self.chance.random() * 23)
            for _ in range(self._count(FENCES))
        )
        self.writer.write(JournalFence, ("key", "token", "seq", "touched"), fences)

    def _count(self, whole: int) -> int:
        return max(20, round(whole * self.scale))

    def _person(self) -> tuple[int, str]:
        return self.chance.choice(self.people)

    def _key(self) -> Any:
        import uuid

        return self.writer.key(uuid.uuid4())

    def _ago(self) -> Any:
        return self.writer.time(timezone.now() - timedelta(days=60 * self.chance.random()))


def tend() -> None:
    """What a database does by itself in the course of two years. SQLite has no statistics, as in the product."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
