"""Files in the message box: picked, pasted, dropped, removed, refused in words, and there still after a reload."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.attachments import making
from tests.browser.axe import violations

MODELS = """
from chat.models import Model, Provider
provider = Provider.objects.filter(kind="demo").first() or Provider.objects.create(name="Demo", kind="demo")
provider.models.update(is_default=False)
provider.models.update_or_create(name="blind", defaults={"takes_images": False, "is_default": True})
provider.models.update_or_create(name="seeing", defaults={"takes_images": True})
"""
# What a person does with a pointer or a clipboard that a test cannot hold.
HAND_OVER = """(target, [types, name, kind, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const held = new DataTransfer();
    held.items.add(new File([bytes], name, { type: kind }));
    for (const type of types) {
        const how = { bubbles: true, cancelable: true };
        target.dispatchEvent(type === "paste" ? new ClipboardEvent(type, { ...how, clipboardData: held })
            : new DragEvent(type, { ...how, dataTransfer: held }));
    }
}"""
REFUSED = "the server responded with a status of"


@pytest.fixture(scope="module")
def eyes(quick):
    quick.manage("shell", "-c", MODELS)
    return quick


@pytest.fixture
def alice(eyes, enter):
    alice = enter(eyes, "alice")
    alice.page.goto("/")
    return alice


def chips(chat):
    return chat.page.locator("#attachments > li")


def pick(chat, *files):
    """By the button that opens the browser's own dialog."""
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([{"name": name, "mimeType": "", "buffer": data} for name, data in files])


def hand_over(chat, types, name, data):
    chat.box.evaluate(HAND_OVER, [types, name, "image/png", base64.b64encode(data).decode()])


def test_files_are_picked_and_removed_and_go_with_the_question(alice):
    pick(alice, ("notes.txt", b"Remember the milk. " * 50), ("table.csv", b"a,b\n1,2\n"), ("x.txt", b"x"))
    expect(chips(alice)).to_have_count(3)
    expect(chips(alice).first).to_contain_text(re.compile(r"notes\.txt\s+950\sbytes · about \d+ tokens"))
    alice.page.get_by_role("button", name="Remove table.csv").click()
    expect(chips(alice)).to_have_count(2)
    expect(alice.box).to_be_focused()
    alice.ask("What do I have to buy?")
    alice.page.wait_for_url("**/conversations/*/")
    sent = alice.page.get_by_role("list", name="Attached files").get_by_role("link")
    expect(sent).to_have_text([re.compile("notes.txt"), re.compile("x.txt")])
    expect(chips(alice)).to_have_count(0)
    with alice.page.expect_download() as download:
        sent.first.click()
    assert download.value.suggested_filename == "notes.txt"


def test_a_pasted_picture_waits_for_a_model_that_sees(alice):
    hand_over(alice, ["paste"], "image.png", making.picture(size=(640, 480)))
    expect(chips(alice)).to_contain_text(re.compile("about 4\\d\\d tokens"))
    alice.expects(REFUSED)
    alice.box.fill("What is on it?")
    alice.send.click()
    expect(alice.page.get_by_role("alert")).to_have_text(re.compile("This model cannot see pictures"))
    expect(alice.box).to_have_value("What is on it?")
    expect(chips(alice)).to_have_count(1)
    alice.choose("seeing")
    alice.send.click()
    alice.page.wait_for_url("**/conversations/*/")
    picture = alice.page.get_by_role("img", name="image.png")
    expect(picture).to_be_visible()
    alice.page.wait_for_function(
        "() => document.querySelector('.attachment-picture img').naturalWidth === 320"
    )


def test_a_dropped_picture_may_be_the_whole_question(alice):
    alice.choose("seeing")
    hand_over(alice, ["dragenter", "dragover", "drop"], "cat.png", making.picture())
    expect(chips(alice)).to_contain_text("cat.png")
    alice.box.press("Enter")
    alice.page.wait_for_url("**/conversations/*/")
    expect(alice.page.get_by_role("img", name="cat.png")).to_be_visible()
    expect(alice.page).to_have_title(re.compile("cat.png"))


def test_a_file_that_cannot_be_read_says_why_and_nothing_is_lost(alice):
    alice.expects(REFUSED)
    alice.box.fill("Read this")
    pick(alice, ("report.docx", b"PK\x03\x04word/document.xml"), ("fine.txt", b"fine"))
    expect(chips(alice).first.get_by_role("alert")).to_have_text(
        re.compile("Save it as PDF or as plain text")
    )
    expect(chips(alice).last).to_contain_text("tokens")
    alice.send.click()
    expect(alice.page.locator("#composer-problem")).to_have_text(
        re.compile("One of the files is not attached")
    )
    expect(alice.box).to_have_value("Read this")
    chips(alice).first.get_by_role("button").click()
    alice.send.click()
    alice.page.wait_for_url("**/conversations/*/")
    expect(alice.page.get_by_role("link", name="fine.txt")).to_be_visible()
    assert violations(alice.page) == []
    alice.page.goto("/attachments/")
    assert violations(alice.page) == []


def test_what_waits_is_there_after_a_reload_and_an_edit_keeps_what_was_sent(alice):
    pick(alice, ("draft.txt", b"not yet"))
    expect(chips(alice)).to_contain_text("tokens")
    alice.page.reload()
    expect(chips(alice)).to_contain_text("draft.txt")
    alice.ask("Now")
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")
    alice.page.goto("/")
    expect(alice.box).to_be_focused()
    expect(chips(alice)).to_have_count(0)
    alice.page.go_back()
    alice.page.locator('article[data-role="user"]').hover()
    alice.page.get_by_role("link", name="Edit").click()
    form = alice.page.locator("form.edit")
    expect(form.get_by_role("checkbox", name=re.compile("draft.txt"))).to_be_checked()
    form.get_by_role("textbox").fill("Now, once more")
    form.get_by_role("button", name="Send").click()
    question = alice.page.locator('article[data-role="user"]')
    expect(question).to_contain_text("Now, once more")
    expect(question.get_by_role("link", name="draft.txt")).to_be_visible()


def test_without_javascript_files_go_along_too(eyes, enter):
    alice = enter(eyes, "alice", java_script_enabled=False)
    alice.page.goto("/")
    alice.box.fill("Typed before")
    alice.page.get_by_role("button", name="Attach files").click()
    alice.page.get_by_label("Another file").set_input_files(
        {"name": "plan.txt", "mimeType": "", "buffer": b"a plan"}
    )
    alice.page.get_by_role("button", name="Attach", exact=True).click()
    expect(alice.page.get_by_role("checkbox", name=re.compile("plan.txt"))).to_be_checked()
    expect(alice.box).to_have_value("Typed before")
    alice.send.click()
    alice.page.wait_for_url("**/conversations/*/")
    expect(alice.page.locator('article[data-role="user"]')).to_contain_text("Typed before")
    expect(alice.page.get_by_role("link", name="plan.txt")).to_be_visible()
