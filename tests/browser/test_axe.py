"""axe-core finds nothing on any page, in any state, in either theme, from left to right and from right to left."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.chat import LONG, Chat
from tests.browser.conftest import PHONE

TEXT = r"""## A heading

A paragraph with **strong words**, `code`, [a link](https://example.org/) and $e^{i\pi} = -1$.

| Name | Number |
|---|--:|
| one | 1 |
| two | 2 |

```python
def twice(number: int) -> int:
    return 2 * number  # a comment
```

$$ \int_0^1 x^2 \, dx $$

- [x] done
- [ ] to do

> Said by somebody else.

![A picture](https://example.org/picture.png)
"""
SEED = f"""
import uuid
from django.contrib.auth.models import User
from django.utils import timezone
from chat.models import Conversation, Folder, Message, Model, SavedPrompt, Turn
alice, model, text = User.objects.get(username="alice"), Model.objects.first(), {TEXT!r}

def reply(status, error=""):
    turn = Conversation.objects.start(alice, "Show me " + status, uuid.uuid4().hex, model)
    Message.objects.filter(pk=turn.message_id).update(text=text, parts=[{{"type": "text", "text": text}}])
    Turn.objects.filter(pk=turn.pk).update(status=status, error=error, finished=timezone.now())
    return turn.message.conversation

folder = Folder.objects.create(user=alice, name="Work")
SavedPrompt.objects.create(user=alice, name="shorter", text="Say it shorter.")
Conversation.objects.filter(pk=reply("complete").pk).update(title="Everything", pinned=True)
Conversation.objects.filter(pk=reply("failed", "The model's server cannot be reached.").pk).update(title="Failed")
Conversation.objects.filter(pk=reply("interrupted").pk).update(title="Interrupted", folder=folder)
"""
Arrange = Callable[[Chat], object]


@pytest.fixture(scope="module")
def house(quick):
    quick.manage("shell", "-c", SEED)
    return quick


def visit(path: str) -> Arrange:
    return lambda chat: chat.page.goto(path)


def opened(title: str) -> Arrange:
    def arrange(chat: Chat) -> None:
        chat.page.goto("/conversations/manage/")
        chat.page.locator("main").get_by_role("link", name=title).first.click()
        expect(chat.log).to_be_visible()
        expect(chat.page.locator("html[data-ready]")).to_be_attached()

    return arrange


def branches(chat: Chat) -> None:
    opened("Everything")(chat)
    chat.reply.hover()
    chat.reply.get_by_role("button", name="Regenerate").first.click()
    expect(chat.reply.get_by_text("2 / 2").or_(chat.reply.get_by_text("2/2"))).to_be_visible()
    chat.wait_for("complete")


def running(chat: Chat) -> None:
    chat.begin(LONG)
    chat.wait_for_text(500)


def palette(chat: Chat) -> None:
    opened("Everything")(chat)
    chat.page.keyboard.press("Control+K")
    chat.page.keyboard.type("e")
    expect(chat.page.get_by_role("option").first).to_be_visible()


def sheet(chat: Chat) -> None:
    chat.page.goto("/settings/")
    expect(chat.page.locator("html[data-ready]")).to_be_attached()
    chat.page.keyboard.press("?")
    expect(chat.page.get_by_role("dialog")).to_be_visible()


def asked_to_delete(chat: Chat) -> None:
    opened("Everything")(chat)
    chat.page.keyboard.press("Control+Shift+Backspace")
    expect(chat.page.get_by_role("dialog")).to_be_visible()


def menus(chat: Chat) -> None:
    opened("Everything")(chat)
    chat.page.locator(".sidebar-account").click()


def edited(chat: Chat) -> None:
    opened("Everything")(chat)
    chat.page.locator('article[data-role="user"]').hover()
    chat.log.get_by_role("link", name="Edit", exact=True).click()
    expect(chat.log.get_by_role("textbox")).to_be_visible()


def signed_out(chat: Chat) -> None:
    chat.expects("Failed to load resource")
    opened("Everything")(chat)
    chat.page.context.clear_cookies()
    chat.ask("And now?")
    expect(chat.page.get_by_role("dialog")).to_be_visible()


PAGES = (
    "/",
    "/search/?q=heading",
    "/conversations/manage/",
    "/settings/",
    "/prompts/",
    "/prompts/new/",
    "/import/",
)
MORE = (
    "/shares/",
    "/keys/",
    "/accounts/password/",
    "/accounts/delete/",
    "/accounts/conversations/delete/",
    "/offline/",
)
STATES: dict[str, Arrange] = {
    **{path: visit(path) for path in (*PAGES, *MORE)},
    "everything": opened("Everything"),
    "failed": opened("Failed"),
    "interrupted": opened("Interrupted"),
    **{each.__name__: each for each in (palette, sheet, asked_to_delete, menus, edited, branches, running)},
}


@pytest.fixture
def look(house, enter):
    """Somebody at a page whose policy lets axe-core in."""
    return lambda name="alice", **options: enter(house, name, bypass_csp=True, **options)


def walk(chat: Chat, *states: str, dark: tuple[str, ...] = ()) -> list[str]:
    found = []
    for state in states:
        STATES[state](chat)
        found += [f"{state}: {line}" for line in violations(chat.page)]
        if state in dark:
            chat.page.emulate_media(color_scheme="dark")
            found += [f"{state}, dark: {line}" for line in violations(chat.page, "color-contrast")]
            chat.page.emulate_media(color_scheme="light")
    return found


def test_nothing_is_wrong_with_any_page_in_any_state(look):
    dark = (
        "/",
        "/settings/",
        "/conversations/manage/",
        "/prompts/new/",
        "everything",
        "failed",
        "palette",
        "edited",
    )
    assert walk(look(), *STATES, dark=dark) == []


def test_nothing_is_wrong_from_right_to_left(look):
    alice = look(locale="ar")
    found = walk(alice, "/", "/settings/", "/conversations/manage/", "everything", "palette")
    assert alice.page.evaluate("document.documentElement.dir") == "rtl"
    assert found == []


def test_nothing_is_wrong_on_a_phone(look):
    assert walk(look(**PHONE), "/", "/settings/", "/conversations/manage/", "everything", "failed") == []


def test_nothing_is_wrong_where_somebody_is_not_signed_in(look):
    nobody = look("alice", anew=True)
    signed_out(nobody)
    assert violations(nobody.page) == []
    nobody.page.goto("/accounts/login/")
    assert violations(nobody.page) == []
    nobody.page.get_by_label("Name").fill("alice")
    nobody.page.get_by_label("Password").fill("wrong")
    nobody.page.get_by_role("button", name="Sign in").click()
    expect(nobody.page.get_by_role("alert")).to_be_visible()
    assert violations(nobody.page) == []


def test_nothing_is_wrong_with_a_transcript_in_the_admin(house, look):
    root = look("root")
    root.page.goto("/admin/chat/conversation/")
    root.page.get_by_role("link", name=re.compile("Everything")).first.click()
    expect(root.page.get_by_text("This reading is on record.")).to_be_visible()
    assert violations(root.page) == []


def test_axe_is_as_it_was_published():
    directory = Path(__file__).parent / "vendor"
    for line in (directory / "checksums.txt").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == digest
