"""What comes to the doors of the running product that no browser would send: frames and cursors."""

import asyncio
import json
import os
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import quote

from tests.faults.test_cursors import cursors
from tests.viewers import Person

AT_ONCE = 20
FRAMES_A_SOCKET = 25
TROUBLE = re.compile(r"Traceback|ERROR|CRITICAL|never retrieved|never awaited|Unhandled")


def trouble(log: str) -> list[str]:
    """Lines of a log that speak of what nobody expected."""
    return [line for line in log.splitlines() if TROUBLE.search(line)]


def handshake(person: Person, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{person.port}\r\nOrigin: {person.url}\r\n"
        f"Cookie: {person.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


async def frames(person: Person, conversation: str, count: int, seed: int = 0) -> Counter[str]:
    """So many frames, over as many sockets as it takes: a bad one ends its own."""
    cursor = (await person.open(conversation)).cursor
    sent: Counter[str] = Counter()

    async def socket(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        reader, writer = await asyncio.open_connection("127.0.0.1", person.port)
        try:
            writer.write(handshake(person, f"/ws/conversations/{conversation}/?after={quote(cursor)}"))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            for _ in range(FRAMES_A_SOCKET):
                kind, data = frame(chance, cursor)
                sent[kind] += 1
                writer.write(data)
            await writer.drain()
            writer.write(_framed(8, b"\x03\xe8"))
            async with asyncio.timeout(30):
                await reader.read()
                while await reader.read(65536):
                    pass
        except ConnectionError:
            pass
        finally:
            writer.close()

    await _all(map(socket, range(-(-count // FRAMES_A_SOCKET))))
    return sent


def frame(chance: random.Random, cursor: str) -> tuple[str, bytes]:
    """Most are acknowledgements, so that the socket lives to see the next."""
    if chance.random() < 0.9:
        epoch, _, offset = cursor.rpartition(":")
        said = {
            "type": "ack",
            "cursor": f"{chance.choice([epoch, 'x', ''])}:{chance.choice([offset, '0', '9' * 18])}",
        }
        return "acknowledgement", _framed(1, json.dumps(said).encode())
    kinds: dict[str, Callable[[], bytes]] = {
        "cursor": lambda: _framed(1, json.dumps({"type": "ack", "cursor": cursors([cursor], 1)[0]}).encode()),
        "json": lambda: _framed(1, json.dumps(_value(chance)).encode()),
        "text": lambda: _framed(1, "".join(chr(chance.randrange(1, 0xD800)) for _ in range(40)).encode()),
        "bytes": lambda: _framed(chance.choice([1, 2]), os.urandom(chance.randrange(200))),
        "large": lambda: _framed(1, b"x" * chance.choice([65_536, 65_537, 100_000])),
        "opcode": lambda: _framed(chance.randrange(16), os.urandom(chance.randrange(130))),
        "fragment": lambda: _framed(chance.choice([0, 1]), b'{"type":', is_last=False),
        "garbage": lambda: os.urandom(chance.randrange(1, 60)),
        "unmasked": lambda: b"\x81\x02{}",
    }
    kind = chance.choice(list(kinds))
    return kind, kinds[kind]()


def _value(chance: random.Random, depth: int = 0) -> object:
    plain = [None, True, -1, 1e300, "", "ack", "\x00", "\ud800", [], {}]
    if depth > 3 or chance.random() < 0.3:
        return chance.choice(plain)
    keys = ["type", "cursor", "", "ack"]
    return {chance.choice(keys): _value(chance, depth + 1) for _ in range(chance.randrange(3))}


def _framed(opcode: int, payload: bytes, is_last: bool = True) -> bytes:
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size <= 0xFFFF:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([(0x80 if is_last else 0) | opcode]) + length + b"\x00" * 4 + payload


async def places(person: Person, conversation: str, count: int) -> Counter[str]:
    """So many cursors, at the three transports and the page; how they were answered."""
    real = (await person.open(conversation)).cursor
    answered: Counter[str] = Counter()

    async def get(path: str) -> None:
        async with person.web.get(f"{person.url}{path}") as answer:
            await answer.content.read(200)
            assert answer.status in (200, 400), f"{path} was answered with {answer.status}"
            answered[f"{path.split('?')[0].rpartition(conversation)[2]} {answer.status}"] += 1
            answer.close()

    async def upgrade(cursor: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", person.port)
        writer.write(handshake(person, f"/ws/conversations/{conversation}/?after={cursor}"))
        said = await reader.readuntil(b"\r\n\r\n")
        assert said.startswith((b"HTTP/1.1 101", b"HTTP/1.1 400")), said
        if b" 101 " in said:
            await reader.readuntil(b"heartbeat")
        answered[f"socket {said.split()[1].decode()}"] += 1
        writer.close()

    def ask(number: int, cursor: str) -> Awaitable[None]:
        place, after = f"/conversations/{conversation}/", quote(cursor)
        doors = {
            0: lambda: upgrade(after),
            1: lambda: get(f"{place}events/?after={after}"),
            2: lambda: get(f"{place}events/poll/?after={after}"),
            3: lambda: get(f"{place}?after={after}"),
        }
        return doors[number % 4]()

    await _all(ask(number, cursor) for number, cursor in enumerate(cursors([real], count)))
    return answered


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """A few at a time."""
    rest = iter(work)

    async def some() -> None:
        for each in rest:
            async with asyncio.timeout(60):
                await each

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
