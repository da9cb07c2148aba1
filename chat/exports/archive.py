"""A ZIP that is sent while it is made."""

import zipfile
from collections.abc import Iterable, Iterator

from chat.models import Conversation

from . import markdown
from .names import name_of


class _Sink:
    """What a ZIP is written into, a piece at a time."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """A ZIP is a file to its maker, which wants this and `close`; there is nothing to do."""

    close = flush

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def of_markdown(conversations: Iterable[Conversation]) -> Iterator[bytes]:
    """One file a conversation, named by its day and title."""
    sink, names = _Sink(), set[str]()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for conversation in conversations:
            at = conversation.created
            stem = f"{at:%Y-%m-%d} {conversation.title}"
            info = zipfile.ZipInfo(_free(stem, names), (max(at.year, 1980), *at.timetuple()[1:6]))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as entry:
                for piece in markdown.document(conversation):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()


def _free(stem: str, names: set[str]) -> str:
    """A name that no other file of the archive has, on systems that do not tell case, too."""
    name = name_of(stem, "md")
    number = 2
    while name.casefold() in names:
        name = name_of(f"{stem[:70]} ({number})", "md")
        number += 1
    names.add(name.casefold())
    return name
