"""Who may do what, at every door of the running product.

The doors are read off the URL conf and the consumer: one without a line here fails.
"""

import asyncio
import uuid

import pytest

from chat.consumers import ViewerConsumer
from tests.access.house import ADMIN, CHAT, ROLES, House

ANYBODY = (200, 200, 200, 200, 200)
NOBODY = (404, 404, 404, 404, 404)
SIGNED_IN = (302, 302, 200, 200, 200)
PAGE = (302, 302, 404, 404, 200)
STREAM = (401, 401, 404, 404, 200)
STREAM_OF_USER = (401, 401, 200, 200, 200)
COMMAND = (401, 401, 404, 404, 303)
WITH_A_KEY = (401, 401, 401, 401, 401)
NOT_BY_GET = (302, 302, 405, 405, 405)
NOT_BY_POST = (401, 401, 405, 405, 405)
ONLY_GET = (405, 405, 405, 405, 405)

GET = {
    "home": SIGNED_IN,
    "conversations": SIGNED_IN,
    "conversation": PAGE,
    "conversation_title": NOT_BY_GET,
    "conversation_delete": PAGE,
    "conversation_settings": PAGE,
    "messages": NOT_BY_GET,
    "conversation_export": PAGE,
    "conversation_print": PAGE,
    "conversation_shares": PAGE,
    "export_all": SIGNED_IN,
    "import": SIGNED_IN,
    "shares": SIGNED_IN,
    "share_revoke": NOT_BY_GET,
    "shared": NOBODY,
    "account_delete": SIGNED_IN,
    "conversations_delete": SIGNED_IN,
    "events": STREAM,
    "events_poll": STREAM,
    "conversation_menu": PAGE,
    "conversation_pin": NOT_BY_GET,
    "conversation_archive": NOT_BY_GET,
    "conversation_folder": NOT_BY_GET,
    "manage": SIGNED_IN,
    "selection": NOT_BY_GET,
    "folders": NOT_BY_GET,
    "folder_name": NOT_BY_GET,
    "folder_delete": PAGE,
    "search": SIGNED_IN,
    "user_events": STREAM_OF_USER,
    "user_events_poll": STREAM_OF_USER,
    "leaf": NOT_BY_GET,
    "message": PAGE,
    "message_text": PAGE,
    "message_edit": PAGE,
    "message_answer": NOT_BY_GET,
    "message_delete": PAGE,
    "message_feedback": NOT_BY_GET,
    "message_fork": NOT_BY_GET,
    "turn_stop": NOT_BY_GET,
    "turn_retry": NOT_BY_GET,
    "turn_continue": NOT_BY_GET,
    "turn_call": NOT_BY_GET,
    "attachments": SIGNED_IN,
    "attachment": PAGE,
    "attachment_thumb": PAGE,
    "attachment_delete": NOT_BY_GET,
    "prompts": SIGNED_IN,
    "prompt_new": SIGNED_IN,
    "prompt": PAGE,
    "prompt_delete": PAGE,
    "login": ANYBODY,
    "logout": NOT_BY_GET,
    "password_change": SIGNED_IN,
    "csrf_token": ANYBODY,
    "setup": NOBODY,
    "settings": SIGNED_IN,
    "theme": NOT_BY_GET,
    "device_end": NOT_BY_GET,
    "devices_end": NOT_BY_GET,
    "manifest": ANYBODY,
    "service_worker": ANYBODY,
    "offline": ANYBODY,
    "words": ANYBODY,
    "diagram": ANYBODY,
    "trace": PAGE,
    "trace_events": PAGE,
    "keys": SIGNED_IN,
    "key_revoke": NOT_BY_GET,
    "api_complete": ONLY_GET,
    "api_models": WITH_A_KEY,
    "favicon": (302, 302, 302, 302, 302),
    "healthz": ANYBODY,
    "readyz": ANYBODY,
    # From this machine; tests/telemetry has everybody else.
    "metrics": ANYBODY,
    # Without a ticket, which nobody gets by asking.
    "probe_stream": NOBODY,
    "probe_poll": NOBODY,
    "probe": NOBODY,
}
POST = {
    "home": NOT_BY_POST,
    "conversations": (401, 401, 303, 303, 303),
    "conversation": NOT_BY_POST,
    "conversation_title": COMMAND,
    "conversation_settings": COMMAND,
    "messages": COMMAND,
    "conversation_export": NOT_BY_POST,
    "conversation_print": NOT_BY_POST,
    "conversation_shares": COMMAND,
    "export_all": NOT_BY_POST,
    "import": (401, 401, 422, 422, 422),
    "shares": NOT_BY_POST,
    "share_revoke": COMMAND,
    "shared": ONLY_GET,
    "account_delete": (401, 401, 422, 422, 422),
    "events": NOT_BY_POST,
    "events_poll": NOT_BY_POST,
    "conversation_menu": NOT_BY_POST,
    "conversation_pin": COMMAND,
    "conversation_archive": COMMAND,
    "conversation_folder": COMMAND,
    "manage": NOT_BY_POST,
    "selection": (401, 401, 422, 422, 422),
    "folders": (401, 401, 422, 422, 422),
    "folder_name": (401, 401, 404, 404, 422),
    "search": NOT_BY_POST,
    "user_events": NOT_BY_POST,
    "user_events_poll": NOT_BY_POST,
    "leaf": COMMAND,
    "message": NOT_BY_POST,
    "message_text": NOT_BY_POST,
    "message_edit": COMMAND,
    "message_answer": COMMAND,
    "message_feedback": COMMAND,
    "message_fork": COMMAND,
    "turn_stop": COMMAND,
    "turn_retry": COMMAND,
    "turn_continue": COMMAND,
    # Nobody says what is to become of it.
    "turn_call": (401, 401, 404, 404, 422),
    "attachments": (401, 401, 200, 200, 200),
    "attachment": NOT_BY_POST,
    "attachment_thumb": NOT_BY_POST,
    "prompts": (401, 401, 422, 422, 422),
    "prompt_new": (401, 401, 200, 200, 200),
    "prompt": (401, 401, 404, 404, 422),
    "login": (422, 422, 422, 422, 422),
    "password_change": (401, 401, 200, 200, 200),
    "csrf_token": ONLY_GET,
    "setup": NOBODY,
    "settings": (401, 401, 422, 422, 422),
    "theme": (401, 401, 303, 303, 303),
    "device_end": COMMAND,
    "devices_end": (401, 401, 303, 303, 303),
    "manifest": ONLY_GET,
    "service_worker": ONLY_GET,
    "offline": ONLY_GET,
    "words": ONLY_GET,
    "diagram": ONLY_GET,
    "trace": NOT_BY_POST,
    "trace_events": NOT_BY_POST,
    "keys": (401, 401, 422, 422, 422),
    "key_revoke": COMMAND,
    "api_complete": WITH_A_KEY,
    "api_models": ONLY_GET,
    "favicon": ONLY_GET,
    "healthz": ONLY_GET,
    "readyz": ONLY_GET,
    "metrics": ONLY_GET,
    "probe_stream": ONLY_GET,
    "probe_poll": ONLY_GET,
    "probe": NOBODY,
    # These end what the others need.
    "folder_delete": COMMAND,
    "message_delete": COMMAND,
    "conversation_delete": COMMAND,
    "prompt_delete": COMMAND,
    "attachment_delete": COMMAND,
    "conversations_delete": (401, 401, 303, 303, 303),
    "logout": (401, 401, 302, 302, 302),
}
# Under /admin/ there is one rule for all: the administrator gets in, and nobody else.


