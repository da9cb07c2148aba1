"""Servers of tools and their tools in the admin. Headers go in and never come out."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from chat.admin.servers import headers_in
from chat.models import Conversation, McpServer, Provider, Tool
from tests.tools.mcp_servers import OldServer, plain, scripted

pytestmark = pytest.mark.django_db
SERVERS, TOOLS = "/admin/chat/mcpserver/", "/admin/chat/tool/"
TOKEN = "Bearer canary-77"
ROW = {"description": "Looks it up.", "inputSchema": {"type": "object"}}


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


@pytest.fixture
def server(db):
    made = McpServer(name="notes", url="http://notes:8000/mcp", timeout_seconds=30)
    made.headers = json.dumps({"Authorization": TOKEN})
    made.save()
    return made


def save(admin, server, **changed):
    data = {"name": server.name, "url": server.url, "enabled": "on", "timeout_seconds": "5", **changed}
    answer = admin.post(f"{SERVERS}{server.pk}/change/", data)
    server.refresh_from_db()
    return answer


class TestHeaders:
    @pytest.mark.parametrize(
        "written",
        [f"Authorization: {TOKEN}\n\nX-Team: 7", json.dumps({"Authorization": TOKEN, "X-Team": "7"})],
    )
    def test_they_are_lines_or_json(self, written):
        assert headers_in(written) == {"Authorization": TOKEN, "X-Team": "7"}

    @pytest.mark.parametrize(
        "bad",
        [
            *(
                "no colon",
                ": value",
                "Name:",
                "Two words: x",
                '{"a": 1}',
                '{"a"',
                "{}x",
                "X: ümlaut",
                '{"a": "b\\nc"}',
            ),
            *("Host: elsewhere", "Mcp-Session-Id: 1", "Content-Length: 3"),
        ],
    )
    def test_anything_else_is_refused(self, bad):
        with pytest.raises(ValidationError):
            headers_in(bad)

    def test_nothing_is_filled_in_from_the_environment(self):
        assert headers_in("X-Home: ${HOME} $HOME %HOME%") == {"X-Home": "${HOME} $HOME %HOME%"}

    def test_they_never_come_out(self, admin, server, caplog):
        pages = [admin.get(SERVERS), admin.get(f"{SERVERS}{server.pk}/change/")]
        pages += [
            save(admin, server, headers=f"Authorization: {TOKEN}x"),
            admin.get(f"{SERVERS}{server.pk}/history/"),
        ]
        for page in pages:
            assert b"canary" not in page.content
        assert "Set are: Authorization." in pages[1].content.decode()
        assert "canary" not in caplog.text + str(list(LogEntry.objects.values()))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM chat_mcpserver")
            assert "canary" not in str(cursor.fetchall())

    def test_not_even_where_the_form_comes_back_with_a_mistake(self, admin, server):
        answer = save(admin, server, headers=f"Authorization: {TOKEN}", url="no url")
        assert answer.status_code == 200
        assert b"canary" not in answer.content

    def test_they_are_kept_replaced_and_forgotten(self, admin, server):
        save(admin, server, name="other")
        assert (server.name, json.loads(server.headers)) == ("other", {"Authorization": TOKEN})
        save(admin, server, headers="X-Key: 1")
        assert json.loads(server.headers) == {"X-Key": "1"}
        save(admin, server, forget_headers="on")
        assert server.headers_sealed == ""


@pytest.mark.parametrize(
    "bad", ["file:///etc/passwd", "stdio:python", "http://", "http://user:word@h/", "python x.py"]
)
def test_a_server_is_an_http_address_and_nothing_that_is_started_here(admin, server, bad):
    assert save(admin, server, url=bad).status_code == 200
    assert server.url == "http://notes:8000/mcp"


@pytest.mark.parametrize("seconds", ["0", "-1", "3601", "nan", "inf"])
def test_its_deadline_is_one(admin, server, seconds):
    assert save(admin, server, timeout_seconds=seconds).status_code == 200


def shown(page):
    return re.findall(r'<li class="(?:success|warning|error)">(.*?)</li>', page)


def listing(*rows):
    return OldServer(tools_list={"tools": [{**ROW, **row} for row in rows]})


def check(admin, server, script):
    with scripted(script) as url:
        McpServer.objects.update(url=url)
        return admin.post(f"{SERVERS}{server.pk}/check/", follow=True).content.decode()


class TestChecking:
    def test_its_tools_come_in_switched_off_and_ask_each_time(self, admin, server):
        script = listing({"name": "find note/ä"}, {"name": "look", "annotations": {"readOnlyHint": True}})
        assert shown(check(admin, server, script)) == ["Notes answers and lists 2 tools."]
        tools = {tool.name: tool for tool in Tool.objects.all()}
        assert set(tools) == {"notes__find_note", "notes__look"}
        found = tools["notes__find_note"]
        assert (found.remote_name, found.enabled, found.approval) == ("find note/ä", False, "always")
        assert (found.has_effects, tools["notes__look"].has_effects) == (True, False)
        server.refresh_from_db()
        assert server.problem == ""
        assert server.checked

    def test_the_headers_go_along(self, admin, server):
        seen = []
        script = listing({"name": "look"})

        def noting(verb, message, headers):
            seen.append(headers["Authorization"])
            return script(verb, message, headers)

        check(admin, server, noting)
        assert set(seen) == {TOKEN}

    def test_what_an_administrator_has_set_stays_and_what_the_server_says_is_renewed(self, admin, server):
        check(admin, server, listing({"name": "look"}, {"name": "gone"}))
        group = Group.objects.create(name="research")
        Tool.objects.filter(remote_name="look").update(enabled=True, approval="never")
        Tool.objects.get(remote_name="look").groups.add(group)
        check(admin, server, listing({"name": "look", "description": "Looks twice."}))
        tool = Tool.objects.get(remote_name="look")
        assert (tool.enabled, tool.approval, list(tool.groups.all())) == (True, "never", [group])
        assert tool.description == "Looks twice."
        assert Tool.objects.get(remote_name="gone").gone
        check(admin, server, listing({"name": "gone"}))
        assert not Tool.objects.get(remote_name="gone").gone

    def test_what_goes_wrong_is_told_on_its_page_without_what_the_server_sent(self, admin, server):
        page = check(admin, server, lambda *_: plain(200, b"<script>alert(1)</script>", "text/html"))
        assert "does not answer as an MCP server does" in page
        assert "alert(1)" not in page
        assert "does not answer" in admin.get(SERVERS).content.decode()
        server.refresh_from_db()
        assert server.checked

    def test_names_of_two_servers_never_clash(self, admin, server):
        other = McpServer.objects.create(name="notes__a", url="http://x/mcp", timeout_seconds=30)
        check(admin, other, listing({"name": "b"}))
        check(admin, server, listing({"name": "a__b"}))
        assert len(set(Tool.objects.values_list("name", flat=True))) == 2

    def test_it_is_for_administrators_and_by_post(self, admin, browser_of, owner, server):
        address = f"{SERVERS}{server.pk}/check/"
        assert address in admin.get(f"{SERVERS}{server.pk}/change/").content.decode()
        assert admin.get(address).status_code == 405
        assert browser_of(owner).post(address).status_code == 302
        server.refresh_from_db()
        assert server.checked is None

    def test_hostile_descriptions_are_text(self, admin, server):
        check(
            admin,
            server,
            listing({"name": "x", "title": "<b>bold", "description": "<script>alert(1)</script>"}),
        )
        tool = Tool.objects.get(remote_name="x")
        for page in (admin.get(TOOLS), admin.get(f"{TOOLS}{tool.pk}/change/")):
            assert "<script>alert" not in page.content.decode()
            assert "<b>bold" not in page.content.decode()


class TestTools:
    @pytest.fixture
    def tool(self, server):
        return server.tools.create(name="notes__look", remote_name="look", description="Looks.")

    def test_they_are_let_loose_in_the_list(self, admin, tool):
        data = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": tool.pk, "_save": "Save"}
        data |= {"form-0-enabled": "on", "form-0-approval": "first"}
        assert admin.post(f"{TOOLS}?server__id__exact={tool.server_id}", data).status_code == 302
        tool.refresh_from_db()
        assert (tool.enabled, tool.approval, tool.has_effects) == (True, "first", False)

    def test_what_the_server_says_is_not_for_changing(self, admin, tool):
        group = Group.objects.create(name="research")
        data = {
            "enabled": "on",
            "approval": "never",
            "groups": group.pk,
            "name": "other",
            "description": "Hm.",
        }
        assert admin.post(f"{TOOLS}{tool.pk}/change/", data).status_code == 302
        tool.refresh_from_db()
        assert (tool.name, tool.description, list(tool.groups.all())) == ("notes__look", "Looks.", [group])
        assert admin.get(f"{TOOLS}add/").status_code == 403

    def test_one_button_asks_all_servers_and_looks_at_our_own(self, admin, server, settings):
        with scripted(listing({"name": "look"})) as url:
            McpServer.objects.update(url=url)
            McpServer.objects.create(name="off", url="http://127.0.0.1:9/mcp", enabled=False)
            McpServer.objects.create(name="down", url="http://127.0.0.1:9/mcp")
            page = admin.post(f"{TOOLS}synchronise/", follow=True).content.decode()
        assert "Down cannot be reached" in page, shown(page)
        assert "Off cannot" not in page
        assert Tool.objects.filter(remote_name="look", gone=False).exists()
        assert admin.get(f"{TOOLS}synchronise/").status_code == 405


def test_calls_are_listed_with_their_replies_without_anybody_s_words(admin, owner, server):
    model = Provider.objects.create(name="Lab").models.create(name="m")
    turn = Conversation.objects.start(owner, "Hello", "key", model)
    now = timezone.now()
    turn.uses.create(
        call="c1", name="notes__look", arguments='{"word": "canary"}', status="done", result="canary",
        started=now, finished=now,
    )  # fmt: skip
    for page in (admin.get("/admin/chat/tooluse/"), admin.get(f"/admin/chat/turn/{turn.pk}/change/")):
        text = page.content.decode()
        assert re.search(r'field-status">\s*(<p>)?Done', text)
        assert "canary" not in text
