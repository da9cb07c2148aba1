"""`manage.py doctor` tells what a proxy does to streams, and is content where nothing is wrong."""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, contextmanager
from unittest import mock

import aiohttp
import pytest
from django.test import override_settings

from chat.doctor import outside
from chat.doctor.arrivals import Arrivals
from chat.probes import VALID_SECONDS, Pace, ticket
from tests.nginx import NginxServer
from tests.product import ROOT, Product
from tests.proxy import Proxy

# The same for the product and for the doctor in this process.
SECRET = "a secret of the tests that is as long as fifty characters"
SHARED = {"SECRET_KEY": SECRET, "VIEWER_HEARTBEAT_SECONDS": 2.0, "BODY_MAX_BYTES": 600_000}
# What people forget, and what was the default.
BAD_NGINX = {
    "proxy_set_header Upgrade $http_upgrade;": "",
    "proxy_buffering off;": "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;",
    "gzip off;": "gzip on; gzip_types text/event-stream; gzip_min_length 0;",
    "proxy_read_timeout 45s;": "proxy_read_timeout 1s;",
    "client_max_body_size 2m;": "client_max_body_size 100k;",
    "client_max_body_size 101m;": "client_max_body_size 1m;",
}


@pytest.fixture(scope="module")
def product(template, tmp_path_factory):
    environment = {name: str(value) for name, value in SHARED.items()} | {"MESSAGE_MAX_CHARS": "100000"}
    with Product(template, tmp_path_factory.mktemp("product"), **environment) as product:
        yield product


@pytest.fixture(scope="module")
def seen(product, tmp_path_factory):
    """What the doctor finds through each of them, all asked at once."""
    with ExitStack() as stack:
        port, room = product.port, tmp_path_factory.mktemp("nginx")
        stands = {
            "nothing": product,
            "a proxy": stack.enter_context(Proxy(port)),
            "a proxy that buffers": stack.enter_context(Proxy(port, buffered=True)),
            "a proxy that refuses": stack.enter_context(Proxy(port, upgrade=403)),
            "a proxy that hangs": stack.enter_context(Proxy(port, upgrade="hang")),
            "nginx": stack.enter_context(NginxServer(room / "good", [port, port])),
            "bad nginx": stack.enter_context(NginxServer(room / "bad", [port, port], BAD_NGINX)),
        }
        stack.enter_context(override_settings(**SHARED))

        async def ask():
            return await asyncio.gather(*(outside.findings(stand.url) for stand in stands.values()))

        for _ in range(4):
            found = dict(zip(stands, asyncio.run(ask()), strict=True))
            # Without anything between, only a machine that is too busy holds a stream back.
            if not failures(found["nothing"]):
                break
        return found


@contextmanager
def freeze(past):
    """Whatever is signed in here was signed too long ago."""
    then = time.time() - (VALID_SECONDS + 5 if past else 0)
    with mock.patch("django.core.signing.time.time", return_value=then):
        yield


def failures(findings):
    return {finding.about for finding in findings if finding.state == "failed"}


def said(findings, about=""):
    """All that is said about something, and how to mend it."""
    told = [(finding.text, *finding.mend) for finding in findings if about in finding.about]
    return "\n".join(line for lines in told for line in lines)


@pytest.mark.parametrize("way", ["nothing", "a proxy", "nginx"])
def test_a_good_way_is_praised(seen, way):
    assert failures(seen[way]) == set(), seen[way]
    everything = {"address", "forms", "uploads", "WebSocket", "event stream", "long poll"}
    assert everything <= {finding.about for finding in seen[way]}
    assert said(seen[way], "event stream").startswith("It streams")


def test_what_is_held_back_is_told_from_what_streams(seen):
    found = seen["a proxy that buffers"]
    # It holds back the opening of a WebSocket as well.
    assert failures(found) == {"event stream", "WebSocket"}
    assert "held back" in said(found, "event stream")
    assert "proxy_buffering off" in said(found, "event stream")


@pytest.mark.parametrize("way", ["a proxy that refuses", "a proxy that hangs"])
def test_a_websocket_that_does_not_get_through_is_told_of(seen, way):
    assert failures(seen[way]) == {"WebSocket"}
    assert "proxy_set_header Upgrade" in said(seen[way], "WebSocket")


def test_all_that_is_wrong_with_an_nginx_is_told_with_how_to_mend_it(seen):
    found = seen["bad nginx"]
    assert failures(found) == {"WebSocket", "event stream", "long poll", "forms"}
    assert "upgrade is lost" in said(found, "WebSocket")
    assert "held back" in said(found, "event stream")
    assert "of silence" in said(found, "event stream")
    assert "client_max_body_size 2m" in said(found, "forms")
    assert "IMPORT_MAX_BYTES" in said(found, "uploads")
    for word in ("nginx:", "Caddy:", "Apache:", "Cloudflare:", "proxy_read_timeout", "proxy_buffering off"):
        assert word in said(found)


async def test_without_the_secret_there_is_nothing_to_be_had(product):
    with override_settings(SECRET_KEY="another one"):
        (found,) = await outside.findings(product.url)
    assert (found.state, "another SECRET_KEY" in found.text) == ("failed", True)


@pytest.mark.parametrize("given", ["", "garbage", "expired"])
async def test_without_a_ticket_nobody_gets_a_stream(product, given):
    with override_settings(**SHARED), freeze(given == "expired"):
        shown = ticket(Pace(2, 0.01)) if given == "expired" else given
    somewhere = f"conversations/{uuid.uuid4()}"
    async with aiohttp.ClientSession() as web:
        for path in (f"{somewhere}/events/probe/", f"{somewhere}/events/probe/poll/", "probe/"):
            async with web.get(f"{product.url}/{path}?ticket={shown}") as answer:
                assert answer.status == 404
        address = f"{product.url}/ws/{somewhere}/probe/?ticket={shown}"
        async with web.ws_connect(address, origin=product.url) as socket:
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4404


def _run(product, *arguments, **environment):
    command = [sys.executable, "manage.py", "doctor", *arguments]
    whole = product.environment | environment
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)


def test_the_command_ends_with_0_where_all_is_well_and_with_1_where_not(product):
    done = _run(product, "--json", "--url", product.url)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (0, True), done.stdout + done.stderr
    about = {finding["about"] for finding in told["findings"]}
    assert {"settings", "secret", "database", "data", "static", "models", "WebSocket"} <= about
    done = _run(product, "--url", "http://127.0.0.1:9", STATIC_ROOT="/nowhere")
    assert done.returncode == 1
    assert "FAILED   address: http://127.0.0.1:9 does not answer" in done.stdout
    assert "FAILED   static:" in done.stdout
    assert "manage.py collectstatic" in done.stdout


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ([0.1, 0.6, 1.1, 1.6, 2.1], "streams"),
        ([2.1, 2.1, 2.1, 2.1, 2.1], "held"),
        ([1.1, 1.1, 1.1, 2.1, 2.1], "lumps"),
        ([0.1, 0.6], "cut"),
        ([], "nothing"),
    ],
)
def test_arrivals_are_judged_by_when_they_were_sent(at, verdict):
    arrivals = Arrivals(Pace(events=5, gap=0.5))
    for number, each in enumerate(at):
        arrivals.take(each, number * 0.5)
    assert arrivals.verdict == verdict
