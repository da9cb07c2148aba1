"""Searching what the person has talked about before."""

from typing import Annotated

from pydantic import Field

from chat.models import Conversation, SearchEntry
from chat.models.search import Found

from .base import ToolContext
from .functions import tool
from .untrusted import quoted

MOST = 8

Words = Annotated[
    str, Field(description="Words that occur there. Quotation marks keep some together.", max_length=300)
]


@tool()
def search_conversations(words: Words, context: ToolContext) -> str:
    """Searches the earlier conversations of this person with you, by words, and gives the passages that fit best."""
    found = _search(words, context)
    return quoted("earlier conversations", "\n\n".join(found)) if found else "Nothing of that was found."


def _search(words: str, context: ToolContext) -> list[str]:
    owner = Conversation.objects.get(pk=context.conversation, user_id=context.user).user
    found = SearchEntry.objects.search(owner, words).found
    return [_told(each) for each in found if each.conversation.pk != context.conversation][:MOST]


def _told(found: Found) -> str:
    conversation = found.conversation
    passages = ["".join(text for text, _ in hit.snippet) for hit in found.hits]
    head = f"## {conversation.title} ({conversation.updated:%Y-%m-%d})"
    return "\n".join([head, *(f"- {' '.join(passage.split())}" for passage in passages)])
