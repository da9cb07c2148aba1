"""What the running product logs: one JSON object a line, with ids, and with nothing that anybody said or hid."""

import json
import logging
import re
import sys

import pytest
from django.db import DataError, IntegrityError, OperationalError

from chat.telemetry import logs
from tests.faults.called import OFFERED, offer
from tests.faults.callers import caller, calling
from tests.faults.oracles import eventually
from tests.faults.world import KEY
from tests.viewers import Person

CANARY = "canary-5f2b"
ENVIRONMENT = {
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "DEBUG",
    "ACCESS_LOG": "on",
    "TOOLS": "tests.telemetry.loud.loud",
    "PROVIDERS": "loud=tests.telemetry.loud.LoudProvider",
    "TURN_RETRIES": "0",
}
CONNECT_LOUD = f"""
from chat.models import Model, Provider
provider = Provider(name="Loud", kind="loud", base_url="")
provider.key = {KEY!r}
provider.save()
print(Model.objects.create(provider=provider, name="loud").pk)
"""


async def refused(wire):
    await wire.head(400, "application/json")
    await wire.send(json.dumps({"error": {"message": f"{CANARY} {KEY} is no good"}}).encode())


async def garbled(wire):
    await wire.head()
    await wire.say("Well, ")
    await wire.send(b'data: {"choices": [{"delta": {"content": "%s \xff\n\n' % CANARY.encode())


SCRIPTS = {"refused": refused, "garbled": garbled, "caller": caller}


def lines(world):
    """Without what `serve` says on its way up."""
    return [json.loads(line) for line in world.log.splitlines() if not line.startswith("Rivulet is at")]


async def test_nothing_that_anybody_said_is_in_the_log(world, alice):
    loud = world.product.manage("shell", "--verbosity=0", "-c", CONNECT_LOUD).split()[-1]
    world.names["loud"] = loud
    for model in ("refused", "garbled", "loud"):
        await world.outcome(await world.begin(alice, model, text=f"{CANARY} {model}"))
    await _have_tool_called(world, alice)
    await _knock(world, alice)
    await _break_a_page(world, alice)
    # The last thing to be logged of all this.
    await eventually(lambda: "message_text" in world.log, 10, "the access log")
    cookies = [cookie.value for cookie in alice.web.cookie_jar]
    for secret in (CANARY, KEY, KEY[3:], "sk-", *cookies):
        assert secret not in world.log
    assert "ValueError" in world.log
    assert "KeyError" in world.log


async def _have_tool_called(world, alice):
    viewer = await world.begin(alice, "caller", text=calling(("loud", {"words": f"{CANARY} of a tool"})))
    await offer(world, viewer, [*OFFERED, "loud"])
    await alice.ask(
        viewer.conversation,
        calling(("loud", {"words": f"{CANARY} of a tool"})),
        model=world.names["caller"],
    )
    await viewer.load()
    await viewer.finish()


async def _knock(world, alice):
    """Doors that see secrets: in a path, in a query, in a form, in a header."""
    for path in (f"/setup/{CANARY}/", f"/shared/{CANARY}/", f"/search/?q={CANARY}", f"/?{CANARY}=1"):
        await alice.get(path)
        await alice.web.post(world.product.url + path, data={"text": CANARY}, allow_redirects=False)
    async with Person(world.product.url) as nobody:
        await nobody.get("/accounts/login/")
        await nobody.post("/accounts/login/", username="alice", password=CANARY)
    headers = {
        "X-Request-ID": f"{CANARY} {CANARY}",
        "Authorization": f"Bearer {CANARY}",
        "User-Agent": CANARY,
    }
    await alice.get("/api/models/", **headers)
    # An id that is well-formed is the caller's own business, and stands in the log.
    await alice.get("/api/models/", **{"X-Request-ID": "proxy-0123456789"})


async def _break_a_page(world, alice):
    conversation = await alice.start("hello")
    key = conversation.replace("-", "")
    world.ledger.write("UPDATE chat_conversation SET settings = ? WHERE id = ?", [f'"{CANARY}"', key])
    async with alice.web.get(f"{world.product.url}/conversations/{conversation}/?q={CANARY}") as answer:
        page = await answer.text()
        assert answer.status == 500
        incident = answer.headers["X-Request-ID"]
        assert incident in page
    world.ledger.write("UPDATE chat_conversation SET settings = '{}' WHERE id = ?", [key])
    told = [line for line in lines(world) if line.get("request") == incident and line["level"] == "ERROR"]
    assert told
    assert "chat/views/conversations.py" in told[0]["trace"]
    page = await alice.open(conversation)
    await alice.written(page.messages[0].message)


async def test_each_line_says_what_it_is_about(world, alice):
    viewer = await world.begin(alice, "refused", text="Go on.")
    row = await world.outcome(viewer)
    await alice.get("/prompts/", **{"X-Request-ID": "proxy-9876543210"})
    await eventually(lambda: "proxy-9876543210" in world.log, 10, "the access log")
    told = lines(world)
    assert {"time", "level", "logger", "event"} <= set.intersection(*(set(line) for line in told))
    (visit,) = [line for line in told if line.get("request") == "proxy-9876543210"]
    assert (visit["method"], visit["route"], visit["status"]) == ("GET", "prompts", 200)
    assert visit["ms"] > 0
    assert visit["user"] == str(world.ledger.query("SELECT id FROM auth_user WHERE username='alice'")[0][0])
    assert row.turn


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("proxy-0123456789", True),
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("short", False),
        ("x" * 65, False),
        ("two words in it", False),
        ('<script>"quoted"</script>', False),
        ("-begins-with-a-dash", False),
    ],
)
async def test_an_id_is_taken_from_the_proxy_only_where_it_is_one(world, alice, given, kept):
    async with alice.web.get(f"{world.product.url}/healthz", headers={"X-Request-ID": given}) as answer:
        returned = answer.headers.getall("X-Request-ID")
    assert (returned == [given]) is kept
    assert len(returned) == 1
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", returned[0])


def _record(error, *args, name="chat.turns", message="went wrong: %r"):
    try:
        raise error
    except type(error):
        return logging.LogRecord(name, logging.ERROR, "", 0, message, args or (error,), sys.exc_info())


@pytest.mark.parametrize("formatter", [logs.LineFormatter(), logs.JsonFormatter()])
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError(CANARY), ""),
        (UnicodeEncodeError("utf-8", CANARY, 0, 1, CANARY), ""),
        (DataError(CANARY), ""),
        (IntegrityError(f"null value violates a constraint\nDETAIL:  row ({CANARY})"), "null value violates"),
        (OperationalError("database is locked"), "database is locked"),
        (ExceptionGroup(CANARY, [KeyError(CANARY), OSError("No space left")]), "No space left"),
    ],
)
def test_an_exception_is_told_without_what_it_quotes(formatter, error, says):
    for record in (_record(error), _record(error, str(type(error)), message="%s")):
        told = formatter.format(record)
        assert CANARY not in told
        assert type(error).__name__ in told
        assert says in told
        assert "test_logs.py" in told
    assert record.exc_text is None


def test_a_line_of_another_package_has_no_query_in_it():
    record = logging.LogRecord("daphne.server", logging.WARNING, "", 0, "%s was slow", ("/x/?a=1&b=2",), None)
    assert logs.LineFormatter("%(message)s").format(record) == "/x/?… was slow"
