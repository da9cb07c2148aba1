"""Answers in each of the formats, written by hand, and what they say. Where a call is made without an id, it is MADE."""

from dataclasses import dataclass

from chat.providers.completions import CompletionDecoder
from chat.providers.decoder import Decoder
from chat.providers.messages import MessageDecoder
from chat.providers.responses import ResponseDecoder
from tests.providers.recorded import Said

from .completions import COMPLETIONS
from .messages import MESSAGES
from .responses import RESPONSES


@dataclass(frozen=True)
class Written:
    name: str
    decoder: type[Decoder]
    body: bytes
    said: Said


WRITTEN = [
    Written(f"{decoder.__name__}: {name}", decoder, body, said)
    for decoder, texts in (
        (CompletionDecoder, COMPLETIONS),
        (ResponseDecoder, RESPONSES),
        (MessageDecoder, MESSAGES),
    )
    for name, (body, said) in texts.items()
]
