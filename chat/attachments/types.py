"""What a file is, told by its content alone: a name and a header may say anything."""

import unicodedata
from typing import BinaryIO

from django.utils.translation import gettext as _

from . import pictures, texts
from .taken import Taken, Unfit

__all__ = ["Taken", "Unfit", "name_of", "take"]

NAME_CHARS = 200
HEAD_BYTES = 4096
PDF = b"%PDF-"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What stands at the beginning of the archives that office programs write.
OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/", b"_rels/", b"word/", b"xl/", b"ppt/")
# Containers and pictures that browsers and models do not agree on, by their first bytes or those after four.
OTHER_PICTURES = (b"BM", b"II*\x00", b"MM\x00*", b"8BPS", b"\x00\x00\x01\x00", b"\x00\x00\x00\x0cjP  ")
MEDIA = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3")
MODERN_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")


def take(file: BinaryIO, name: str) -> Taken:
    """What is to be kept of a file. Raises `Unfit` with a sentence that says what helps."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise Unfit(_("This file is empty."))
    if kind := pictures.kind_of(head):
        return pictures.take(file, kind)
    _refuse_known(head)
    data = file.read()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(PDF):
        return texts.take_pdf(data)
    return texts.take_text(data)


def name_of(given: str) -> str:
    """A name as it is shown, never a path: without what reorders or hides letters, and the end of it kept."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in last)
    name = " ".join(visible.split()) or _("file")
    if len(name) <= NAME_CHARS:
        return name
    stem, dot, ending = name.rpartition(".")
    kept = f"{dot}{ending}" if dot and len(ending) <= 10 else ""
    return f"{(stem if kept else name)[: NAME_CHARS - len(kept) - 1]}…{kept}"


def _refuse_known(head: bytes) -> None:
    """What cannot be read, where there is more to say than that."""
    if head.startswith(OLE) or (head.startswith(ZIP) and any(sign in head for sign in OFFICE)):
        raise Unfit(_("Office files cannot be read here. Save it as PDF or as plain text, and attach that."))
    if head.startswith((ZIP, b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")):
        raise Unfit(_("Archives are not unpacked here. Attach the files that are in it."))
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in MODERN_PICTURES or head.startswith(OTHER_PICTURES):
        raise Unfit(_("Pictures of this kind cannot be read here. Save it as PNG or JPEG, and attach that."))
    if brand or head.startswith(MEDIA) or (head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"AVI ")):
        raise Unfit(_("Sound and video cannot be read here."))
