"""Branches: made by editing and regenerating, switched, and deleted."""

from tests.messages.conftest import places, texts


async def test_an_edited_question_is_a_branch_with_an_answer_of_its_own(chat):
    await chat.begin("Hello")
    first = (await chat.settled()).messages[0].message
    answer = await chat.do(first, "edit", text="Hello, edited", key="edit-1")
    assert answer.status == 303
    page = await chat.settled()
    assert texts(page) == ["Hello, edited", "…"]
    assert places(page) == ["2/2"]
    assert page.answer.status == "complete"
    await chat.choose(first)
    assert texts(await chat.page()) == ["Hello", "…"]


async def test_an_edit_that_is_sent_twice_makes_one_turn(chat):
    await chat.begin("Hello")
    first = (await chat.settled()).messages[0].message
    for _ in range(2):
        assert (await chat.do(first, "edit", text="Once", key="edit-twice")).status == 303
    await chat.settled()
    assert len(chat.turns()) == 2


async def test_nothing_is_edited_while_a_reply_runs_and_the_text_comes_back(slow_chat):
    chat = await slow_chat.begin("Something very long")
    page = await chat.page()
    refused = await chat.do(page.messages[0].message, "edit", text="Not now", key="edit-early")
    assert refused.status == 409
    assert "A reply is still being written." in refused.html
    assert "Not now" in refused.html
    assert len(chat.turns()) == 1


async def test_what_a_model_said_is_not_edited(chat):
    await chat.begin("Hello")
    page = await chat.settled()
    assert (await chat.do(page.answer.message, "edit", text="I said this")).status == 409
    assert len(chat.turns()) == 1


async def test_a_switch_goes_to_the_newest_below_and_is_remembered(chat):
    await chat.begin("Hello")
    first = (await chat.settled()).messages[0].message
    await chat.ask("And then?")
    await chat.settled()
    await chat.do(first, "edit", text="Good evening")
    await chat.settled()
    await chat.choose(first)
    page = await chat.page()
    assert texts(page) == ["Hello", "…", "And then?", "…"]
    assert places(page) == ["1/2"]
    await chat.ask("On this branch")
    assert texts(await chat.settled())[-2] == "On this branch"


async def test_an_answer_that_another_goes_on_from_is_no_branch(slow_chat):
    chat = await slow_chat.begin("Something very long")
    turn = (await chat.page()).answer.turn
    while not (await chat.page()).answer.text.strip():
        pass
    await chat.person.act(turn, "stop")
    await chat.settled()
    await chat.person.act(turn, "continue")
    page = await chat.page()
    assert len(chat.turns()) == 2
    assert places(page) == []
    await chat.person.act(page.answer.turn, "stop")
    await chat.settled()
    await chat.person.act(page.answer.turn, "retry")
    assert places(await chat.page()) == ["2/2"]


async def test_a_branch_is_deleted_and_its_neighbour_shown(chat):
    await chat.begin("Hello")
    page = await chat.settled()
    first, turn = page.messages[0].message, page.answer.turn
    await chat.person.act(turn, "retry")
    page = await chat.settled()
    assert places(page) == ["2/2"]
    assert (await chat.do(page.answer.message, "delete")).status == 303
    page = await chat.page()
    assert page.answer.turn == turn
    assert places(page) == []
    await chat.do(page.answer.message, "delete")
    page = await chat.page()
    assert [shown.message for shown in page.messages] == [first]
    assert "This question has no answer." in page.html
    assert (await chat.do(first, "answer", key="answer-1")).status == 303
    assert texts(await chat.settled()) == ["Hello", "…"]


async def test_deleting_the_only_first_question_deletes_the_conversation_and_says_so(chat):
    await chat.begin("Hello")
    first = (await chat.settled()).messages[0].message
    await chat.do(first, "edit", text="Hello, edited")
    edited = (await chat.settled()).messages[0].message
    asked = await chat.person.get(f"/messages/{edited}/delete/")
    assert "Delete from here on?" in asked.html
    await chat.do(edited, "delete")
    assert texts(await chat.page()) == ["Hello", "…"]
    asked = await chat.person.get(f"/messages/{first}/delete/")
    assert "Delete the whole conversation?" in asked.html
    assert (await chat.do(first, "delete")).url == "/"
    assert (await chat.page()).status == 404


async def test_what_is_being_written_below_is_stopped_before_it_is_deleted(slow_chat):
    chat = await slow_chat.begin("Something very long")
    first = (await chat.page()).messages[0].message
    turn = (await chat.page()).answer.turn
    await chat.person.act(turn, "stop")
    await chat.settled()
    await chat.do(first, "edit", text="Something else, long")
    page = await chat.page()
    assert page.answer.status in ("queued", "running")
    assert (await chat.do(page.messages[0].message, "delete")).status == 303
    assert [row.status for row in chat.turns()] == ["stopped"]
    assert texts(await chat.page()) == ["Something very long", "…"]


async def test_a_branch_of_a_thousand_messages_is_deleted_whole(chat, quick):
    await chat.begin("Hello")
    root = (await chat.settled()).messages[0].message
    await chat.do(root, "edit", text="Long one")
    page = await chat.settled()
    made = quick.manage("shell", "-c", LONG.format(leaf=page.answer.message))
    assert "made" in made
    assert (await chat.do(page.messages[0].message, "delete")).status == 303
    assert texts(await chat.page()) == ["Hello", "…"]
    left = chat.ledger.query(
        "SELECT COUNT(*) FROM chat_message WHERE conversation_id = ?", [chat.id.replace("-", "")]
    )
    assert left == [(2,)]


LONG = """
from chat.models import Message
at = Message.objects.get(pk="{leaf}")
made = []
for number in range(1500):
    at = Message(conversation=at.conversation, parent=at, role="user", text=str(number))
    made.append(at)
Message.objects.bulk_create(made)
at.conversation.leaf = at
at.conversation.save()
print("made")
"""
