"""The text of a PDF, read in a process of its own that may take so much memory and time and no more.

A few bytes of a PDF can stand for gigabytes, and its parsing for hours: nothing of that may happen where people are served.
The process gets bytes and gives bytes; it knows nothing of Django.
"""

import json
import multiprocessing
import resource
import warnings
from io import BytesIO
from multiprocessing.connection import Connection
from threading import BoundedSemaphore
from typing import Any

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 30
PAGES_MAX = 3000
ANSWER_MAX_BYTES = 64 * 1024 * 1024
# At least so many letters for each page, or it is a scan with a stamp on it.
LETTERS_PER_PAGE = 3
AT_ONCE = 2
_under_way = BoundedSemaphore(AT_ONCE)


class Unreadable(Exception):
    """`reason`: encrypted, scanned, large, slow or broken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text_of(data: bytes) -> str:
    with _under_way:
        answer = _asked(data)
    if reason := answer.get("problem"):
        raise Unreadable(reason)
    pages: list[str] = answer["pages"]
    text = "\n\n".join(page for page in pages if page)
    if sum(map(str.isalnum, text)) < LETTERS_PER_PAGE * len(pages):
        raise Unreadable("scanned")
    return text


def _asked(data: bytes) -> Any:
    """What the process answers; it is gone afterwards, whatever it does."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    reader = context.Process(target=_serve, args=(theirs,), daemon=True)
    reader.start()
    theirs.close()
    try:
        ours.send_bytes(data)
        if not ours.poll(WALL_SECONDS):
            raise Unreadable("slow")
        return json.loads(ours.recv_bytes(ANSWER_MAX_BYTES))
    except (EOFError, OSError) as error:
        # It was ended by the system: too much memory or too much time, or a fault in what it is written in.
        raise Unreadable("large") from error
    finally:
        reader.kill()
        reader.join()
        ours.close()


def _serve(pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        answer = json.dumps(_read(pipe.recv_bytes())).encode()
    except MemoryError:
        answer = b'{"problem": "large"}'
    pipe.send_bytes(answer)


def _read(data: bytes) -> dict[str, Any]:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError

    logging.disable()
    warnings.simplefilter("ignore")
    try:
        reader = PdfReader(BytesIO(data))
        # Many files are locked against changes alone, by an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "encrypted"}
        if len(reader.pages) > PAGES_MAX:
            return {"problem": "slow"}
        return {"pages": [_clean(page.extract_text()) for page in reader.pages]}
    except (MemoryError, LimitReachedError):
        return {"problem": "large"}
    except Exception:
        # It may be any: the parser is led by what somebody wrote into a file.
        return {"problem": "broken"}


def _clean(text: str) -> str:
    """Without what databases refuse, and what is for no eyes."""
    kept = "".join(c for c in text if c in "\n\t" or c.isprintable())
    return kept.encode("utf-8", "replace").decode().strip()
