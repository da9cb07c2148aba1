"""A site that has been used for two years: a million messages, a hundred thousand conversations, ten thousand people.

The rows are those that the product would have written: trees with branches, turns with figures, the index of words, spending,
links, files, traces, logs. Nothing in them is a default that every row has alike where a filter or an index looks.
"""

import random
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from chat.models import (
    Attachment,
    Conversation,
    Feedback,
    Folder,
    Message,
    Model,
    Provider,
    SearchEntry,
    Spending,
    ToolUse,
    Turn,
)
from tests.benchmarks.size.people import COLLECTORS, Chat, Person, people
from tests.benchmarks.size.rows import Writer, without_indexes
from tests.benchmarks.size.texts import Said, Texts

PEOPLE, CHATS, MESSAGES = 10_000, 100_000, 1_000_000
MODELS = ("small", "large", "coder", "thinker", "old")
STATUSES, SHARES = ("complete", "stopped", "failed", "interrupted"), (94, 2, 2, 2)
# One in so many answers, turns or questions has it.
SIBLING, TOOL_USE, FEEDBACK, FILE = 10, 20, 50, 100
TABLES = ("chat_message", "chat_turn", "chat_searchentry", "chat_conversation")


@dataclass(slots=True)
class Rows:
    """Those of some people, to be written together."""

    messages: list[tuple[Any, ...]] = field(default_factory=list)
    turns: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    uses: list[tuple[Any, ...]] = field(default_factory=list)
    feedback: list[tuple[Any, ...]] = field(default_factory=list)
    files: list[tuple[Any, ...]] = field(default_factory=list)
    spent: dict[tuple[int, date, str], list[Any]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0, Decimal(0)])
    )


