"""A provider and a tool from outside that quote in their faults what they were given, as code does that knows no better."""

from collections.abc import AsyncGenerator

from chat.providers.base import Options, Part, Prompt, Text
from chat.tools import tool


@tool()
def loud(words: str) -> str:
    """Fails."""
    raise ValueError(words)


class LoudProvider:
    label = "Loud"

    def __init__(self, base_url: str, key: str, options: Options) -> None:
        self._key = key

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        yield Text("Well, ")
        try:
            raise KeyError(self._key)
        except KeyError as error:
            raise ValueError(f"cannot make sense of {prompt.messages[-1].text!r}") from error

    async def complete(self, prompt: Prompt) -> str:
        raise ValueError(prompt.messages)

    async def count(self, prompt: Prompt) -> int | None:
        return None

    async def models(self) -> list[str]:
        return ["loud"]

    async def aclose(self) -> None:
        return None
