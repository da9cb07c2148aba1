"""Thoughts that a model writes into its text, between tags at the very beginning."""

from .base import Reasoning, Text

Kind = type[Text] | type[Reasoning]

_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>"}


class ThinkingTags:
    """`split` says which of the text is thought. What may be half a tag is held back until the other half has come."""

    def __init__(self) -> None:
        self._held = ""
        self._end = ""  # the tag that ends the thoughts, while they last
        self._is_text = False

    def split(self, piece: str) -> list[tuple[Kind, str]]:
        if self._is_text or not piece:
            return [(Text, piece)] if piece else []
        piece, self._held = self._held + piece, ""
        return self._inside(piece) if self._end else self._beginning(piece)

    def rest(self) -> list[tuple[Kind, str]]:
        """What was held back and turned out to be no tag."""
        held, self._held = self._held, ""
        return [(Reasoning if self._end else Text, held)] if held else []

    def _beginning(self, piece: str) -> list[tuple[Kind, str]]:
        bare = piece.lstrip()
        for tag, end in _TAGS.items():
            if bare.startswith(tag):
                self._end = end
                return self._inside(bare[len(tag) :]) if len(bare) > len(tag) else []
        if any(tag.startswith(bare) for tag in _TAGS):
            self._held = piece
            return []
        self._is_text = True
        return [(Text, piece)]

    def _inside(self, piece: str) -> list[tuple[Kind, str]]:
        thought, tag, text = piece.partition(self._end)
        if tag:
            self._is_text = True
            return [(kind, said) for kind, said in ((Reasoning, thought), (Text, text)) if said]
        begun = _begun(piece, self._end)
        self._held = piece[len(piece) - begun :]
        thought = piece[: len(piece) - begun]
        return [(Reasoning, thought)] if thought else []


def _begun(text: str, tag: str) -> int:
    """How much of the tag stands at the end of the text."""
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)
