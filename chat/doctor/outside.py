"""All that is asked through the public address."""

import aiohttp

from . import reach, streams
from .findings import Finding
from .reach import Site, Unreached


async def findings(url: str) -> list[Finding]:
    # A proxy of the environment is not in the way of the site's visitors.
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as web:
        site = Site(url.rstrip("/"), web)
        try:
            found = await reach.reached(site)
        except Unreached as problem:
            return [problem.finding]
        for ask in (reach.accepted, reach.closed, streams.findings):
            found += await ask(site)
        return found
