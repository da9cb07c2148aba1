"""All that is asked through the public address."""

import aiohttp

from . import reach, streams
from .findings import Finding
from .reach import Site


async def findings(url: str) -> list[Finding]:
    # A proxy of the environment is not in the way of the site's visitors.
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as web:
        site = Site(url.rstrip("/"), web)
        found = await reach.reached(site)
        if any(finding.text.endswith("were sent.") or finding.state == "warning" for finding in found):
            found += await reach.accepted(site)
            found += await reach.closed(site)
            found += await streams.findings(site)
        return found
