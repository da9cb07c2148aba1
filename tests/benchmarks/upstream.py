"""A model server whose every token says when it left: `~number.nanoseconds~`, by the monotonic clock.

The question is the script: `20 12` asks for 20 tokens a second for 12 seconds. It is written on bare asyncio,
so that it costs little beside what is measured.
"""

import asyncio
import json
import sys
import time
from typing import Any

THINKING_SECONDS = 0.05
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
CHUNK = (
    '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"%s",'
    '"choices":[{"index":0,"delta":%s,"finish_reason":%s}]}'
)


class Answer(asyncio.Protocol):
    """One connection; requests on it are answered one after the other."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_lost(self, _: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        length = _content_length(head)
        if not blank or len(body) < length:
            return
        self.received = body[length:]
        if head.startswith(b"GET"):
            self._list_models()
        else:
            self._begin(json.loads(body[:length]))

    def _list_models(self) -> None:
        body = b'{"object":"list","data":[{"id":"paced","object":"model"}]}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)

    def _begin(self, asked: dict[str, Any]) -> None:
        rate, seconds = asked["messages"][-1]["content"].split()
        self.model, self.gap = asked["model"], 1 / float(rate)
        self.count, self.sent = round(float(rate) * float(seconds)), 0
        self.transport.write(HEAD)
        self.loop = asyncio.get_running_loop()
        self.due = self.loop.time() + THINKING_SECONDS
        self.timer = self.loop.call_at(self.due, self._token)

    def _token(self) -> None:
        if self.sent == self.count:
            self._say("{}", '"stop"', b"data: [DONE]\n\n")
            self.transport.write(b"0\r\n\r\n")
            return
        self._say(f'{{"content":"~{self.sent}.{time.monotonic_ns()}~"}}', "null")
        self.sent += 1
        self.due += self.gap
        self.timer = self.loop.call_at(self.due, self._token)

    def _say(self, delta: str, finish: str, more: bytes = b"") -> None:
        data = b"data: " + (CHUNK % (self.model, delta, finish)).encode() + b"\n\n" + more
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
