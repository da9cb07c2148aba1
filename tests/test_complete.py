"""Programs ask with a key, and get a whole answer."""

import asyncio
import json
import re

import aiohttp
import psutil
import pytest

from tests.faults.model_server import ModelServer, Wire
from tests.faults.oracles import eventually
from tests.faults.scripts import quick, silent_before_headers
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD
from tests.viewers import Person

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
AT_ONCE = 30


def saying(*answers):
    """One answer after another, the last again and again."""

    async def script(wire: Wire) -> None:
        asked = len(SERVER.asked(wire.request.model))
        await wire.head()
        await wire.say(answers[min(asked, len(answers)) - 1])
        await wire.event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})
        await wire.finish()

    return script


async def broken(wire: Wire) -> None:
    await wire.head(500)


SERVER = ModelServer(
    {
        "plain": saying("An animal."),
        "mended": saying("It is twelve.", '```json\n{"age": 12}\n```'),
        "stubborn": saying('{"age": "twelve"}'),
        "quick": quick,
        "broken": broken,
        "silent": silent_before_headers,
        "hung": silent_before_headers,
    }
)


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    environment = SHORT | {"API_AT_ONCE": str(AT_ONCE), "MESSAGE_MAX_CHARS": "1000", "TURN_RETRIES": "0"}
    with open_world(template, tmp_path_factory.mktemp("programs"), environment, SERVER) as world:
        yield world


class Program:
    def __init__(self, url: str, key: str = "") -> None:
        self.url = f"{url}/api/"
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def ask(self, body=None, **fields):
        """Status, what is answered, and the headers."""
        data = json.dumps(fields) if body is None else body
        async with (
            aiohttp.ClientSession() as web,
            web.post(f"{self.url}complete/", data=data, headers=self.headers) as answer,
        ):
            return answer.status, await answer.json(), answer.headers


@pytest.fixture
async def alice(world):
    async with Person(world.product.url) as person:
        yield await person.sign_in("alice", PASSWORD)


@pytest.fixture
async def program(world, alice):
    return Program(world.product.url, await key_of(alice))


async def key_of(person, name="A script"):
    await person.get("/keys/")
    page = await person.post("/keys/", name=name)
    return re.search(r"rv-[\w-]{43}", page.html)[0]


SPENT = """
from chat.models import Spending
print(*Spending.objects.values_list("user__username", "model_name", "prompt_tokens", "completion_tokens"))
"""


async def test_an_answer_comes_whole_with_what_it_took(world, program):
    status, said, headers = await program.ask(
        model="plain", system="Be short.", prompt="What is a zebra?", parameters={"temperature": 0}
    )
    assert (status, said["text"], said["model"]) == (200, "An animal.", "plain")
    assert (said["usage"], said["finish_reason"]) == ({"prompt_tokens": 5, "completion_tokens": 2}, "stop")
    assert "Set-Cookie" not in headers
    sent = SERVER.asked("plain")[-1].body
    assert sent["temperature"] == 0
    spent = world.product.manage("shell", "--verbosity=0", "-c", SPENT)
    assert "('alice', 'plain', 5, 2)" in spent
    assert [each["content"] for each in sent["messages"]] == ["Be short.", "What is a zebra?"]


async def test_an_answer_that_does_not_fit_its_schema_is_sent_back_once(program):
    status, said, _ = await program.ask(model="mended", prompt="How old?", schema=SCHEMA)
    assert (status, said["value"]) == (200, {"age": 12})
    assert said["usage"] == {"prompt_tokens": 10, "completion_tokens": 4}
    assert "not JSON" in SERVER.asked("mended")[-1].text
    status, said, _ = await program.ask(model="stubborn", prompt="How old?", schema=SCHEMA)
    assert (status, said["error"]["reason"]) == (422, "schema")
    assert "$.age 'twelve' is not of type 'integer'" in said["error"]["message"]
    assert len(SERVER.asked("stubborn")) == 2


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked_or_its_owner_may_not_come_in(world, alice):
    key = await key_of(alice, "Nightly")
    program = Program(world.product.url, key)
    assert (await program.ask(model="quick", prompt="Hi"))[0] == 200
    page = await alice.get("/keys/")
    assert key not in page.html
    assert f"rv-…{key[-4:]}" in page.html
    revoke = re.search(r"/keys/\d+/revoke/", page.html)[0]  # the newest is the first
    assert (await alice.post(revoke)).status == 303
    assert (await program.ask(model="quick", prompt="Hi"))[0] == 401
    async with Person(world.product.url) as bob:
        bobs = Program(world.product.url, await key_of(await bob.sign_in("bob", PASSWORD)))
    assert (await bobs.ask(model="quick", prompt="Hi"))[0] == 200
    world.product.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import User as U; U.objects.filter(username='bob').update(is_active=False)",
    )
    assert (await bobs.ask(model="quick", prompt="Hi"))[0] == 401


