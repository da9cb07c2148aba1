"""Links to frozen copies, and what they do not open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation, Share, Turn
from tests.admin import chats

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_journal_in_memory")]


@pytest.fixture
def own(owner, browser_of):
    return browser_of(owner)


@pytest.fixture
def nobody(browser_of):
    return browser_of(None)


@pytest.fixture
def conversation(owner):
    return chats.conversation(owner)


def shares_of(conversation):
    return f"{conversation.get_absolute_url()}shares/"


def share(client, conversation, days="7"):
    answer = client.post(shares_of(conversation), {"days": days})
    assert answer.status_code == 303
    return Share.objects.order_by("-pk").first()


def link(made):
    return f"/shared/{made.token}/"


def test_whoever_has_the_link_reads_the_copy_without_an_account(own, nobody, conversation):
    page = nobody.get(link(share(own, conversation)))
    text = page.content.decode()
    assert page.status_code == 200
    assert conversation.title in text
    for message in conversation.path():
        assert message.text[:20] in text
    assert "alice" not in text
    assert "<form" not in text


def test_nobody_is_to_find_it_keep_it_or_follow_it_home(own, nobody, conversation):
    page = nobody.get(link(share(own, conversation)))
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex, nofollow">' in page.content.decode()


def test_what_is_said_or_renamed_later_is_not_in_it(own, nobody, conversation):
    made = share(own, conversation)
    before = nobody.get(link(made)).content.decode()
    conversation.messages.create(parent=conversation.leaf, role="user", text="Later words")
    conversation.messages.update(text="Changed words", html="<p>Changed words</p>")
    conversation.rename("A later title")
    after = nobody.get(link(made)).content.decode()
    assert "Later words" not in after
    assert "Changed words" not in after
    assert before.split("<body")[1].split("nonce")[0] == after.split("<body")[1].split("nonce")[0]


def test_what_is_not_shown_is_not_shared(own, nobody, conversation):
    conversation.messages.create(parent=None, role="user", text="On another branch")
    assert "another branch" not in nobody.get(link(share(own, conversation))).content.decode()


def test_that_a_tool_was_called_is_shared_and_not_what_went_to_it_or_came_back(own, nobody, conversation):
    conversation.messages.filter(role="assistant").update(
        text="Here it is.",
        parts=[
            {"type": "reasoning", "text": "A private thought", "seconds": 3.0},
            {
                "type": "tool_call",
                "call": "c1",
                "name": "search_conversations",
                "arguments": '{"q": "a secret"}',
            },
            {"type": "tool_result", "call": "c1", "status": "done", "text": "another chat", "seconds": 1.0},
            {"type": "text", "text": "Here it is."},
        ],
    )
    page = nobody.get(link(share(own, conversation))).content.decode()
    assert "search_conversations" in page
    assert "Here it is." in page
    assert not [kept for kept in ("A private thought", "a secret", "another chat") if kept in page]


def test_a_link_ends_with_its_time_its_owner_its_conversation_and_its_server(
    own, nobody, owner, conversation, settings
):
    def status(made):
        answer = nobody.get(link(made))
        assert answer.status_code == 200 or "This link leads nowhere" in answer.content.decode()
        return answer.status_code

    expired, revoked, deleted = (share(own, conversation, days) for days in ("1", "", "30"))
    assert revoked.expires is None
    assert timedelta(hours=23) < expired.expires - timezone.now() <= timedelta(days=1)
    assert [status(each) for each in (expired, revoked, deleted)] == [200, 200, 200]
    Share.objects.filter(pk=expired.pk).update(expires=timezone.now())
    assert own.post(f"/shares/{revoked.pk}/revoke/").status_code == 303
    assert [status(each) for each in (expired, revoked, deleted)] == [404, 404, 200]
    settings.SHARING = False
    assert status(deleted) == 404
    settings.SHARING = True
    assert status(deleted) == 200
    Conversation.objects.all().delete()
    assert status(deleted) == 404


@pytest.mark.parametrize("token", ["x" * 43, "..", "%00", "' OR 1=1", "None", "0"])
def test_a_guess_is_answered_like_a_link_that_has_ended(nobody, token):
    assert nobody.get(f"/shared/{token}/").status_code == 404


def test_a_link_is_long_and_never_the_same(own, conversation):
    tokens = {share(own, conversation).token for _ in range(5)}
    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options", "trace"])
def test_a_copy_can_be_read_and_nothing_else(own, nobody, owner, conversation, method):
    made = share(own, conversation)
    for client in (nobody, own):
        assert getattr(client, method)(link(made)).status_code == 405
    assert Share.objects.filter(pk=made.pk).exists()
    assert conversation.messages.count() == made.messages.count()


def test_a_link_opens_nothing_of_the_conversation_itself(own, nobody, conversation):
    made = share(own, conversation)
    nobody.get(link(made))
    here = conversation.get_absolute_url()
    for path in (
        here,
        f"{here}export/",
        f"{here}print/",
        shares_of(conversation),
        "/shares/",
        f"{here}events/",
    ):
        assert nobody.get(path).status_code in (302, 401)
    assert str(conversation.pk) not in nobody.get(link(made)).content.decode()


def test_somebody_else_sees_no_links_makes_none_and_revokes_none(own, stranger, browser_of, conversation):
    made = share(own, conversation)
    theirs = browser_of(stranger)
    assert theirs.get(shares_of(conversation)).status_code == 404
    assert theirs.post(shares_of(conversation), {"days": "7"}).status_code == 404
    assert theirs.post(f"/shares/{made.pk}/revoke/").status_code == 404
    assert made.token not in theirs.get("/shares/").content.decode()
    assert Share.objects.count() == 1


def test_all_links_are_in_one_list_with_their_end(own, conversation):
    made = share(own, conversation, "")
    page = own.get("/shares/").content.decode()
    assert f"http://testserver{link(made)}" in page
    assert "never expires" in page
    Share.objects.update(expires=timezone.now())
    assert "expired" in own.get("/shares/").content.decode()


def refusal(client, conversation, **form):
    answer = client.post(shares_of(conversation), {"days": "7", **form})
    return answer.status_code, answer.content.decode()


def test_what_cannot_be_shared_is_refused_in_words(own, owner, conversation, settings):
    turn = Turn.objects.get(message=conversation.leaf_id)
    Turn.objects.filter(pk=turn.pk).update(status="queued", finished=None)
    assert "A reply is still being written." in refusal(own, conversation)[1]
    Turn.objects.filter(pk=turn.pk).update(status="complete", finished=timezone.now())
    assert refusal(own, conversation, days="1000")[0] == 422
    empty = Conversation.objects.create(user=owner, title="Empty")
    assert "There is nothing to share yet." in refusal(own, empty)[1]
    Conversation.objects.filter(pk=conversation.pk).update(temporary=True)
    assert "A temporary chat cannot be shared." in refusal(own, conversation)[1]
    Conversation.objects.filter(pk=conversation.pk).update(temporary=False)
    settings.SHARING = False
    assert refusal(own, conversation)[0] == 403
    assert not Share.objects.exists()


def test_there_is_an_end_to_how_many_links_and_how_long_they_are(own, conversation, monkeypatch):
    monkeypatch.setattr("chat.models.shares.PER_CONVERSATION", 2)
    for _ in range(2):
        share(own, conversation)
    assert "There are many links already." in refusal(own, conversation)[1]
    Share.objects.all().delete()
    monkeypatch.setattr("chat.models.shares.CHARS_MAX", 10)
    assert "too long to be shared" in refusal(own, conversation)[1]


def test_hostile_words_are_words_on_the_copy(own, nobody, conversation):
    script = "<script>alert(1)</script>"
    conversation.messages.update(text=script, html="")
    conversation.rename(script)
    Turn.objects.update(model_name=script)
    assert script not in nobody.get(link(share(own, conversation))).content.decode()


def test_sharing_and_revoking_are_put_on_record_by_ids_alone(own, owner, conversation, caplog):
    with caplog.at_level("INFO", logger="chat.audit"):
        made = share(own, conversation)
        own.post(f"/shares/{made.pk}/revoke/")
    assert f"shared: user={owner.pk} conversation={conversation.pk} share={made.pk}" in caplog.text
    assert f"share revoked: user={owner.pk}" in caplog.text
    assert made.token not in caplog.text
