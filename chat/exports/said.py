"""What an export that people read says of a message."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.models import Message
from chat.models.steps import Call, Thought


def author(message: Message) -> str:
    if message.role == Message.Role.USER:
        return _("You")
    turn = getattr(message, "turn", None)
    return (turn.model_name if turn else "") or _("Assistant")


def html(message: Message) -> SafeString | str:
    """Of a reply, with what led to it. What people wrote is shown as they wrote it."""
    return _html(message, is_public=False)


def public_html(message: Message) -> SafeString | str:
    """For whoever has the link: that a tool was called is part of the answer, what went to it and came from it is not,
    for it may be from other conversations or other systems."""
    return _html(message, is_public=True)


def _html(message: Message, is_public: bool) -> SafeString | str:
    if message.role == Message.Role.USER:
        return ""
    if message.has_steps:
        return render_to_string("chat/_said.html", {"segments": message.segments, "is_public": is_public})
    return message.rendered


def markdown(message: Message) -> str:
    """As it was written, with a line for each step."""
    if message.role == Message.Role.USER or not message.has_steps:
        return message.text_and_files.strip("\n")
    said = (_line(each) if isinstance(each, Thought | Call) else each.source for each in message.segments)
    return "\n\n".join(text.strip("\n") for text in said if text.strip("\n"))


def _line(step: Thought | Call) -> str:
    if isinstance(step, Thought):
        return f"> *{render_to_string('chat/_step_thought.html', {'segment': step})}*"
    # In a code span nothing is Markdown but its fence.
    name = " ".join(step.name.replace("`", "'").split())
    return f"> {_('Tool')} `{name}`: {render_to_string('chat/_step_state.html', {'segment': step})}"