async def test_a_session_is_no_key(alice):
    data = {"csrfmiddlewaretoken": alice.token, "prompt": "Hi"}
    async with alice.web.post(f"{alice.url}/api/complete/", data=data) as answer:
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await answer.json())["error"]["reason"] == "no_key"
    for key in ("rv-", "", "root", "é"):
        assert (await Program(alice.url, key).ask(prompt="Hi"))[0] == 401


REFUSED = {
    "no JSON": ("{", 400),
    "no object": ("[]", 400),
    "nothing asked": ("{}", 400),
    "both": ('{"prompt": "a", "messages": []}', 400),
    "nothing said": ('{"prompt": " "}', 400),
    "a role": ('{"messages": [{"role": "system", "content": "a"}]}', 400),
    "its own words last": ('{"messages": [{"role": "assistant", "content": "a"}]}', 400),
    "a field": ('{"prompt": "a", "stream": true}', 400),
    "a parameter": ('{"prompt": "a", "parameters": {"model": "other"}}', 400),
    "a value": ('{"prompt": "a", "parameters": {"max_tokens": 1.5}}', 400),
    "no schema": ('{"prompt": "a", "schema": {"type": "zebra"}}', 400),
    "a pattern": ('{"prompt": "a", "schema": {"items": {"pattern": "(a+)+$"}}}', 400),
    "a model": ('{"prompt": "a", "model": "of nobody"}', 404),
    "too much": (json.dumps({"prompt": "a" * 1001}), 413),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_asked_is_refused_in_words(program, case):
    body, status = REFUSED[case]
    given, said, _ = await program.ask(body)
    assert given == status, said
    assert said["error"]["reason"]
    assert said["error"]["message"].endswith(".")


async def test_what_fails_behind_is_told_from_what_takes_too_long(program):
    (status, failed, _), (late, silent, _) = await asyncio.gather(
        program.ask(model="broken", prompt="Hi"), program.ask(model="silent", prompt="Hi")
    )
    assert (status, failed["error"]["reason"]) == (502, "upstream")
    assert (late, silent["error"]["reason"]) == (504, "first_token")


async def test_a_slow_model_holds_no_thread_and_whoever_hangs_up_ends_their_question(world, program):
    process = psutil.Process(world.product.pid)
    await program.ask(model="quick", prompt="Hi")
    before = process.num_threads()
    asked = [asyncio.create_task(program.ask(model="hung", prompt="Hi")) for _ in range(AT_ONCE)]
    await world.asked("hung", AT_ONCE)
    assert process.num_threads() - before < 8
    status, said, headers = await program.ask(model="quick", prompt="Hi")
    assert (status, said["error"]["reason"], headers["Retry-After"]) == (429, "busy", "1")
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    await eventually(lambda: all(each.gone for each in SERVER.asked("hung")), 5, "upstream to be let go")
    assert (await program.ask(model="quick", prompt="Hi"))[0] == 200


async def test_the_models_are_those_of_the_keys_owner(world, program):
    async with (
        aiohttp.ClientSession(headers=program.headers) as web,
        web.get(f"{program.url}models/") as answer,
        web.get(f"{program.url}nothing/") as nothing,
    ):
        names = [each["name"] for each in (await answer.json())["models"]]
        assert set(SERVER.scripts) <= set(names)
        assert (nothing.status, (await nothing.json())["error"]["reason"]) == (404, "http_404")
