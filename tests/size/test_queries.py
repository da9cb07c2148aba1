"""How often each page asks the database: as often on a small site as on one ten times its size."""

import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.access import Claim, judge
from chat.models import (
    Attachment,
    Conversation,
    Feedback,
    Folder,
    SavedPrompt,
    SearchEntry,
    Spending,
    ToolUse,
    Trace,
    TranscriptReading,
    catching_up,
)
from chat.models.shares import Share
from chat.turns import recovery
from tests.admin import chats

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = ({"pinned": True}, {"archived": True}, {}, {})

# With the session and the account, which every page asks for first.
OF_A_PERSON = {
    "/": 11,
    "/conversations/?rows=100": 8,
    "/conversations/manage/": 11,
    "/conversations/manage/?archived=1": 11,
    "/conversations/manage/?q=chat": 11,
    "/search/?q=question": 6,
    '/search/?q="answer 1"': 6,
    "/search/?q=nowhere": 4,
    "/settings/": 12,
    "/shares/": 9,
    "/prompts/": 9,
    "{chat}": 15,
    "{chat}?before={last}": 16,
    "{chat}?from={first}": 17,
    "{chat}settings/": 11,
    "{chat}shares/": 10,
    "{chat}menu/": 4,
    "{chat}delete/": 3,
}
OF_AN_ADMINISTRATOR = {
    "auth.group": 5,
    "auth.user": 6,
    "axes.accessattempt": 8,
    "axes.accessfailurelog": 4,
    "axes.accesslog": 4,
    "chat.conversation": 8,
    "chat.feedback": 9,
    "chat.mcpserver": 5,
    "chat.model": 8,
    "chat.provider": 5,
    "chat.spending": 7,
    "chat.tool": 6,
    "chat.tooluse": 6,
    "chat.trace": 4,
    "chat.transcriptreading": 4,
    "chat.turn": 7,
}
BACKGROUND = {"died": 1, "unannounced": 1, "viewers": 3, "texts": 2, "titles": 4}
SENDING = {"a first question": 33, "a further question": 27}


def talk(owner: User, number: int) -> Conversation:
    """Two questions; the first has two answers. Everything that a page could ask for apart is there."""
    chat = chats.conversation(owner, title=f"Chat {number}", exchanges=2)
    question = chat.messages.get(text="question 0")
    leaf = chat.leaf
    turn = chats.answered(chat, question, "another answer", cost=1)
    Folder.objects.named(owner, f"Folder {number % 3}").conversations.add(chat)
    Conversation.objects.filter(pk=chat.pk).update(leaf=leaf, **PLACES[number % 4])
    Feedback.objects.create(message=turn.message, value=1)
    ToolUse.objects.create(turn=turn, call="1", name="clock", arguments="{}", status="done")
    Trace.objects.create(turn=turn, events=b"", size=0)
    Spending.objects.add(turn)
    TranscriptReading.objects.create(reader_name="root", owner_name="alice", conversation=chat.pk)
    Attachment.objects.create(
        user=owner, message=question, kind="text", name="a.txt", size=1, file=f"aa/{number}"
    )
    Share.objects.create(conversation=chat, title=chat.title)
    SavedPrompt.objects.create(user=owner, name=f"Prompt {number}", text="Say")
    return chat


@pytest.fixture(params=[1, 10], ids=["small", "ten times as large"])
def chat(request: Any, owner: User, administrator: User) -> Conversation:
    """The same conversation, among four times as many."""
    made = [talk(owner, number) for number in range(4 * request.param)]
    for number in range(3 * request.param):
        other = User.objects.create(username=f"person-{number}")
        talk(other, number)
        chats.model(f"model-{number}")
    for look in (catching_up.look_at_titles, catching_up.look_at_messages):
        look()
    return Conversation.objects.get(pk=made[3].pk)


def asked(client: Client, address: str) -> int:
    """The second time: the first, Django looks up what it then knows for good."""
    headers = {"HX-Request": "true"} if "search" in address or "rows" in address else {}
    client.get(address, headers=headers)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, headers=headers).status_code == 200, address
    return len(captured)


def counted(work: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_pages_of_a_person(owner, browser_of, chat):
    path = chat.path()
    known = {"chat": chat.get_absolute_url(), "first": path[0].pk, "last": path[-1].pk}
    alice = browser_of(owner)
    assert {page: asked(alice, page.format(**known)) for page in OF_A_PERSON} == OF_A_PERSON


def test_lists_of_the_administration(administrator, browser_of, chat):
    root = browser_of(administrator)
    lists = {model._meta.label_lower: model._meta for model in admin.site._registry}
    addresses = {
        name: reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") for name, meta in lists.items()
    }
    assert {name: asked(root, addresses[name]) for name in sorted(lists)} == OF_AN_ADMINISTRATOR


def test_sending(owner, browser_of, chat):
    alice = browser_of(owner)
    send = {"text": "Why?", "model": chat.model_id}
    alice.get("/")
    posts = {
        "a first question": "/conversations/",
        "a further question": f"{chat.get_absolute_url()}messages/",
    }
    seen = {
        name: counted(lambda address=address: alice.post(address, send | {"key": uuid.uuid4().hex}))
        for name, address in posts.items()
    }
    assert seen == SENDING
    assert SearchEntry.objects.filter(message__text="Why?").count() == 2


def test_the_background_and_viewers_that_come_back(owner, browser_of, chat):
    key = browser_of(owner).session.session_key
    claims = [Claim(key, pk) for pk in Conversation.objects.values_list("pk", flat=True)]
    seen = {
        "died": counted(lambda: recovery._expired(set())),
        "unannounced": counted(lambda: recovery._unannounced(0)),
        "viewers": counted(lambda: judge(claims)),
        "texts": counted(catching_up.look_at_messages),
        "titles": counted(catching_up.look_at_titles),
    }
    assert seen == BACKGROUND
