"""The model server cannot be reached, or answers and refuses."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.model_server import DONE, ModelServer, Script, Wire
from tests.faults.oracles import explained, silent
from tests.faults.scripts import quick
from tests.faults.world import KEY, World
from tests.ports import free_port

HTML = b"<html><body><h1>Bad Gateway</h1><script>alert(1)</script></body></html>"


def refusing(status: int, body: bytes = b"{}", kind: str = "application/json", **headers: str) -> Script:
    async def script(wire: Wire) -> None:
        await wire.head(status, kind, **headers)
        await wire.send(body)

    return script


async def echoing_key(wire: Wire) -> None:
    """As servers do that tell you which key they did not like."""
    await wire.head(401, "application/json")
    said = f"Incorrect API key provided: {wire.request.headers['authorization']} {KEY}"
    await wire.send(b'{"error":{"message":"%b","type":"invalid_request_error"}}' % said.encode())


def busy_once(server: list[ModelServer]) -> Script:
    async def script(wire: Wire) -> None:
        if len(server[0].asked(wire.request.model)) == 1:
            await refusing(429, Retry_After="1")(wire)
        else:
            await quick(wire)

    return script


SERVERS = [503, 500, 502, 504]
SCRIPTS: dict[str, Script] = {
    "quick": quick,
    "401": echoing_key,
    "403": refusing(403),
    "404": refusing(404, b'{"error":{"message":"The model `gone` does not exist"}}'),
    "429": refusing(429, Retry_After="1"),
    "429-for-an-hour": refusing(429, Retry_After="3600"),
    **{str(status): refusing(status, HTML, "text/html") for status in SERVERS},
    "html": refusing(200, b"<!doctype html><title>Sign in to the hotel</title>", "text/html"),
    "quota": refusing(
        200, b'{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}'
    ),
    "empty": refusing(200, b"", "text/event-stream"),
    "only-done": refusing(200, DONE, "text/event-stream"),
}


@pytest.fixture(scope="module", autouse=True)
def connected(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    untrusted = ModelServer({"untrusted": quick}, tls=_self_signed(tmp_path_factory.mktemp("tls")))
    with untrusted.serving():
        world.connect("refused", f"http://127.0.0.1:{free_port()}/v1", ["refused"])
        world.connect("nameless", "http://no-such-host.invalid/v1", ["nameless"])
        world.connect("untrusted", untrusted.url, ["untrusted"])
        yield
        assert untrusted.requests == [], "a prompt went to a server without a valid certificate"


def _self_signed(directory: Path) -> ssl.SSLContext:
    """An expired certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(days=30))
    certificate = builder.sign(key, hashes.SHA256())
    pem = directory / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


REFUSALS = [
    pytest.param("refused", "unreachable", id="u1-connection-refused"),
    pytest.param("nameless", "dns", id="u2-name-not-found"),
    pytest.param("untrusted", "tls", id="u3-certificate-not-trusted"),
    pytest.param("401", "auth", id="u4-key-refused-401"),
    pytest.param("403", "auth", id="u4-key-refused-403"),
    pytest.param("404", "no_model", id="u5-model-gone"),
    pytest.param("429", "rate_limited", id="u6-busy-for-ever"),
    *(pytest.param(str(status), "upstream", id=f"u8-server-error-{status}") for status in SERVERS),
    pytest.param("html", "not_llm", id="u46-captive-portal"),
    pytest.param("quota", "quota", id="u48-quota-with-status-200"),
    pytest.param("empty", "empty", id="u49-empty-body"),
    pytest.param("only-done", "empty", id="u49-done-and-nothing-else"),
]


@pytest.mark.parametrize(("model", "reason"), REFUSALS)
async def test_a_refusal_fails_the_turn_with_a_plain_sentence_and_a_retry(world, alice, model, reason):
    viewer = await world.begin(alice, model)
    row = await world.outcome(viewer)
    assert (row.status, row.reason, row.text) == ("failed", reason, "")
    page = await alice.open(viewer.conversation)
    explained(row, page.answer)
    silent(KEY, world.ledger, world.log, page.html, row.error, row.error_detail)
    assert not any(mark in row.error_detail for mark in ("<h1>", "alert(1)"))
    assert len(row.error_detail) <= 200


async def test_u5_a_model_that_is_gone_can_be_changed_for_another(world, alice):
    """U5"""
    viewer = await world.begin(alice, "404")
    row = await world.outcome(viewer)
    page = await alice.open(viewer.conversation)
    assert f'name="model" value="{world.names["quick"]}"' in page.html
    await alice.post(f"/turns/{row.turn}/retry/", key="again-elsewhere", model=world.names["quick"])
    again = await world.outcome(viewer)
    assert (again.status, again.text) == ("complete", "Done.")


async def test_u6_a_busy_server_is_asked_again_in_its_own_time_and_the_wait_is_shown(world, alice):
    """U6"""
    world.models.scripts["429-once"] = busy_once([world.models])
    world.connect("busy", world.models.url, ["429-once"])
    viewer = await world.begin(alice, "429-once")
    row = await world.outcome(viewer)
    assert (row.status, row.text) == ("complete", "Done.")
    waits = [event for event in world.ledger.events(row.conversation) if event["type"] == "turn.waiting"]
    assert [(wait["reason"], wait["seconds"]) for wait in waits] == [("rate_limited", 1.0)]
    assert len(world.models.asked("429-once")) == 2


async def test_u7_a_wait_of_an_hour_is_said_and_not_waited(world, alice):
    """U7"""
    viewer = await world.begin(alice, "429-for-an-hour")
    row = await world.outcome(viewer, seconds=3)
    assert (row.status, row.reason) == ("failed", "rate_limited")
    assert "60 minutes" in row.error or "1 hour" in row.error
    assert len(world.models.asked("429-for-an-hour")) == 1


@pytest.mark.parametrize("model", ["401", "403", "404", "html", "quota"])
async def test_what_asking_again_cannot_mend_is_asked_once(world, alice, model):
    """O4"""
    before = len(world.models.asked(model))
    await world.outcome(await world.begin(alice, model))
    assert len(world.models.asked(model)) == before + 1


@pytest.mark.parametrize("model", ["429", "503"])
async def test_what_may_pass_is_asked_again_as_often_as_the_setting_says(world, alice, model):
    """O4, U6, U8"""
    before = len(world.models.asked(model))
    await world.outcome(await world.begin(alice, model))
    assert len(world.models.asked(model)) == before + 2
