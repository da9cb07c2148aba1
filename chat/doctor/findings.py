"""What the doctor has to say: one thing that was looked at, how it is, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is a line each, in the order in which to try them. Nobody but whoever runs the installation reads it, in English
    as all that is said at a terminal."""

    about: str
    state: State
    text: str
    mend: Sequence[str] = ()


def ok(about: str, text: str) -> Finding:
    return Finding(about, "ok", text)


def warning(about: str, text: str, *mend: str) -> Finding:
    return Finding(about, "warning", text, mend)


def failed(about: str, text: str, *mend: str) -> Finding:
    return Finding(about, "failed", text, mend)
