"""How large a file may be, for whom, and what it costs the server."""

import asyncio
import json
import re
import socket

import pytest

from chat import uploads
from tests.faults.oracles import Footprint

MEGABYTE = 1024 * 1024


def body(file_bytes, token):
    """A form with a file, as a browser sends it."""
    edge = "----edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x.json"\r\n'
    head += "Content-Type: application/json\r\n\r\n"
    return edge, head.encode() + file_bytes + f"\r\n--{edge}--\r\n".encode()


def upload(port, path, cookie, token, content):
    edge, sent = body(content, token)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nContent-Length: {len(sent)}\r\n"
        f"Content-Type: multipart/form-data; boundary={edge}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        try:
            client.sendall(head.encode())
            client.sendall(sent)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return answer_of(client)


def answer_of(client):
    """All of it; of a refusal the first words, after which the server waits for us to read on."""
    answer = b""
    try:
        while b" 413 " not in answer[:20] and (data := client.recv(65536)):
            answer += data
    except ConnectionResetError:
        pass
    return answer.decode(errors="replace")


def conversations(count, words):
    said = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["word " * words]}}
    chats = [
        {"title": f"Large {n}", "mapping": {"a": {"message": said, "parent": None}}} for n in range(count)
    ]
    return json.dumps(chats).encode()


async def way_in(person):
    """Where the form of the import page goes."""
    page = await person.get("/import/")
    return re.search(r'action="(/import/\?ticket=[^"]+)"', page.html)[1]


def stored(database, like):
    ((count,),) = database.query("SELECT COUNT(*) FROM chat_conversation WHERE title LIKE ?", [like])
    return count


async def test_a_file_of_ninety_megabytes_comes_in_and_is_never_in_memory_whole(server, alice):
    path = await way_in(alice)
    await alice.get("/import/")
    footprint = Footprint(server.pid)
    content = conversations(90, 200_000)
    assert len(content) > 85 * MEGABYTE
    sending = asyncio.to_thread(upload, server.port, path, alice.cookie, alice.token, content)
    answer, most = await footprint.most_mb_during(sending)
    assert answer.startswith("HTTP/1.1 200"), answer[:300]
    assert "90 conversations were taken in." in answer
    assert stored(server.database, "Large %") == 90
    # Seen: 17 to 45, while it comes, is read and is made searchable.
    assert most < 80


async def test_nobody_else_and_no_other_page_may_send_as_much(server, alice, charlie):
    path = await way_in(alice)
    content = b"x" * (5 * MEGABYTE)
    forged = path[:-3] + "abc"
    for where in (
        "/import/",
        forged,
        path.replace("/import/", "/conversations/"),
        f"/import/?ticket={'x' * 500}",
    ):
        answer = upload(server.port, where, alice.cookie, alice.token, content)
        assert answer.startswith("HTTP/1.1 413"), where
    # The ticket opens the way for bytes, and nothing more.
    assert upload(server.port, path, "", "", content).startswith("HTTP/1.1 403")
    assert upload(server.port, path, charlie.cookie, "wrong", content).startswith("HTTP/1.1 403")


async def test_there_is_a_cap_for_files_too(server, alice):
    path = await way_in(alice)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {alice.cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {101 * MEGABYTE}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode())
        assert answer_of(client).startswith("HTTP/1.1 413")


async def test_only_a_few_large_uploads_are_borne_at_once(server, alice):
    path = await way_in(alice)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {alice.cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {50 * MEGABYTE}\r\n\r\n"
    )
    clients = []
    try:
        for _ in range(4):
            clients.append(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            clients[-1].sendall(head.encode() + b"x" * 1000)
        # Each of them has been heard by the time that a later request is answered.
        await alice.get("/import/")
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as fifth:
            fifth.sendall(head.encode())
            assert answer_of(fifth).startswith("HTTP/1.1 413")
    finally:
        for client in clients:
            client.close()
    await alice.get("/import/")
    content = b" " * (3 * MEGABYTE) + b"[]"
    answer = upload(server.port, await way_in(alice), alice.cookie, alice.token, content)
    assert answer.startswith("HTTP/1.1 422"), "the places are free again"


@pytest.mark.parametrize("method", ["GET", "PUT", "post"])
def test_a_ticket_is_for_posting_alone(method):
    given = uploads.ticket(7)
    assert uploads.place_of("POST", f"/import/?ticket={given}")
    assert not uploads.place_of(method, f"/import/?ticket={given}")


def test_a_ticket_has_an_end(monkeypatch):
    given = uploads.ticket(7)
    monkeypatch.setattr(uploads, "VALID_SECONDS", -1)
    assert not uploads.place_of("POST", f"/import/?ticket={given}")
