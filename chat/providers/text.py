"""Text that every database takes: no NUL, and no half of a surrogate pair."""

import re

_UNSAFE = re.compile("[\0\ud800-\udfff]")


class TextCleaner:
    """For the pieces of one text, in order. A high surrogate at a piece's end waits for its other half."""

    def __init__(self) -> None:
        self._held = ""

    def clean(self, piece: str) -> str:
        if not self._held and not _UNSAFE.search(piece):
            return piece
        piece = (self._held + piece).replace("\0", "")
        self._held = piece[-1:] if "\ud800" <= piece[-1:] <= "\udbff" else ""
        return _joined(piece[: len(piece) - len(self._held)])

    def rest(self) -> str:
        """What is left of the text at its end."""
        held, self._held = self._held, ""
        return _joined(held)


def clean(text: str) -> str:
    cleaner = TextCleaner()
    return cleaner.clean(text) + cleaner.rest()


def _joined(text: str) -> str:
    # By way of UTF-16, in which two halves side by side are one character and one half alone is an error.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
