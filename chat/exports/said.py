"""What an export that people read says of a message."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.markdown import render, rendered
from chat.models import Message


def author(message: Message) -> str:
    if message.role == Message.Role.USER:
        return _("You")
    turn = getattr(message, "turn", None)
    return (turn.model_name if turn else "") or _("Assistant")


def html(message: Message) -> SafeString | str:
    """Rendered already, or now: of what came in from a file. What people wrote is shown as they wrote it."""
    if message.role == Message.Role.USER:
        return ""
    return rendered(message.html) if message.html else render(message.text)


def kept(html: str) -> SafeString:
    """What `html` gave, back from where it was stored."""
    return rendered(html)
