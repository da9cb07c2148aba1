"""Deleting all conversations, or the account: afterwards nothing of the person is left, and all of everybody else."""

import time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from chat.models import Conversation, TranscriptReading
from tests.admin import chats
from tests.product import PASSWORD
from tests.viewers import Person, Viewer

CANARY = "xylophone-canary"


def tables(database):
    """Every row of every table, as one text a row."""
    return {
        name: [str(row) for row in database.query(f'SELECT * FROM "{name}"')] for name in database.tables()
    }


def mentions(rows, *words):
    return [
        (table, row) for table, found in rows.items() for row in found if any(word in row for word in words)
    ]


async def test_nothing_of_a_person_is_left_in_any_table(server, charlie):
    """With a reply under way, links, folders, prompts, ratings, and another browser in which they are signed in."""
    server.manage("shell", "-c", FURNISH)
    async with Person(server.url) as person, Person(server.url) as elsewhere:
        await elsewhere.sign_in("quentin", PASSWORD)
        await person.sign_in("quentin", PASSWORD)
        conversation = await person.start(f"Tell me of a {CANARY}")
        await Viewer(person, conversation).finish()
        await person.post(f"/conversations/{conversation}/shares/", days="7")
        kept = await charlie.start("This stays")
        await Viewer(charlie, kept).finish()
        running = await person.start(f"Please write something very long about a {CANARY}.")
        number = ids_of(server.database)
        assert mentions(tables(server.database), CANARY, "quentin")
        answer = await person.post("/accounts/delete/", password="wrong password here")
        assert answer.status == 422
        answer = await person.post("/accounts/delete/", password=PASSWORD)
        assert (answer.status, "Your account is gone" in answer.html) == (200, True)
        for each in (person, elsewhere):
            assert "/accounts/login/" in (await each.get("/")).url
    until(lambda: not mentions(tables(server.database), CANARY, "quentin", *number, running, conversation))
    assert (await charlie.open(kept)).status == 200


FURNISH = f"""
from axes.models import AccessLog
from chat.models import *
from django.contrib.auth.models import User
user = User.objects.create_user("quentin", email="quentin@example.org", password={PASSWORD!r})
Folder.objects.create(user=user, name={CANARY!r})
SavedPrompt.objects.create(user=user, name="q", text={CANARY!r})
Preferences.objects.create(user=user)
chat = Conversation.objects.create(user=user, title={CANARY!r})
said = chat.messages.create(role="user", text={CANARY!r})
Feedback.objects.create(message=said, value=1, comment={CANARY!r})
TranscriptReading.objects.create(reader_name="root", conversation=chat.pk, owner_name="quentin")
"""


def ids_of(database):
    """What rows may be named by, of everything that quentin has: with hyphens and without."""
    queries = (
        "SELECT id FROM chat_conversation WHERE user_id = (SELECT id FROM auth_user WHERE username = 'quentin')",
        "SELECT id FROM chat_turn WHERE user_id = (SELECT id FROM auth_user WHERE username = 'quentin')",
    )
    found = [pk for query in queries for (pk,) in database.query(query)]
    ((user,),) = database.query("SELECT id FROM auth_user WHERE username = 'quentin'")
    hyphened = ["-".join((i[:8], i[8:12], i[12:16], i[16:20], i[20:])) for i in found]
    return [*found, *hyphened, f"'user:{user}'"]


def until(is_so, seconds=25):
    """The log of what was deleted goes a few seconds later, when its readers have let go."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.25)
    assert is_so()


# --- in process ---


@pytest.fixture
def own(owner, browser_of, _journal_in_memory):
    return browser_of(owner)


def remain(user):
    return User.objects.filter(pk=user.pk, is_active=True).exists()


@pytest.mark.django_db
def test_the_page_says_what_will_be_gone(own, owner):
    chats.conversation(owner)
    page = own.get("/accounts/delete/").content.decode()
    assert "1 conversation with all its messages" in page


@pytest.mark.django_db
def test_guessing_the_password_there_is_throttled_like_a_sign_in(own, owner):
    given = [own.post("/accounts/delete/", {"password": f"guess {n}"}).status_code for n in range(7)]
    assert given == [422] * 5 + [429] * 2
    assert own.post("/accounts/delete/", {"password": PASSWORD}).status_code == 429
    assert remain(owner)


@pytest.mark.django_db
@pytest.mark.usefixtures("_journal_in_memory")
def test_the_last_administrator_cannot_go(administrator, owner, browser_of):
    root = browser_of(administrator)
    answer = root.post("/accounts/delete/", {"password": PASSWORD})
    assert (answer.status_code, "You are the last administrator." in answer.content.decode()) == (409, True)
    assert remain(administrator)
    User.objects.filter(pk=owner.pk).update(is_superuser=True, is_active=False)
    assert root.post("/accounts/delete/", {"password": PASSWORD}).status_code == 409, (
        "one who cannot sign in is none"
    )
    User.objects.filter(pk=owner.pk).update(is_active=True)
    assert root.post("/accounts/delete/", {"password": PASSWORD}).status_code == 200
    assert not User.objects.filter(pk=administrator.pk).exists()
    assert remain(owner)


@pytest.mark.django_db
def test_the_record_of_readings_goes_with_its_owner_and_stays_with_its_reader(own, owner, administrator):
    TranscriptReading.objects.create(
        reader=administrator, reader_name="root", conversation="0" * 32, owner_name="alice"
    )
    theirs = TranscriptReading.objects.create(
        reader=owner, reader_name="alice", conversation="0" * 32, owner_name="bob"
    )
    about = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=administrator, content_type=about, object_id=str(owner.pk), object_repr="alice", action_flag=2
    )
    assert own.post("/accounts/delete/", {"password": PASSWORD}).status_code == 200
    assert list(TranscriptReading.objects.values_list("pk", "reader", "reader_name")) == [
        (theirs.pk, None, "alice")
    ]
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_all_conversations_can_go_and_the_account_stays(own, owner, guest):
    for user in (owner, owner, guest):
        chats.conversation(user)
    assert "2 conversations will be gone" in own.get("/accounts/conversations/delete/").content.decode()
    assert own.post("/accounts/conversations/delete/").status_code == 303
    assert list(Conversation.objects.values_list("user", flat=True)) == [guest.pk]
    assert own.get("/").status_code == 200


@pytest.mark.django_db
def test_both_are_put_on_record_by_ids_alone(own, owner, caplog):
    chats.conversation(owner)
    with caplog.at_level("INFO", logger="chat.audit"):
        own.post("/accounts/conversations/delete/")
        own.post("/accounts/delete/", {"password": PASSWORD})
    assert f"all conversations deleted: user={owner.pk} conversations=1" in caplog.text
    assert f"account deleted: user={owner.pk} conversations=0" in caplog.text
    assert "alice" not in caplog.text