def test_every_route_is_expected():
    assert set(GET) == set(POST) == set(CHAT), "say in GET and POST who may do what there"


def test_every_operation_of_the_socket_is_expected():
    operations = {name for name in dir(ViewerConsumer) if name.startswith("websocket_")}
    assert operations == {"websocket_connect", "websocket_receive", "websocket_disconnect"}


@pytest.mark.parametrize(("method", "expected"), [("GET", GET), ("POST", POST)])
async def test_everybody_gets_what_is_theirs_and_nothing_else(house, method, expected):
    before, wrong = house.state(), []
    for name, statuses in expected.items():
        form = {} if "login" in name else _form(house)
        for role, status in zip(ROLES, statuses, strict=True):
            if role == "owner":
                assert method == "POST" or house.state() == before, name
            given = await house.status(role, method, house.path(name), **form)
            if given != status:
                wrong.append(f"{method} {name} as {role}: {given}, not {status}")
            if role != "owner":
                changed = house.state() != before
                wrong += [f"{method} {name} as {role} changed what is alice's"] if changed else []
        before = await settled(house)
    assert not wrong, "\n".join(wrong)


def _form(house: House) -> dict[str, str]:
    """What each of the commands needs of it."""
    command = {"text": "hello", "title": "A title", "key": uuid.uuid4().hex}
    return {**command, "value": "1", "message": house.ids["reply"]}


async def settled(house: House) -> list[tuple[object, ...]]:
    """What alice has once no reply of hers is being written."""
    for _ in range(200):
        if not any(row[1] in ("queued", "running") for row in house.state() if len(row) == 3):
            break
        await asyncio.sleep(0.1)
    return house.state()


async def test_the_admin_is_for_administrators(house):
    ids = {"<path:object_id>": house.ids["conversation"], "<id>": "1"}
    wrong = []
    for route in ADMIN:
        path = "/" + route
        for part, value in ids.items():
            path = path.replace(part, value)
        path = path.replace("^(?P<app_label>auth|axes|chat)/$", "chat/").replace(
            "(?P<url>.*)$", "nothing/here/"
        )
        path = path.replace("<path:content_type_id>", "1")
        for role in ROLES:
            for method in ("GET", "POST"):
                if "logout" in path and method == "POST":
                    continue
                given = await house.status(role, method, path)
                allowed = role == "admin" or given in (302, 401, 403, 404, 405)
                if not allowed or given >= 500:
                    wrong.append(f"{method} {path} as {role}: {given}")
    assert not wrong, "\n".join(wrong)


async def test_whoever_is_signed_in_and_no_administrator_is_told_so(house):
    for role in ("owner", "stranger"):
        page = await house.people[role].get("/admin/chat/conversation/")
        assert page.status == 403
