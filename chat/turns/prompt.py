"""What a turn asks of its model: the conversation up to its question."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chat.attachments import for_prompt
from chat.models import Message, Turn
from chat.models.tree import path_before
from chat.parts import Part
from chat.providers.base import Prompt, ProviderError, Said, ToolSpec, gettext_noop

from .history import said_of, talk_to_go_on_from, texts_alone

# Of a conversation's settings those that go into the request as they are; those that are not set are left to the server.
PARAMETERS = ("temperature", "top_p", "max_tokens")
CONTINUE = (
    "Your last reply was cut off. Continue exactly where you stopped, in the middle of a word if need be. "
    "Do not repeat any of it, and do not comment on this request."
)


def prompt_for(turn: Turn, tools: Sequence[ToolSpec] = (), begun: Sequence[Part] = ()) -> Prompt:
    """With the tools that the model is told of, and what a reply begins with that goes on from another."""
    model = turn.model
    if model is None:
        raise ProviderError(
            gettext_noop("The model of this reply is gone. Choose another one."), reason="no_model"
        )
    said = [each for message in path_before(turn.message) for each in _said(message, turn)]
    said += _to_go_on(begun, with_calls=bool(tools))
    settings = turn.message.conversation.settings
    chosen = {name: settings[name] for name in PARAMETERS if name in settings}
    return Prompt(
        model.name,
        _in_turns(said if tools else texts_alone(said)),
        {**model.parameters, **chosen},
        settings.get("system", ""),
        tools,
        api=model.api,
        stream=model.streams,
    )


def _said(message: Message, turn: Turn) -> list[Said]:
    if message.role == Message.Role.USER:
        given, images = for_prompt(message, sees=turn.model is not None and turn.model.takes_images)
        return [Said("user", "\n\n".join(filter(None, (given, message.text))), images)]
    return said_of(message.parts, _kind_of_echo(message, turn)) or [Said("assistant", message.text)]


def _kind_of_echo(message: Message, turn: Turn) -> str:
    """What a model wants to see again is for itself, and of a whole answer."""
    if not any(part["type"] == "echo" for part in message.parts) or turn.model is None:
        return ""
    made = Turn.objects.filter(message=message, model=turn.model, status=Turn.Status.COMPLETE)
    return turn.model.provider.kind if made.exists() else ""


def _to_go_on(begun: Sequence[Part], with_calls: bool) -> list[Said]:
    said = talk_to_go_on_from(begun)
    said = said if with_calls else texts_alone(said)
    # Where it broke off at a call, the model goes on by itself.
    if said and said[-1].role == "assistant" and not said[-1].calls:
        said.append(Said("user", CONTINUE))
    return said


def _in_turns(said: Iterable[Said]) -> list[Said]:
    """Without empty answers, and with the questions that they leave side by side as one, since many models want
    questions and answers to take turns."""
    turns: list[Said] = []
    for each in said:
        if not (each.text or each.images or each.calls or each.results):
            continue
        if turns and turns[-1].role == each.role and not turns[-1].calls:
            turns[-1] = _joined(turns[-1], each)
        else:
            turns.append(each)
    return turns


def _joined(one: Said, other: Said) -> Said:
    return replace(
        one,
        text="\n\n".join(filter(None, (one.text, other.text))),
        images=[*one.images, *other.images],
        calls=[*one.calls, *other.calls],
        results=[*one.results, *other.results],
        echo=[*one.echo, *other.echo],
    )
