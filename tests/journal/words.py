"""What the tests of journals write and read."""

import orjson

from chat.events import TextDelta, TurnFinished
from chat.journal import Cursor, Fence, Gap

TURN = "turn-1"


def said(text: str, turn: str = TURN) -> TextDelta:
    return TextDelta(turn, text)


def over(turn: str = TURN) -> TurnFinished:
    return TurnFinished(turn, "complete", "stop")


def by(token: int, seq: int, key: str = TURN, epoch: str = "") -> Fence:
    return Fence(key, token, seq, epoch)


def text_of(entries) -> str:
    events = [orjson.loads(entry.payload) for entry in entries]
    return "".join(event["text"] for event in events if event["type"] == "delta")


async def whole(journal, topic, after: Cursor):
    """Everything after the cursor, page by page."""
    entries = []
    while page := await journal.read(topic, after):
        entries += page
        after = Cursor(after.epoch, page[-1].offset)
    return entries


async def is_gap(journal, topic, cursor: Cursor) -> bool:
    try:
        await journal.read(topic, cursor)
    except Gap:
        return True
    return False
