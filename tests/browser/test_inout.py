"""Taking conversations out, bringing them in, and showing them to others, as people do it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import PHONE

RECORDINGS = Path(__file__).parents[1] / "inout/recordings"


def share(chat):
    """The link that the menu of the open conversation leads to."""
    chat.page.locator("#conversation-menu summary").click()
    chat.page.get_by_role("link", name="Share…").click()
    chat.page.get_by_role("button", name="Create a link").click()
    return chat.page.get_by_label(re.compile("^Link to")).first.input_value()


def test_a_copy_is_read_by_somebody_without_an_account_until_it_is_revoked(quick, enter, chromium):
    alice = enter(quick, "alice").begin("What is to be shared?")
    alice.wait_for("complete")
    words = alice.text[:40]
    link = share(alice)
    visitor = chromium.new_context(base_url=quick.url)
    try:
        page = visitor.new_page()
        complaints = []
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_contain_text("What is to be shared")
        assert page.locator(".message-text").last.text_content().startswith(words)
        expect(page.get_by_text("Shared copy of")).to_be_visible()
        expect(page.get_by_role("button", name="Send")).to_have_count(0)
        assert complaints == []
        assert visitor.cookies() == []
        alice.page.get_by_role("button", name="Revoke").click()
        expect(alice.page.get_by_text("There is no link yet.")).to_be_visible()
        assert page.goto(link).status == 404
        expect(page.get_by_text("This link leads nowhere")).to_be_visible()
    finally:
        visitor.close()


def test_code_and_tables_of_a_copy_look_as_in_the_chat(quick, enter, chromium):
    alice = enter(quick, "alice", bypass_csp=True)
    code = "```python\nprint(1)\n```"
    chat = {"title": "With code", "conversation_id": "code", "current_node": "b", "mapping": {}}
    for key, parent, role, text in (("a", None, "user", "Code?"), ("b", "a", "assistant", code)):
        message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        chat["mapping"][key] = {"message": message, "parent": parent}
    bring_in(alice, {"name": "c.json", "mimeType": "application/json", "buffer": json.dumps([chat]).encode()})
    alice.page.get_by_role("link", name="With code").first.click()
    expect(alice.page.get_by_role("button", name="Copy code")).to_be_attached()
    link = share(alice)
    assert violations(alice.page) == []
    alice.page.goto(link)
    expect(alice.page.locator("pre code.language-python")).to_contain_text("print(1)")
    expect(alice.page.get_by_role("button", name="Copy code")).to_be_attached()
    assert violations(alice.page) == []


def bring_in(chat, file):
    chat.page.goto("/import/")
    chat.page.get_by_label("Choose a JSON or ZIP file").set_input_files(file)
    chat.page.get_by_role("button", name="Import", exact=True).click()
    expect(chat.page.get_by_label("What became of the file")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_export_of_another_product_is_brought_in_with_scripts_and_without(quick, enter, scripts):
    name = "bob" if scripts else "charlie"
    enter(quick, name).page.goto("/")
    chat = enter(quick, name, java_script_enabled=scripts)
    bring_in(chat, RECORDINGS / "chatgpt.json")
    report = chat.page.get_by_label("What became of the file")
    expect(report).to_contain_text("2 conversations were taken in.")
    report.get_by_role("link", name="Bread without kneading").click()
    expect(chat.log).to_contain_text("Take 70 %")
    bring_in(chat, RECORDINGS / "chatgpt.json")
    expect(report).to_contain_text("2 were here already.")


def test_a_file_that_is_dropped_is_taken_and_one_too_large_never_leaves(quick, enter):
    page = enter(quick, "alice").page
    page.goto("/import/")
    page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["{}"], "dropped.json"));
            document.querySelector("[data-drop]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }"""
    )
    assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "dropped.json"
    page.evaluate("document.querySelector('[data-drop]').dataset.max = 1")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("This file is too large")).to_be_visible()
    assert page.url.endswith("/import/")


def test_every_export_of_the_menu_is_a_file_named_by_the_title(quick, enter):
    alice = enter(quick, "alice").begin("Take me home")
    alice.wait_for("complete")
    for name, extension in (("Markdown", "md"), ("HTML", "html"), ("JSON", "json")):
        alice.page.locator("#conversation-menu summary").click()
        with alice.page.expect_download() as download:
            alice.page.get_by_role("link", name=f"Export as {name}").click()
        assert re.fullmatch(rf".+\.{extension}", download.value.suggested_filename)
        assert Path(download.value.path()).stat().st_size > 100
        alice.page.keyboard.press("Escape")


def test_the_menu_fits_a_phone_and_works_by_keyboard(quick, enter):
    alice = enter(quick, "alice", **PHONE).begin("On the road")
    alice.wait_for("complete")
    menu = alice.page.locator("#conversation-menu")
    expect(alice.page.locator(".topbar").get_by_role("link")).to_have_count(0)
    menu.locator("summary").focus()
    alice.page.keyboard.press("Enter")
    panel = menu.locator(".menu-panel")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert panel.get_by_role("link").last.text_content().strip() == "Delete"
    assert min(item.bounding_box()["height"] for item in panel.get_by_role("link").all()) >= 44
    alice.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_an_account_is_deleted_by_its_password_alone(quick, enter):
    quick.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import User;"
        "User.objects.create_user('dora', password='correct horse battery staple')",
    )
    dora = enter(quick, "dora", anew=True).begin("I am going")
    dora.wait_for("complete")
    dora.page.goto("/accounts/delete/")
    dora.expects("422")
    dora.page.get_by_label("Your password").fill("not my password")
    dora.page.get_by_role("button", name="Delete my account for good").click()
    expect(dora.page.get_by_text("This is not your password.")).to_be_visible()
    dora.page.get_by_label("Your password").fill("correct horse battery staple")
    dora.page.get_by_role("button", name="Delete my account for good").click()
    expect(dora.page.get_by_role("heading", name="Your account is gone")).to_be_visible()
    dora.page.goto("/")
    expect(dora.page).to_have_url(re.compile("/accounts/login/"))
