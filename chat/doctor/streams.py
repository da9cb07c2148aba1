"""Through the public address: whether what is sent piece by piece arrives piece by piece, over each of the transports."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable

import aiohttp
from django.conf import settings

from chat.probes import Pace, ticket

from . import advice
from .arrivals import Arrivals
from .findings import Finding, failed, ok
from .reach import Site

FLOW = Pace(events=9, gap=0.25)
POLL = Pace(events=2, gap=2)
# Beyond what was asked for.
SPARE_SECONDS = 8.0
OPEN_SECONDS = 10.0
SOCKET, STREAM, POLLS = "WebSocket", "event stream", "long poll"


def idle() -> Pace:
    """As quiet as a stream ever is."""
    return Pace(events=1, gap=0, pause=settings.VIEWER_HEARTBEAT_SECONDS + 1)


async def findings(site: Site) -> list[Finding]:
    """All at once: the silence takes as long as all the others."""
    found = await asyncio.gather(
        _flow(SOCKET, _socket(site, FLOW)),
        _flow(STREAM, _stream(site, FLOW)),
        _poll(site),
        _quiet(SOCKET, site, _socket),
        _quiet(STREAM, site, _stream),
    )
    return [finding for finding in found if finding]


class _Refused(Exception):
    """`ours`: by Rivulet, rather than by something in front of it."""

    def __init__(self, status: int, ours: bool = False) -> None:
        super().__init__(status)
        self.status, self.ours = status, ours


async def _flow(about: str, probe: Awaitable[Arrivals]) -> Finding:
    try:
        seen = await probe
    except _Refused as refusal:
        return _refused(about, refusal)
    mend = advice.UPGRADE if about == SOCKET else advice.BUFFERING
    match seen.verdict:
        case "streams":
            return ok(
                about, f"It streams: no piece was under way {seen.unevenness:.2f} s longer than another."
            )
        case "nothing":
            return failed(about, f"Nothing came within {seen.ended:.0f} s.", *mend)
        case "cut":
            return failed(about, f"It broke off after {len(seen.at)} of {seen.wanted} pieces.", *mend)
        case "held":
            text = (
                f"It is held back: what was sent over {seen.pace.seconds:g} s came all at once, at its end."
            )
            return failed(about, text, *advice.BUFFERING)
        case _:
            text = (
                f"It comes in lumps: some pieces were under way {seen.unevenness:.1f} s longer than others."
            )
            return failed(about, text, *advice.BUFFERING)


def _refused(about: str, refusal: _Refused) -> Finding:
    if about != SOCKET:
        return failed(about, f"It is answered with {refusal.status}.")
    if refusal.status == 0:
        return failed(about, "Its opening gets no answer.", *advice.UPGRADE)
    if refusal.status == 403 and not refusal.ours:
        text = "It is refused with 403: by Rivulet, which does not know the origin, or by something in front."
        return failed(about, text, "Put the origin into CSRF_TRUSTED_ORIGINS.", *advice.HOST, *advice.UPGRADE)
    text = f"It arrives as a plain request ({refusal.status}): the upgrade is lost on the way."
    if not refusal.ours:
        text = f"Something in front of Rivulet refuses it with {refusal.status}."
    return failed(about, text, *advice.UPGRADE)


async def _poll(site: Site) -> Finding:
    """One answer, after as long as it takes for something to happen."""
    began = time.monotonic()
    try:
        status, body, _ = await site.get(site.address("probe_poll", POLL, pk=uuid.uuid4()))
    except (aiohttp.ClientError, TimeoutError) as error:
        return failed(POLLS, f"It gets no answer: {type(error).__name__}.", *advice.IDLE)
    if status != 200 or b'"probe"' not in body:
        return failed(POLLS, f"It is answered with {status}.")
    return ok(
        POLLS, f"It is answered when there is something to say, after {time.monotonic() - began:.1f} s."
    )


async def _quiet(
    about: str, site: Site, probe: Callable[[Site, Pace], Awaitable[Arrivals]]
) -> Finding | None:
    """A silence as long as that between two signs of life."""
    try:
        seen = await probe(site, idle())
    except _Refused:
        return None  # told already
    if len(seen.at) == seen.wanted or not seen.at:
        return None
    text = f"It is cut off after {seen.ended:.0f} s of silence; signs of life come every "
    return failed(about, f"{text}{settings.VIEWER_HEARTBEAT_SECONDS:g} s.", *advice.IDLE)


async def _stream(site: Site, pace: Pace) -> Arrivals:
    seen, began = Arrivals(pace), time.monotonic()
    headers = {"Accept": "text/event-stream"}
    try:
        async with (
            asyncio.timeout(pace.seconds + SPARE_SECONDS),
            site.web.get(site.address("probe_stream", pace, pk=uuid.uuid4()), headers=headers) as answer,
        ):
            if answer.status != 200:
                raise _Refused(answer.status)
            async for line in answer.content:
                if line.startswith(b"data: "):
                    seen.take(time.monotonic() - began, json.loads(line[6:])["at"])
    except (aiohttp.ClientError, TimeoutError):
        pass  # how far it came is what counts
    seen.ended = time.monotonic() - began
    return seen


async def _socket(site: Site, pace: Pace) -> Arrivals:
    seen, began = Arrivals(pace), time.monotonic()
    origin = f"{site.parts.scheme}://{site.parts.netloc}"
    address = (
        f"{site.url.replace('http', 'ws', 1)}/ws/conversations/{uuid.uuid4()}/probe/?ticket={ticket(pace)}"
    )
    opened = False
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            socket = await site.web.ws_connect(address, origin=origin)
        opened = True
        async with asyncio.timeout(pace.seconds + SPARE_SECONDS), socket:
            async for message in socket:
                seen.take(time.monotonic() - began, json.loads(message.data)["at"])
    except aiohttp.WSServerHandshakeError as refusal:
        ours = "X-Request-ID" in (refusal.headers or {})
        raise _Refused(refusal.status, ours) from refusal
    except (aiohttp.ClientError, TimeoutError) as error:
        if not opened:
            raise _Refused(0) from error
    seen.ended = time.monotonic() - began
    return seen
