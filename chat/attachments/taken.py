"""What is kept of a file, and the word with which one is refused."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Taken:
    """`data` is what is stored, `thumb` a small WebP of a picture, `text` what a model is given of anything else."""

    kind: Literal["image", "text", "pdf"]
    media_type: str
    data: bytes = field(repr=False)
    thumb: bytes = field(default=b"", repr=False)
    width: int | None = None
    height: int | None = None
    text: str = field(default="", repr=False)


class Unfit(Exception):
    """A file that is not taken. Its message is fit for the person whose file it is."""
