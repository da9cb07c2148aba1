"""The page that takes files: what people are told, and what is in their account afterwards."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Conversation, Message, Model, Provider, Turn
from chat.views import imports
from tests.pages import parse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_journal_in_memory")]
RECORDINGS = Path(__file__).parent / "recordings"


@pytest.fixture
def own(owner, browser_of):
    return browser_of(owner)


def send(client, content, name="conversations.json"):
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    answer = client.post("/import/", {"file": SimpleUploadedFile(name, content)})
    return answer.status_code, " ".join(answer.content.decode().split())


def recording(name):
    return (RECORDINGS / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "count"), [("chatgpt.json", 2), ("open_webui.json", 2), ("rivulet.json", 1)]
)
def test_each_export_comes_in_whole_and_once(own, owner, name, count):
    status, page = send(own, recording(name))
    assert (status, f"{count} conversation" in page) == (200, True)
    before = list(Conversation.objects.values_list("pk", flat=True))
    assert len(before) == count
    status, page = send(own, recording(name))
    assert (status, "0 conversations were taken in." in page) == (200, True)
    assert "here already." in page
    assert list(Conversation.objects.values_list("pk", flat=True)) == before


def test_what_came_in_is_shown_and_can_be_answered(own, owner):
    provider = Provider.objects.create(name="Elsewhere", base_url="http://models.example/v1")
    model = Model.objects.create(provider=provider, name="gpt-5-thinking")
    send(own, recording("chatgpt.json"))
    conversation = Conversation.objects.get(title="Bread without kneading")
    page = parse(200, "", own.get(conversation.get_absolute_url()).content.decode())
    assert [(shown.role, shown.status) for shown in page.messages] == [
        ("user", "complete"),
        ("assistant", "complete"),
        ("user", "complete"),
        ("assistant", "complete"),
    ]
    assert "Take 70 %" in page.messages[1].text
    assert conversation.model == model, "the model of the same name goes on"
    assert conversation.messages.count() == 5
    turn = conversation.ask("And the oven?", "key")
    assert turn.message.parent.parent == conversation.messages.get(text="Twelve hours.")


def test_a_conversation_without_a_title_gets_that_of_its_question(own):
    send(own, recording("chatgpt.json"))
    untitled = Conversation.objects.get(title="Name a colour.")
    assert untitled.titled_by == "question"


def test_a_failed_answer_stays_one(own):
    send(own, recording("open_webui.json"))
    failed = Turn.objects.get(status="failed")
    assert (failed.error, failed.model_name) == ("The server is down.", "Qwen 3")
    assert failed.message.conversation.settings == {"system": "Answer in one sentence.", "temperature": 0.2}


def test_the_report_says_what_was_left_out(own):
    _, page = send(own, recording("chatgpt.json"))
    for said in (
        "pictures: 1",
        "thoughts of the model: 1",
        "calls and results of tools: 2",
        "hidden messages: 1",
    ):
        assert said in page


def test_what_is_wrong_with_one_conversation_keeps_no_other_out(own):
    whole = json.loads(recording("chatgpt.json"))
    twice = json.loads(recording("rivulet.json"))["conversations"][0]
    twice["messages"].append(twice["messages"][0])
    status, page = send(own, [*whole, {"title": "Empty <b>", "mapping": {}}, twice, "nothing"])
    assert (status, Conversation.objects.count()) == (200, 2)
    assert "3 were not taken." in page
    assert "Empty &lt;b&gt;</span>: It has no messages with text." in page
    assert "Trees</span>: Two of its messages have the same id." in page
    assert "Without a title</span>: It does not look like a conversation." in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "neither JSON nor a ZIP archive"),
        (b"[", "ends too early"),
        (b"PK\x03\x04 and then nothing", "This archive is damaged"),
        (b'[{"a": 1}]', "It does not look like a conversation."),
        (b"{}", "It does not look like a conversation."),
        (b"", "This file is empty."),
    ],
)
def test_a_file_that_is_not_understood_changes_nothing_and_says_why(own, content, sentence):
    status, page = send(own, content)
    assert (status, sentence in page) == (422, True)
    assert not Conversation.objects.exists()


def test_without_a_file_it_asks_for_one(own):
    answer = own.post("/import/")
    assert (answer.status_code, "Choose a file first." in answer.content.decode()) == (422, True)


def test_an_archive_of_chatgpt_comes_in_as_it_is(own):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("conversations-000.json", recording("chatgpt.json"))
    assert send(own, packed.getvalue(), "export.zip")[0] == 200
    assert Conversation.objects.count() == 2


def test_a_file_over_the_cap_is_refused(own, settings):
    settings.IMPORT_MAX_BYTES = 1000
    status, page = send(own, recording("chatgpt.json"))
    assert (status, "This file is too large." in page) == (422, True)


def test_a_third_import_at_once_waits_its_turn(own):
    with imports._place() as first, imports._place() as second:
        assert first
        assert second
        status, page = send(own, recording("rivulet.json"))
        assert (status, "Other imports are under way." in page) == (429, True)
    assert send(own, recording("rivulet.json"))[0] == 200


@pytest.mark.parametrize(
    "settings_of_file",
    [{"system": "x" * 30_000}, {"temperature": 99}, {"system": ["x"]}, {"top_p": True}, {"a": 1}, 7],
)
def test_settings_that_cannot_be_are_left_out(own, settings_of_file):
    document = json.loads(recording("rivulet.json"))
    document["conversations"][0]["settings"] = settings_of_file
    send(own, document)
    stored = Conversation.objects.get().settings
    assert stored in ({}, {"top_p": 1.0})


def test_hostile_words_are_words(own):
    script = "<script>alert(1)</script>"
    chat = json.loads(recording("chatgpt.json"))[0]
    chat["title"] = script
    chat["mapping"]["a-1"]["message"]["content"]["parts"] = [script, "<img src=x onerror=alert(1)>"]
    chat["mapping"]["a-1"]["message"]["metadata"]["model_slug"] = script
    _, page = send(own, [chat])
    assert script not in page
    conversation = Conversation.objects.get()
    shown = own.get(conversation.get_absolute_url()).content.decode()
    assert script not in shown
    assert "<img src=x" not in shown
    assert Message.objects.filter(text__contains=script).exists()


def test_an_import_is_put_on_record_by_ids_alone(own, owner, caplog):
    with caplog.at_level("INFO", logger="chat.audit"):
        send(own, recording("rivulet.json"))
    assert f"imported: user={owner.pk} taken=1 there=0 refused=0" in caplog.text
    assert "Trees" not in caplog.text