class Maker:
    def __init__(self, scale: float) -> None:
        self.chance = random.Random(5)
        self.now = timezone.now()
        self.texts = Texts(self.chance)
        self.writer = Writer()
        self.scale = scale
        self.entry = 0
        self.models: list[int] = []

    def make(self) -> None:
        counts = (max(20, round(each * self.scale)) for each in (PEOPLE, CHATS, MESSAGES))
        everybody = people(self.chance, self.now, *counts)
        self._people(everybody)
        without_indexes(TABLES, lambda: self._talk(everybody))
        _reset_sequences()

    def _people(self, everybody: list[Person]) -> None:
        provider = Provider.objects.create(name="Lab", kind="openai", base_url="http://127.0.0.1:9/v1")
        made = [
            Model.objects.create(provider=provider, name=name, input_price=1, output_price=4)
            for name in MODELS
        ]
        self.models = [model.pk for model in made]
        self.writer.write(
            User,
            ("id", "username", "password", "email", "date_joined"),
            ((p.pk, p.name, "!", f"{p.name}@example.org", self._time(self._ago(700))) for p in everybody),
        )
        folders: list[tuple[int, int, str]] = []
        for person in everybody:
            for number in range(10 if person.pk <= COLLECTORS else self.chance.choice((0, 0, 0, 3))):
                folders.append((len(folders) + 1, person.pk, f"Folder {number}"))
                person.folders.append(len(folders))
        self.writer.write(Folder, ("id", "user", "name"), folders)

    def _talk(self, everybody: list[Person]) -> None:
        rows, done = Rows(), 0
        for person in everybody:
            for chat in person.chats:
                self._chat(person, chat, rows)
                if len(rows.messages) > 20_000:
                    done += len(rows.messages)
                    self._write(rows)
                    rows = Rows(spent=rows.spent)
                    print(f"{done:,} messages", file=sys.stderr, flush=True)
            self._conversations(person)
        self._write(rows)
        self._spending(rows)

    def _chat(self, person: Person, chat: Chat, rows: Rows) -> None:
        if person.folders and chat.kind > 0.7:
            chat.folder = self.chance.choice(person.folders)
        at, parent, left = chat.created, None, chat.messages
        while left > 0:
            at += timedelta(seconds=self.chance.randint(20, 900))
            question = self._said(chat, parent, "user", self.texts.question(), at, rows)
            answers = 2 if left > 3 and self.chance.randrange(SIBLING) == 0 else 1
            for _ in range(answers):
                at += timedelta(seconds=self.chance.randint(2, 60))
                answer = self._answer(chat, question, at, rows)
            left -= 1 + answers
            # A branch leads on from an answer now and then: the next question of it has none of its own above.
            parent = answer
        chat.leaf, chat.updated = parent, min(at, self.now)
        if not chat.place["temporary"]:
            self._index(chat, None, Said(self.texts.title()), chat.created, "", rows)

    def _answer(self, chat: Chat, question: uuid.UUID, at: datetime, rows: Rows) -> uuid.UUID:
        answer = self._said(chat, question, "assistant", self.texts.answer(), at, rows)
        turn, chance = self._key(), self.chance
        number = chance.randrange(len(self.models))
        status = chance.choices(STATUSES, SHARES)[0]
        read, written = chance.randint(50, 4000), chance.randint(20, 800)
        cost = Decimal(read + 4 * written) / 1_000_000
        begun = at + timedelta(seconds=0.4)
        ended = at + timedelta(seconds=written / 40)
        rows.turns.append(
            (
                *(
                    self.writer.key(turn),
                    self.writer.key(answer),
                    chat.owner,
                    answer.hex,
                    self.models[number],
                ),
                *(
                    MODELS[number],
                    status,
                    self._time(at),
                    self._time(at),
                    self._time(begun),
                    self._time(ended),
                ),
                *(read, written, cost if connection.vendor != "sqlite" else str(cost), True),
            )
        )
        spent = rows.spent[chat.owner, at.date(), MODELS[number]]
        for place, more in enumerate((1, read, written, cost)):
            spent[place] += more
        if chance.randrange(TOOL_USE) == 0:
            rows.uses.append((self.writer.key(turn), turn.hex, "current_time", "{}", "done", self._time(at)))
        if chance.randrange(FEEDBACK) == 0:
            rows.feedback.append((self.writer.key(answer), chance.choice((1, 1, -1)), "", self._time(at)))
        return answer

    def _said(
        self, chat: Chat, parent: uuid.UUID | None, role: str, said: Said, at: datetime, rows: Rows
    ) -> uuid.UUID:
        pk, writer = self._key(), self.writer
        html = said.html if role == "assistant" else ""
        rare = self.texts.rare()
        up = writer.key(parent) if parent else None
        text = f"{said.text} {rare}"
        rows.messages.append(
            (writer.key(pk), writer.key(chat.pk), up, role, said.parts, text, html, self._time(at))
        )
        if role == "user" and self.chance.randrange(FILE) == 0:
            name = f"{pk.hex[:2]}/{pk.hex}"
            file = (
                writer.key(self._key()),
                chat.owner,
                writer.key(pk),
                "text",
                "notes.txt",
                "text/plain",
                900,
                name,
            )
            rows.files.append((*file, self._time(at)))
        if not chat.place["temporary"]:
            self._index(chat, pk, said, at, rare, rows)
        return pk

    def _index(
        self, chat: Chat, message: uuid.UUID | None, said: Said, at: datetime, rare: str, rows: Rows
    ) -> None:
        self.entry += 1
        words = [*said.words, rare] if rare else said.words
        title = "" if message else said.text
        entry = (
            self.entry,
            self.writer.key(chat.pk),
            message and self.writer.key(message),
            title,
            self._time(at),
        )
        if self.writer.is_sqlite:
            rows.entries.append(entry)
            rows.words.append((self.entry, " ".join([f"{chat.owner}:{word}" for word in words])))
        else:
            rows.entries.append((*entry, _vector(chat.owner, words)))
        if message is None:
            chat.title = said.text

    @transaction.atomic
    def _write(self, rows: Rows) -> None:
        write = self.writer.write
        write(
            Message,
            ("id", "conversation", "parent", "role", "parts", "text", "html", "created"),
            rows.messages,
        )
        names = ("id", "message", "user", "key", "model", "model_name", "status", "requested", "started")
        figures = ("first_token", "finished", "prompt_tokens", "completion_tokens", "cost", "announced")
        write(Turn, (*names, *figures), rows.turns)
        write(ToolUse, ("turn", "call", "name", "arguments", "status", "asked"), rows.uses)
        write(Feedback, ("message", "value", "comment", "created"), rows.feedback)
        file = ("id", "user", "message", "kind", "name", "media_type", "size", "file", "created")
        write(Attachment, file, rows.files)
        columns = ("id", "conversation_id", "message_id", "title", "created")
        if self.writer.is_sqlite:
            self.writer.copy(SearchEntry._meta.db_table, columns, rows.entries)
            self.writer.copy("chat_search", ("rowid", "words"), rows.words)
        else:
            self.writer.copy(SearchEntry._meta.db_table, (*columns, "words"), rows.entries)

    def _conversations(self, person: Person) -> None:
        flag = (lambda is_so: int(is_so)) if self.writer.is_sqlite else bool
        self.writer.write(
            Conversation,
            *(
                (
                    "id",
                    "user",
                    "title",
                    "leaf",
                    "model",
                    "pinned",
                    "archived",
                    "temporary",
                    "folder",
                    "created",
                    "updated",
                ),
                (
                    (
                        *(
                            self.writer.key(chat.pk),
                            person.pk,
                            chat.title or "Temporary",
                            self.writer.key(chat.leaf),
                        ),
                        *(self.chance.choice(self.models), *map(flag, chat.place.values()), chat.folder),
                        *(self._time(chat.created), self._time(chat.updated)),
                    )
                    for chat in person.chats
                    if chat.leaf and chat.updated
                ),
            ),
        )

    def _spending(self, rows: Rows) -> None:
        names = ("user", "day", "model_name", "turns", "prompt_tokens", "completion_tokens", "cost")
        self.writer.write(Spending, names, self._spent(rows))

    def _spent(self, rows: Rows) -> Iterator[tuple[Any, ...]]:
        is_sqlite = self.writer.is_sqlite
        for (owner, day, model), (turns, read, written, cost) in rows.spent.items():
            yield (
                owner,
                str(day) if is_sqlite else day,
                model,
                turns,
                read,
                written,
                str(cost) if is_sqlite else cost,
            )

    def _key(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days * self.chance.random())

    def _time(self, at: datetime) -> Any:
        return self.writer.time(at)


def _vector(owner: int, words: list[str]) -> str:
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(place))
    return " ".join([f"'{owner}:{word}':{','.join(at[:255])}" for word, at in places.items()])


def _reset_sequences() -> None:
    from django.apps import apps

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
            cursor.execute(statement)
