"""Who is there, and what their conversations look like before anything is written."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

COLLECTORS, COLLECTED = 3, 10_000
LONG, LONG_MESSAGES = 5, 5_000
DAYS = 700
# Messages of a conversation: the usual few, with some long ones.
LENGTHS, WEIGHTS = (2, 4, 6, 8, 10, 16, 30, 60), (22, 20, 16, 12, 10, 10, 7, 3)


@dataclass(slots=True)
class Chat:
    pk: uuid.UUID
    owner: int
    messages: int
    created: datetime
    kind: float
    folder: int | None = None
    title: str = ""
    leaf: uuid.UUID | None = None
    updated: datetime | None = None

    @property
    def place(self) -> dict[str, bool]:
        """One in twelve is in the archive, one in forty pinned, one in two thousand temporary."""
        return {
            "archived": self.kind < 0.08,
            "pinned": 0.5 < self.kind < 0.525,
            "temporary": self.kind > 0.9995,
        }


@dataclass(slots=True)
class Person:
    pk: int
    name: str
    folders: list[int] = field(default_factory=list)
    chats: list[Chat] = field(default_factory=list)


def people(chance: random.Random, now: datetime, count: int, chats: int, messages: int) -> list[Person]:
    """The first are collectors, who together have a third of all conversations; the next have a long one each."""
    everybody = [Person(number, f"person-{number}") for number in range(1, count + 1)]
    scale = chats / 100_000
    collected = max(10, round(COLLECTED * scale))
    owners = [person for person in everybody[:COLLECTORS] for _ in range(collected)]
    owners += [everybody[COLLECTORS + number] for number in range(LONG)]
    owners += chance.choices(everybody[COLLECTORS:], k=max(0, chats - len(owners)))
    lengths = _lengths(chance, len(owners), messages - LONG * LONG_MESSAGES)
    for number, person in enumerate(owners):
        is_long = COLLECTORS * collected <= number < COLLECTORS * collected + LONG
        length = LONG_MESSAGES if is_long else lengths[number]
        created = now - timedelta(days=DAYS * chance.random() ** 1.5 + 0.05)
        pk = uuid.UUID(int=chance.getrandbits(128), version=4)
        person.chats.append(Chat(pk, person.pk, length, created, chance.random()))
    return everybody


def _lengths(chance: random.Random, count: int, messages: int) -> list[int]:
    """So many even numbers, which come to about as many messages."""
    drawn = chance.choices(LENGTHS, WEIGHTS, k=count)
    factor = max(messages, 2 * count) / sum(drawn)
    return [max(2, 2 * round(length * factor / 2)) for length in drawn]
