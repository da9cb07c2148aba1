"""Yardstick: what it costs to pass a reply on and do nothing else. aiohttp on both sides, no store."""

import sys
from collections.abc import AsyncIterator

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

UPSTREAM = web.AppKey("upstream", str)
SESSION = web.AppKey("session", ClientSession)


async def chat(request: web.Request) -> web.StreamResponse:
    asked = await request.json()
    body = {"model": asked["model"], "messages": [{"role": "user", "content": asked["text"]}], "stream": True}
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    async with request.app[SESSION].post(request.app[UPSTREAM], json=body) as answer:
        await response.prepare(request)
        async for data in answer.content.iter_any():
            await response.write(data)
    return response


async def session(app: web.Application) -> AsyncIterator[None]:
    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None)) as opened:
        app[SESSION] = opened
        yield


def main(port: int, upstream: str) -> None:
    app = web.Application()
    app[UPSTREAM] = f"{upstream}/v1/chat/completions"
    app.cleanup_ctx.append(session)
    app.router.add_post("/chat", chat)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, backlog=2048)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
