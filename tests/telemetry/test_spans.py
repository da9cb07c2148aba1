"""The way of a token in spans: from the post in one process over the queue to a worker, to the model's server and to the end,
in one trace. And the figures of that worker, at a port of its own."""

import subprocess
import sys
import uuid

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.oracles import eventually
from tests.faults.world import SHORT, open_world
from tests.ports import free_port
from tests.product import PASSWORD, ROOT
from tests.servers import RedisServer
from tests.telemetry.collector import Collector, attributes
from tests.telemetry.scrape import figures
from tests.viewers import Person, Viewer

TRACE = "0af7651916cd43dd8448eb211c80319c"
FRONT = "b7ad6b7169203331"
CANARY = "canary-71c4"


async def hello(wire):
    await wire.head()
    await wire.say(f"{CANARY} of an answer")
    await wire.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    await wire.finish()


async def refused(wire):
    await wire.head(401, "application/json")
    await wire.send(b'{"error": {"message": "canary-71c4"}}')


@pytest.fixture(scope="module")
def collector():
    return Collector()


@pytest.fixture(scope="module")
def world(template, tmp_path_factory, collector):
    models = ModelServer({"hello": hello, "refused": refused})
    with collector.serving() as url, RedisServer() as redis:
        environment = SHORT | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "REDIS_URL": redis.url,
            "WORKER_METRICS_PORT": str(free_port()),
        }
        with open_world(template, tmp_path_factory.mktemp("product"), environment, models) as world:
            yield world


async def _ask(world, model, **headers):
    async with Person(world.product.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        form = {
            "csrfmiddlewaretoken": alice.token,
            "text": f"{CANARY} of a question",
            "key": uuid.uuid4().hex,
        }
        async with alice.web.post(
            f"{alice.url}/conversations/",
            data={**form, "model": world.names[model]},
            headers=headers,
            allow_redirects=False,
        ) as answer:
            conversation = answer.headers["Location"].strip("/").split("/")[-1]
        return await Viewer(alice, conversation).finish()


async def test_one_trace_goes_from_the_proxy_over_the_queue_to_the_end(world, collector):
    viewer = await _ask(world, "hello", traceparent=f"00-{TRACE}-{FRONT}-01")
    await eventually(lambda: collector.named("turn run", TRACE), 10, "the spans")
    way = ("POST conversations", "turn queued", "turn run", "provider request", "turn finish")
    await eventually(lambda: all(collector.named(name, TRACE) for name in way), 10, "all of them")
    post, queued, run, request, finish = (collector.named(name, TRACE)[0] for name in way)
    assert post.parent_span_id.hex() == FRONT
    assert queued.parent_span_id == run.parent_span_id == post.span_id
    assert request.parent_span_id == finish.parent_span_id == run.span_id
    assert [event.name for event in request.events] == ["first token"]
    assert request.start_time_unix_nano <= request.events[0].time_unix_nano <= request.end_time_unix_nano
    assert queued.end_time_unix_nano <= request.start_time_unix_nano <= finish.start_time_unix_nano
    assert attributes(run)["rivulet.conversation"] == viewer.conversation
    assert attributes(run)["rivulet.status"] == "complete"
    assert attributes(post)["http.route"] == "conversations"
    told = attributes(request)
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (7, 3)


async def test_a_reply_is_counted_by_the_worker_that_made_it(world):
    await _ask(world, "hello")
    worker = await figures(f"http://127.0.0.1:{world.product.environment['WORKER_METRICS_PORT']}")
    web = await figures(world.product.url)
    assert worker["rivulet_turns_total", "complete"] >= 1
    assert worker["rivulet_journal_commit_seconds_count"] > 0
    assert web["rivulet_turns_total", "complete"] == 0
    assert web["rivulet_http_requests_total", "conversations", "3xx"] >= 1


async def test_a_fault_is_told_by_its_code_and_nothing_by_its_words(world, collector):
    await _ask(world, "refused")

    def told():
        return [s for s in collector.named("provider request") if attributes(s).get("error.type") == "auth"]

    await eventually(told, 10, "the span of the request")
    assert CANARY.encode() not in collector.raw
    assert not collector.named("GET healthz")
    assert not collector.named("GET static")


def test_without_an_address_nothing_of_it_is_loaded():
    """By us: taskiq looks for the package itself."""
    code = "import sys, django; django.setup(); from chat.telemetry import requests, spans; "
    code += "spans.begin('x').end(); "
    code += "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    environment = {"PATH": "", "DJANGO_SETTINGS_MODULE": "chatsite.settings", "DATA_DIR": ".artifacts/spans"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
