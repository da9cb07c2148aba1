"""A provider from outside the product: it repeats what was said, or calls the tool that is named in it."""

from collections.abc import AsyncGenerator

from chat.providers.base import Finish, Options, Part, Prompt, ProviderError, Text, ToolCallDelta, Usage


class ParrotProvider:
    label = "Parrot"

    def __init__(self, base_url: str, key: str, options: Options) -> None:
        self._cage = base_url

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        said = prompt.messages[-1]
        if said.text == "Bite!":
            raise ProviderError("The parrot bites.", reason="bite")
        named = [tool.name for tool in prompt.tools if tool.name in said.text]
        if named:
            arguments = said.text.partition(" with ")[2]
            yield ToolCallDelta(0, id="call-1", name=named[0], arguments=arguments)
            yield Finish("tool_calls")
            return
        for word in (said.results[0].text if said.results else said.text).split():
            yield Text(f"{word} ")
        yield Usage(len(prompt.messages), 3)
        yield Finish("stop")

    async def complete(self, prompt: Prompt) -> str:
        return "A parrot"

    async def count(self, prompt: Prompt) -> int | None:
        return None

    async def models(self) -> list[str]:
        return ["grey", "macaw"]

    async def aclose(self) -> None:
        return None
