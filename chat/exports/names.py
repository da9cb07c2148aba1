"""Names of files that are made of titles, which may be anything."""

import re
import unicodedata
from urllib.parse import quote

CHARS = 80
# What some file system or shell takes for something else. Control characters, bidirectional ones too, go by category.
_UNSAFE = re.compile(r'[\\/:*?"<>|%$`\'~&;#{}\s]+')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


def name_of(title: str, extension: str) -> str:
    """A file name that reads like the title."""
    visible = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in title)
    stem = _UNSAFE.sub(" ", visible).strip(" .-")
    stem = " ".join(stem.split())[:CHARS].strip(" .-") or "conversation"
    if _DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{extension}"


def disposition(name: str) -> str:
    """`Content-Disposition` of a download: for every browser, and for those that know more than ASCII."""
    ascii_name = name.encode("ascii", "ignore").decode().strip(" .") or "conversation"
    if ascii_name.startswith(".") or "." not in ascii_name:
        ascii_name = f"conversation.{name.rsplit('.', 1)[-1]}"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
