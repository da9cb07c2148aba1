"""Files come in by a form and go out to their owner, as something that runs nowhere."""

import uuid

import pytest

from chat import uploads
from chat.models import Attachment, TranscriptReading
from tests.attachments import making
from tests.attachments.test_sending import start

pytestmark = pytest.mark.django_db
MARKUP = b"<!doctype html><script>alert(document.cookie)</script>"


def url(attachment, end=""):
    return f"/attachments/{attachment.pk}/{end}"


def whole(answer):
    return b"".join(answer) if answer.streaming else answer.content


def test_an_upload_answers_with_its_chip(owner, upload):
    answer = upload(owner, making.picture(), "a <b> cat.png", key="k1")
    made = Attachment.objects.get()
    assert (answer.status_code, made.user, made.message) == (201, owner, None)
    for shown in (str(made.pk), "a &lt;b&gt; cat.png", "about 2 tokens", url(made, "thumb/"), 'value="'):
        assert shown in answer.content.decode()
    assert upload(owner, making.picture(), "a <b> cat.png", key="k1").status_code == 201
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_refusal_is_one_plain_sentence(owner, upload, script):
    answer = upload(owner, b"PK\x03\x04word/document.xml", "x.docx", script=script)
    assert answer.status_code == 422
    assert "Save it as PDF or as plain text" in answer.content.decode()


def test_a_file_has_a_largest_size(owner, upload, settings, files):
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    answer = upload(owner, b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, files()) == (422, [])
    assert "at most 1 MB" in answer.content.decode()


def test_nobody_uploads_without_an_account(upload, files):
    assert upload(None, b"words").status_code == 401
    assert files() == []


def test_a_way_for_large_files_is_open_with_a_ticket_alone(settings):
    place = uploads.place_of("POST", f"/attachments/?ticket={uploads.ticket(7)}")
    assert place is not None
    assert place.max_bytes == settings.ATTACHMENT_MAX_BYTES
    for uri in ("/attachments/", "/attachments/?ticket=7", f"/attachments/x/?ticket={uploads.ticket(7)}"):
        assert uploads.place_of("POST", uri) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [("page.html", MARKUP), ("picture.svg", b"<svg onload='alert(1)'/>"), ("x.pdf", making.pdf("Hello"))],
)
def test_what_came_in_goes_out_as_something_that_runs_nowhere(owner, give, browser_of, name, data):
    answer = browser_of(owner).get(url(give(owner, name, data)))
    assert whole(answer) == data
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] in ("text/plain; charset=utf-8", "application/pdf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_only_pictures_of_our_own_making_are_shown_in_place(owner, give_picture, browser_of):
    picture = give_picture(owner)
    for end, kind in (("", "image/png"), ("thumb/", "image/webp")):
        answer = browser_of(owner).get(url(picture, end))
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"].startswith("inline")
        assert "sandbox" in answer["Content-Security-Policy"]


def test_a_browser_asks_again_and_is_not_sent_the_same(owner, stranger, give, browser_of):
    notes = give(owner)
    tag = browser_of(owner).get(url(notes))["ETag"]
    again = browser_of(owner).get(url(notes), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert browser_of(stranger).get(url(notes), headers={"If-None-Match": tag}).status_code == 404


def test_a_file_is_its_owners_alone(owner, stranger, administrator, give_picture, browser_of, files):
    picture = give_picture(owner)
    for end in ("", "thumb/"):
        assert browser_of(None).get(url(picture, end)).status_code == 302
        for somebody in (stranger, administrator):
            assert browser_of(somebody).get(url(picture, end)).status_code == 404
    for somebody in (stranger, administrator):
        assert browser_of(somebody).post(url(picture, "delete/")).status_code == 404
    assert len(files()) == 2


def test_a_file_whose_bytes_are_lost_is_not_there(owner, give_picture, browser_of, store):
    picture = give_picture(owner)
    for path in store.rglob(f"{picture.pk.hex}*"):
        path.unlink()
    for end in ("", "thumb/"):
        assert browser_of(owner).get(url(picture, end)).status_code == 404


def test_what_waits_is_taken_back_and_what_was_sent_is_not(
    owner, blind, give, browser_of, files, django_capture_on_commit_callbacks
):
    waiting, sent = give(owner), give(owner)
    start(owner, blind, sent)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser_of(owner).post(url(waiting, "delete/")).status_code == 303
        assert browser_of(owner).post(url(sent, "delete/")).status_code == 404
    assert files() == [sent.pk.hex]


def test_what_waits_is_listed_again_by_id(owner, stranger, blind, give, browser_of):
    mine, theirs, sent = give(owner, "mine.txt"), give(stranger, "theirs.txt"), give(owner, "sent.txt")
    start(owner, blind, sent)
    ids = [str(each.pk) for each in (mine, theirs, sent)]
    answer = browser_of(owner).get("/attachments/", {"id": ids}, headers={"HX-Request": "true"})
    assert [name for name in ("mine", "theirs", "sent") if f"{name}.txt" in answer.content.decode()] == [
        "mine"
    ]
    assert "ticket=" in answer.content.decode()
    nonsense = browser_of(owner).get("/attachments/", {"id": ["x"]}, headers={"HX-Request": "true"})
    assert nonsense.status_code == 200


def test_without_javascript_a_page_keeps_text_and_files(owner, blind, give, browser_of, upload):
    browser, first = browser_of(owner), give(owner, "first.txt")
    form = {"text": "long & dear", "attachments": [str(first.pk)], "model": str(blind.pk), "temporary": "on"}
    page = browser.post("/attachments/", form).content.decode()
    for kept in ("long &amp; dear", "first.txt", f'name="model" value="{blind.pk}"', 'name="temporary"'):
        assert kept in page
    assert 'action="/attachments/?ticket=' in page
    assert 'formaction="/conversations/"' in page


def test_the_page_belongs_to_ones_own_conversation(owner, stranger, blind, browser_of):
    conversation = start(owner, blind).message.conversation
    form = {"text": "hi", "conversation": str(conversation.pk)}
    page = browser_of(owner).post("/attachments/", form).content.decode()
    assert f'formaction="/conversations/{conversation.pk}/messages/"' in page
    assert browser_of(stranger).post("/attachments/", form).status_code == 404


def test_an_administrator_reads_a_file_in_the_transcript_and_on_record(
    owner, stranger, administrator, blind, give, browser_of
):
    notes, waiting = give(owner), give(owner)
    conversation = start(owner, blind, notes).message.conversation
    place = f"/admin/chat/conversation/{conversation.pk}"
    assert f"{place}/files/{notes.pk}/" in browser_of(administrator).get(f"{place}/change/").content.decode()
    before = TranscriptReading.objects.count()
    answer = browser_of(administrator).get(f"{place}/files/{notes.pk}/")
    assert (answer.content, TranscriptReading.objects.count()) == (b"Remember the milk.", before + 1)
    for other in (waiting.pk, uuid.uuid4()):
        assert browser_of(administrator).get(f"{place}/files/{other}/").status_code == 404
    assert browser_of(stranger).get(f"{place}/files/{notes.pk}/").status_code in (302, 403, 404)
