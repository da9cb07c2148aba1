"""What an export that people read says of a message."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.models import Message


def author(message: Message) -> str:
    if message.role == Message.Role.USER:
        return _("You")
    turn = getattr(message, "turn", None)
    return (turn.model_name if turn else "") or _("Assistant")


def html(message: Message) -> SafeString | str:
    """Of a reply. What people wrote is shown as they wrote it."""
    if message.role == Message.Role.USER:
        return ""
    return message.rendered
