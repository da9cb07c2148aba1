"""The shown path as one Markdown text."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.models.paths import in_order, shown_ids

from . import said


def document(conversation: Conversation) -> Iterator[bytes]:
    """In pieces, none of which is larger than a message."""
    yield f"# {_one_line(conversation.title)}\n\n".encode()
    yield f"{_('Exported from Rivulet')} · {conversation.created:%Y-%m-%d}\n".encode()
    for message in in_order(shown_ids(conversation.pk, conversation.leaf_id)):
        text = said.markdown(message) or f"*{_('No text')}*"
        yield f"\n## {_one_line(said.author(message))}\n\n{text}\n".encode()


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("<", "\\<")
