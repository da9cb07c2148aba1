"""What a model is asked: the path to the question, and nothing else of the conversation."""

import pytest

from chat.models import Conversation, Model, Provider
from chat.providers.base import ProviderError
from chat.turns.history import begun
from chat.turns.prompt import CONTINUE, prompt_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    provider = Provider.objects.create(name="Test", kind="openai", base_url="http://127.0.0.1:1/v1")
    return Model.objects.create(provider=provider, name="wire-name", label="Shown name", is_default=True)


@pytest.fixture
def chat(owner, model):
    """Asks, and ends the turn that is to answer with the given text."""

    class Chat:
        conversation = None

        def ask(self, text, answer="", status="complete", key=None):
            key = key or f"key-{text}"
            if self.conversation is None:
                turn = Conversation.objects.start(owner, text, key, model)
                self.conversation = turn.message.conversation
            else:
                self.conversation.refresh_from_db()
                turn = self.conversation.ask(text, key, model)
            return self.end(turn, answer, status)

        def end(self, turn, answer, status):
            turn.lease(10, "")
            assert turn.finish(status, text=answer)
            turn.refresh_from_db()
            turn.message.refresh_from_db()
            return turn

    return Chat()


def asked(turn):
    kept = begun(turn.continues) if turn.continues else []
    return [(said.role, said.text) for said in prompt_for(turn, begun=kept).messages]


def test_the_path_is_asked_in_its_order_under_the_name_of_the_wire(chat):
    chat.ask("one", "first")
    turn = chat.ask("two")
    assert prompt_for(turn).model == "wire-name"
    assert asked(turn) == [("user", "one"), ("assistant", "first"), ("user", "two")]


def test_an_answer_that_is_made_again_does_not_know_its_siblings(chat):
    first = chat.ask("one", "first")
    again = chat.conversation.answer_again(first, "again")
    assert asked(again) == [("user", "one")]


def test_questions_whose_answer_failed_become_one(chat):
    chat.ask("one", "", "failed")
    turn = chat.ask("two")
    assert asked(turn) == [("user", "one\n\ntwo")]


def test_an_answer_that_was_stopped_is_part_of_the_talk(chat):
    chat.ask("one", "fir", "stopped")
    assert asked(chat.ask("two")) == [("user", "one"), ("assistant", "fir"), ("user", "two")]


def test_to_continue_is_to_show_what_was_kept_and_ask_for_the_rest(chat):
    cut = chat.ask("one", "It was a dark and sto", "interrupted")
    onward = chat.conversation.answer_on(cut, "on")
    assert asked(onward) == [("user", "one"), ("assistant", "It was a dark and sto"), ("user", CONTINUE)]


def test_to_continue_nothing_is_to_ask_again(chat):
    cut = chat.ask("one", "", "interrupted")
    assert asked(chat.conversation.answer_on(cut, "on")) == [("user", "one")]


def test_the_settings_of_the_conversation_hold_for_every_question_of_it(chat):
    chat.ask("one", "first")
    chat.conversation.configure({"system": "Be brief.", "temperature": 0.2, "colour": "red"})
    prompt = prompt_for(chat.ask("two"))
    assert (prompt.system, prompt.parameters) == ("Be brief.", {"temperature": 0.2})


def test_without_settings_nothing_but_the_talk_is_sent(chat):
    prompt = prompt_for(chat.ask("one"))
    assert (prompt.system, prompt.parameters) == ("", {})


def test_a_model_that_was_deleted_says_so(chat, model):
    turn = chat.ask("one")
    model.delete()
    turn.refresh_from_db()
    with pytest.raises(ProviderError) as error:
        prompt_for(turn)
    assert error.value.reason == "no_model"
