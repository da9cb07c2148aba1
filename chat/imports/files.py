"""What is uploaded: a JSON file, or a ZIP that holds one. Of a ZIP nothing is read but the conversations."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO

from .base import NotTaken
from .pieces import Buffer

WANTED = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json", re.I)
# Text of people and models shrinks to a fifth or a tenth. What shrinks to less than a hundredth is a bomb.
RATIO_MAX = 100
RATIO_FREE_BYTES = 1024 * 1024
UNPACKED_MAX_BYTES = 512 * 1024 * 1024
DIRECTORY_MAX_BYTES = 8 * 1024 * 1024
CHUNK = 256 * 1024
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def texts(file: IO[bytes]) -> Iterator[Buffer]:
    """The JSON texts of an upload, one at a time. Raises NotTaken where it is none and holds none."""
    if _head(file) == b"PK\x03\x04":
        yield from _unpacked(file)
        return
    with _mapped(file) as buffer:
        yield buffer


def _unpacked(file: IO[bytes]) -> Iterator[Buffer]:
    _check_directory(file)
    left = UNPACKED_MAX_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            wanted = sorted(
                (info for info in archive.infolist() if _is_wanted(info)), key=lambda info: info.filename
            )
            if not wanted:
                raise NotTaken("zip_nothing")
            for info in wanted:
                _check(info, left)
                with TemporaryFile() as text:
                    left -= _unpack(archive, info, text)
                    with _mapped(text) as buffer:
                        yield buffer
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise NotTaken("zip_broken") from error


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    return bool(WANTED.fullmatch(info.filename)) and not info.filename.startswith("__MACOSX/")


def _check(info: zipfile.ZipInfo, left: int) -> None:
    if info.flag_bits & 1:
        raise NotTaken("zip_locked")
    if info.compress_type not in METHODS:
        raise NotTaken("zip_broken")
    packed = max(info.compress_size, 1)
    if info.file_size > left or (info.file_size > RATIO_FREE_BYTES and info.file_size / packed > RATIO_MAX):
        raise NotTaken("zip_bomb")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, text: IO[bytes]) -> int:
    """Never more than the directory says: it may lie."""
    done = 0
    with archive.open(info) as packed:
        while chunk := packed.read(CHUNK):
            done += len(chunk)
            if done > info.file_size:
                raise NotTaken("zip_bomb")
            text.write(chunk)
    return done


def _check_directory(file: IO[bytes]) -> None:
    """Python reads the list of a ZIP's files whole, which may be most of it."""
    size = file.seek(0, 2)
    file.seek(max(size - END_OF_DIRECTORY.size - 0xFFFF, 0))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_OF_DIRECTORY.size:
        raise NotTaken("zip_broken")
    *_, directory_bytes, _, _ = END_OF_DIRECTORY.unpack_from(tail, at)
    if directory_bytes > DIRECTORY_MAX_BYTES or b"PK\x06\x07" in tail[max(at - 20, 0) : at]:
        raise NotTaken("zip_bomb")
    file.seek(0)


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(4)


@contextmanager
def _mapped(file: IO[bytes]) -> Iterator[Buffer]:
    """A small upload is in memory and no file at all."""
    if not file.seek(0, 2):
        raise NotTaken("nothing")
    try:
        number = file.fileno()
    except OSError:
        file.seek(0)
        yield file.read()
        return
    file.flush()
    with mmap(number, 0, access=ACCESS_READ) as buffer:
        yield buffer
