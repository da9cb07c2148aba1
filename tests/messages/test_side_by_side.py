"""One question, two models, and one answer that is kept."""

from tests.messages.conftest import columns, places
from tests.viewers import Viewer


async def both(chat, text="Hello", **form):
    models = chat.models()
    await chat.begin(text, model=models["first"], beside=models["second"], **form)
    return chat


async def test_two_models_answer_the_same_question_at_the_same_time(chat):
    await both(chat, key="beside-1")
    page = await chat.settled()
    assert columns(page) == ["1", "2"]
    assert [shown.status for shown in page.messages] == ["complete"] * 3
    assert page.html.count("Keep this answer") == 2
    assert places(page) == []


async def test_sending_twice_makes_one_pair(chat):
    await both(chat, key="beside-2")
    await chat.person.post("/conversations/", text="Hello", key="beside-2", beside=chat.models()["second"])
    await chat.settled()
    assert len(chat.turns()) == 2


async def test_the_answer_that_is_kept_is_shown_and_the_other_is_a_branch(chat):
    await both(chat)
    second = (await chat.settled()).messages[2].message
    await chat.choose(second)
    page = await chat.page()
    assert columns(page) == []
    assert [shown.message for shown in page.messages][1:] == [second]
    assert places(page) == ["2/2"]


async def test_writing_on_keeps_the_first(chat):
    await both(chat)
    first = (await chat.settled()).messages[1].message
    await chat.ask("And then?")
    page = await chat.settled()
    assert columns(page) == []
    assert page.messages[1].message == first
    assert places(page) == ["1/2"]


async def test_regenerating_replaces_one_column(chat):
    await both(chat)
    page = await chat.settled()
    first, second = page.messages[1:]
    await chat.person.post(f"/turns/{second.turn}/retry/", key="column", model=chat.models()["third"])
    page = await chat.settled()
    assert columns(page) == ["1", "2"]
    assert page.messages[1].message == first.message
    assert page.messages[2].message != second.message
    await chat.person.act(first.turn, "retry")
    page = await chat.settled()
    assert columns(page) == ["1", "2"]
    assert page.messages[1].message != first.message
    assert 'data-model="third"' in page.html


async def test_stop_stops_both_and_nothing_is_asked_while_one_of_them_runs(slow_chat):
    chat = await both(slow_chat, "Something very long")
    refused = await chat.ask("Already?")
    assert refused.status == 409
    page = await chat.page()
    await chat.person.act(page.messages[1].turn, "stop")
    page = await chat.settled()
    assert [shown.status for shown in page.messages[1:]] == ["stopped", "stopped"]


async def test_a_page_that_is_opened_meanwhile_has_both_texts_and_both_go_on(slow_chat):
    chat = await both(slow_chat, "Something very long")
    viewer = Viewer(chat.person, chat.id)
    await viewer.watch(lambda seen: all(len(text) > 20 for text in seen.texts.values()))
    late = await chat.page()
    assert all(shown.text.strip() for shown in late.messages[1:])
    await chat.person.act(late.messages[1].turn, "stop")
    await viewer.finish()
    assert viewer.texts == {row.turn: row.text for row in chat.turns()}


async def test_the_same_model_twice_is_one_answer(chat):
    models = chat.models()
    await chat.begin("Hello", model=models["first"], beside=models["first"])
    assert columns(await chat.settled()) == []
    assert len(chat.turns()) == 1
