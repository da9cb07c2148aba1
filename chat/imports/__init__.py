"""Conversations of other places, read from their files: bytes in, small trees out. Nothing here knows a database."""

from collections.abc import Iterator
from typing import IO, Any

from . import chatgpt, open_webui, rivulet
from .base import Arrived, ArrivedMessage, ArrivedTurn, NotTaken
from .files import texts
from .pieces import conversations

__all__ = ["Arrived", "ArrivedMessage", "ArrivedTurn", "NotTaken", "read"]

# By what a conversation looks like, the surest sign first.
SOURCES = {"chatgpt": chatgpt, "open_webui": open_webui, "rivulet": rivulet}


def read(file: IO[bytes]) -> Iterator[tuple[str, Arrived | NotTaken]]:
    """Each conversation of an upload with the name of its source, or why it cannot be taken.

    Raises NotTaken, at any time, where the file cannot be read any further.
    """
    for text in texts(file):
        for raw in conversations(text):
            yield _one(raw)


def _one(raw: Any) -> tuple[str, Arrived | NotTaken]:
    if isinstance(raw, NotTaken):
        return "", raw
    if isinstance(raw, dict):
        for name, source in SOURCES.items():
            if source.matches(raw):
                try:
                    return name, source.read(raw)
                except NotTaken as reason:
                    return name, reason
    return "", NotTaken("unknown")
