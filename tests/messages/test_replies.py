"""What can be done with a reply: rate it, go on elsewhere from it, take its text."""

from tests.messages.conftest import texts
from tests.product import PASSWORD
from tests.viewers import Person


def pressed(page):
    return page.html.count('aria-pressed="true"')


async def test_a_thumb_is_shown_after_a_reload_and_the_same_again_takes_it_back(chat):
    await chat.begin("Hello")
    reply = (await chat.settled()).answer.message
    assert (await chat.do(reply, "feedback", value="1")).status == 303
    assert pressed(await chat.page()) == 1
    await chat.do(reply, "feedback", value="-1")
    assert chat.ledger.query(
        "SELECT value FROM chat_feedback f WHERE message_id = ?", [reply.replace("-", "")]
    ) == [(-1,)]
    await chat.do(reply, "feedback", value="-1")
    assert pressed(await chat.page()) == 0


async def test_a_comment_stays_with_its_thumb_and_can_be_changed(chat):
    await chat.begin("Hello")
    reply = (await chat.settled()).answer.message
    await chat.do(reply, "feedback", value="1")
    for comment in ("It knew the <b>answer</b>.", "It knew."):
        await chat.do(reply, "feedback", value="1", comment=comment)
    page = await chat.page()
    assert "It knew." in page.html
    assert pressed(page) == 1


async def test_what_is_no_thumb_is_refused(chat):
    await chat.begin("Hello")
    page = await chat.settled()
    assert (await chat.do(page.answer.message, "feedback", value="7")).status == 422
    assert (await chat.do(page.messages[0].message, "feedback", value="1")).status == 404


async def test_a_fork_has_what_was_said_up_to_there_and_the_original_stays(chat):
    await chat.begin("Hello")
    reply = (await chat.settled()).answer
    await chat.ask("And then?")
    whole = texts(await chat.settled())
    original = chat.id
    answer = await chat.do(reply.message, "fork")
    assert answer.status == 303
    chat.id = answer.url.strip("/").split("/")[-1]
    page = await chat.page()
    assert texts(page) == ["Hello", "…"]
    assert "Fork of Hello" in page.html
    assert page.answer.text == reply.text
    assert (page.answer.status, page.answer.message != reply.message) == ("complete", True)
    await chat.ask("Elsewhere")
    assert texts(await chat.settled()) == ["Hello", "…", "Elsewhere", "…"]
    chat.id = original
    assert texts(await chat.page()) == whole


async def test_a_reply_that_runs_is_not_forked(slow_chat):
    await slow_chat.begin("Something very long")
    page = await slow_chat.page()
    assert (await slow_chat.do(page.answer.message, "fork")).status == 409


async def test_the_text_of_a_message_is_its_markdown_and_nobody_elses(chat, quick):
    await chat.begin("Plan a weekend")
    reply = (await chat.settled()).answer
    (row,) = chat.turns()
    taken = await chat.person.get(f"/messages/{reply.message}/text/")
    assert taken.html == row.text
    assert "**" in taken.html
    async with Person(quick.url) as stranger:
        await stranger.sign_in("charlie", PASSWORD)
        assert (await stranger.get(f"/messages/{reply.message}/text/")).status == 404
        assert (await stranger.post(f"/conversations/{chat.id}/leaf/", message=reply.message)).status == 404
        mine = await stranger.start("Mine")
        assert (await stranger.post(f"/conversations/{mine}/leaf/", message=reply.message)).status == 404


async def test_a_message_without_a_key_that_a_proxy_sends_twice_is_taken_once(quick):
    async with Person(quick.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        made = []
        for name in ("proxy-1", "proxy-1", "proxy-2", "x" * 65, "x" * 65):
            form = {"csrfmiddlewaretoken": alice.token, "text": "Hello"}
            headers = {"Idempotency-Key": name}
            async with alice.web.post(
                f"{quick.url}/conversations/", data=form, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status == 303
                made.append(answer.headers["Location"])
        assert made[0] == made[1]
        assert len(set(made)) == 4, "what is no name of ours is none"
