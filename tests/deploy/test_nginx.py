"""What docs/deploy/nginx.conf does in front of two processes."""

import re
import socket
import threading
import urllib.error
import urllib.request
import uuid
from contextlib import ExitStack, closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

from chat.server.requests import FORM_BYTES
from tests.nginx import CONFIGURATION, NginxServer

MEGABYTE = 1024 * 1024
UUID = uuid.UUID(int=7)


def test_nginx_accepts_the_file(tmp_path):
    assert NginxServer(tmp_path, [1, 2]).test() == ""


@pytest.mark.parametrize(
    ("place", "least"),
    [
        ("server {", settings.BODY_MAX_BYTES),
        ("location = /import/", settings.IMPORT_MAX_BYTES + FORM_BYTES),
        ("location = /attachments/", settings.ATTACHMENT_MAX_BYTES + FORM_BYTES),
    ],
)
def test_nginx_lets_through_what_the_product_takes_and_hardly_more(place, least):
    _, _, behind = CONFIGURATION.read_text().partition(place)
    found = re.search(r"client_max_body_size (\d+)m;", behind)
    assert found
    assert least <= int(found[1]) * MEGABYTE <= least + MEGABYTE


def test_nginx_waits_longer_than_a_stream_is_silent():
    _, _, behind = CONFIGURATION.read_text().partition("conversations/[0-9a-f-]+/events)/ {")
    found = re.search(r"proxy_read_timeout (\d+)s;", behind)
    assert found
    assert int(found[1]) > max(settings.VIEWER_HEARTBEAT_SECONDS, settings.POLL_SECONDS) + 10


@pytest.fixture
def behind():
    """Two processes behind nginx that note what they are asked and answer as `upstream.answer` says."""
    with ExitStack() as stack:
        yield [stack.enter_context(Upstream()) for _ in range(2)]


@pytest.fixture
def front(behind, tmp_path):
    """With a cap of connections that a test can reach."""
    with NginxServer(tmp_path, [each.port for each in behind], {"addresses 500": "addresses 2"}) as front:
        yield front


def test_who_asks_and_how_is_what_the_nearest_says_and_not_what_a_client_says(front, behind):
    said = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}
    assert ask(front, "/", said) == 200
    (heard,) = (request for each in behind for request in each.requests)
    assert heard.headers["X-Forwarded-For"] == "203.0.113.9"
    assert heard.headers["X-Forwarded-Proto"] == "https"
    assert heard.headers["Host"] == f"127.0.0.1:{front.port}"


def test_a_question_goes_to_the_other_process_where_one_is_down_also_when_it_is_a_form(front, behind):
    behind[0].close()
    assert [ask(front, "/", form=b"text=x") for _ in range(4)] == [200] * 4
    assert len(behind[1].requests) == 4


def test_a_form_that_a_process_died_over_is_not_sent_again_and_a_page_is(front, behind):
    for each in behind:
        each.answer = hang_up
    assert ask(front, "/", form=b"text=x") == 503
    assert sum(len(each.requests) for each in behind) == 1
    assert ask(front, "/") == 503
    assert sum(len(each.requests) for each in behind) == 3


def test_where_neither_process_answers_it_says_so_and_when_to_come_again(front, behind):
    for each in behind:
        each.close()
    with pytest.raises(urllib.error.HTTPError) as away:
        urllib.request.urlopen(front.url, timeout=10)
    with away.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"does not answer just now" in answer.read()


@pytest.mark.parametrize("path", ["/conversations/", f"/conversations/{UUID}/messages/"])
@pytest.mark.parametrize("fault", ["dies", "ends"])
def test_a_message_that_a_process_died_over_or_did_not_take_goes_to_the_other_under_the_same_name(
    front, behind, path, fault
):
    behind[0].answer = behind[1].answer = first_then(hang_up if fault == "dies" else ending)
    assert ask(front, path, form=b"text=x") == 200
    first, second = (request.headers["Idempotency-Key"] for each in behind for request in each.requests)
    assert first == second
    behind[0].answer = behind[1].answer = said
    assert ask(front, path, form=b"text=x") == 200
    assert len({request.headers["Idempotency-Key"] for each in behind for request in each.requests}) == 2


@pytest.mark.parametrize(
    "path", ["/", f"/conversations/{UUID}/delete/", f"/conversations/{UUID}/", f"/turns/{UUID}/stop/"]
)
def test_no_other_form_is_sent_again(front, behind, path):
    for each in behind:
        each.answer = ending
    assert ask(front, path, form=b"x=y") == 503
    assert sum(len(each.requests) for each in behind) == 1


def test_a_static_file_that_only_one_process_has_is_found_and_kept(front, behind):
    behind[0].answer = missing
    behind[1].answer = for_ever
    assert [ask(front, f"/static/{name}.js") for name in "abab"] == [200] * 4
    assert len(behind[1].requests) == 2


@pytest.mark.parametrize("place", ["events/", f"conversations/{UUID}/events/", f"ws/conversations/{UUID}/"])
def test_what_a_stream_says_arrives_before_it_ends_and_one_address_has_so_many(front, behind, place):
    over = threading.Event()
    for each in behind:
        each.answer = partial(first_word, over)
    with closing(stream(front, place)) as one, closing(stream(front, place)) as other:
        assert one.read(5) == other.read(5) == b"first"
        assert ask(front, "/") == 429
        over.set()
        assert one.read() == other.read() == b" last"


class Upstream:
    """`answer` is called with the handler of each request."""

    def __init__(self):
        self.requests, self.answer = [], said

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler):  # noqa: N805
                handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                self.requests.append(handler)
                self.answer(handler)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def said(handler, status=200, body=b"here", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def first_then(answer):
    """The first who is asked answers so, everybody after as usual."""
    answers = iter([answer])
    return lambda handler: next(answers, said)(handler)


def ending(handler):
    said(handler, 503)


def missing(handler):
    said(handler, 404)


def for_ever(handler):
    said(handler, Cache_Control="max-age=315360000, public, immutable")


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def first_word(over, handler):
    said(handler, body=b"first")
    handler.wfile.flush()
    assert over.wait(10)
    handler.wfile.write(b" last")


def ask(front, path, headers=None, form=None):
    request = urllib.request.Request(front.url + path, form, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def stream(front, place):
    return urllib.request.urlopen(f"{front.url}/{place}", timeout=10)
