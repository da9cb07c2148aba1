"""What a turn asks of its model: the conversation up to its question."""

from collections.abc import Iterable

from chat.models import Message, Turn
from chat.models.tree import path_before
from chat.providers.base import Prompt, ProviderError, Said, gettext_noop

# Of a conversation's settings those that go into the request as they are; those that are not set are left to the server.
PARAMETERS = ("temperature", "top_p", "max_tokens")
CONTINUE = (
    "Your last reply was cut off. Continue exactly where you stopped, in the middle of a word if need be. "
    "Do not repeat any of it, and do not comment on this request."
)


def prompt_for(turn: Turn) -> Prompt:
    if turn.model is None:
        raise ProviderError(
            gettext_noop("The model of this reply is gone. Choose another one."), reason="no_model"
        )
    said = [(message.role, message.text) for message in path_before(turn.message)]
    if turn.continues is not None and turn.continues.message.text:
        said += [(Message.Role.ASSISTANT, turn.continues.message.text), (Message.Role.USER, CONTINUE)]
    settings = turn.message.conversation.settings
    parameters = {name: settings[name] for name in PARAMETERS if name in settings}
    return Prompt(turn.model.name, _in_turns(said), parameters, settings.get("system", ""))


def _in_turns(said: Iterable[tuple[str, str]]) -> list[Said]:
    """Without empty answers, and with the questions that they leave side by side as one, since many models want
    questions and answers to take turns."""
    turns: list[Said] = []
    for role, text in said:
        if text and turns and turns[-1].role == role:
            turns[-1] = Said(turns[-1].role, f"{turns[-1].text}\n\n{text}")
        elif text:
            turns.append(Said("assistant" if role == Message.Role.ASSISTANT else "user", text))
    return turns
