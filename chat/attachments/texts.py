"""Text files, and the text of PDF files."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import pdf
from .taken import Taken, Unfit

# More than the longest windows hold; a text is given whole or not at all.
TEXT_MAX_CHARS = 4_000_000
UTF_8, UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# What no text has. Form feeds and escapes of terminals are left in: logs and old manuals have them.
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
PROBLEMS = {
    "encrypted": gettext_lazy("This PDF is locked with a password. Save it without one, and attach that."),
    "scanned": gettext_lazy(
        "This PDF has no text in it, only pictures of pages. Attach the pages as pictures instead."
    ),
    "large": gettext_lazy("This PDF unpacks to far more than it should. It was not read."),
    "slow": gettext_lazy(
        "This PDF takes too long to read. Save the pages that matter as a file of their own."
    ),
    "broken": gettext_lazy("This PDF is damaged: it cannot be read."),
}


def take_text(data: bytes) -> Taken:
    """Of any kind: code, tables, markup. What is markup elsewhere is text here, and never served as anything else."""
    text = _decoded(data)
    if CONTROL.search(text):
        raise _unknown()
    if not text.strip():
        raise Unfit(_("This file is empty."))
    return Taken("text", "text/plain", data, text=_bounded(text))


def take_pdf(data: bytes) -> Taken:
    try:
        text = pdf.text_of(data)
    except pdf.Unreadable as error:
        raise Unfit(str(PROBLEMS[error.reason])) from error
    return Taken("pdf", "application/pdf", data, text=_bounded(text))


def _decoded(data: bytes) -> str:
    try:
        if data.startswith(UTF_16):
            return data.decode("utf-16")
        return data.removeprefix(UTF_8).decode()
    except UnicodeDecodeError as error:
        if CONTROL.search(data.decode("latin-1")):
            raise _unknown() from error
        raise Unfit(
            _("This looks like text in an older encoding. Save it as UTF-8, and attach that.")
        ) from error


def _unknown() -> Unfit:
    return Unfit(_("Files of this kind cannot be read here: pictures, PDF and text files can."))


def _bounded(text: str) -> str:
    if len(text) > TEXT_MAX_CHARS:
        raise Unfit(
            _("This file has too much text: at most %(most)s characters. Attach the part that matters.")
            % {"most": f"{TEXT_MAX_CHARS:,}"}
        )
    return text.replace("\r\n", "\n")
