"""The spans of a turn: waiting, running, each request to a model's server with its first token, and the end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from chat.models import Turn
from chat.providers.base import Part, Prompt, Provider, ProviderError, Reasoning, Text, ToolCallDelta, Usage
from chat.telemetry import spans


def mark(turn: Turn) -> None:
    """In the request that asks for it: its runner, wherever that is, goes on with the trace of the request."""
    if parent := spans.current.get():
        Turn.objects.filter(pk=turn.pk).update(traceparent=parent)


class Journey:
    def __init__(self, turn: Turn) -> None:
        waiting = spans.begin("turn queued", turn.traceparent, at=turn.requested)
        waiting.end(at=turn.started)
        self._run = spans.begin("turn run", turn.traceparent)
        ids = {"rivulet.turn": str(turn.pk), "rivulet.conversation": str(turn.message.conversation_id)}
        self._run.note({**ids, "rivulet.attempt": turn.attempt})
        self._finish: spans.Span = spans.NOTHING

    def through(self, provider: Provider, kind: str) -> Provider:
        return cast(Provider, _Watched(provider, kind, self._run.traceparent)) if spans.is_on() else provider

    def finish(self, status: str, reason: str) -> None:
        """What has come is about to be kept."""
        self._run.note({"rivulet.status": status, "rivulet.reason": reason})
        self._finish = spans.begin("turn finish", self._run.traceparent)

    def end(self) -> None:
        self._finish.end()
        self._run.end()


class _Watched:
    """A provider, with a span around each of its streams."""

    def __init__(self, provider: Provider, kind: str, parent: str) -> None:
        self._provider, self._kind, self._parent = provider, kind, parent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        span = spans.begin("provider request", self._parent, "client")
        # By the names that the conventions for generative models have.
        span.note({"gen_ai.system": self._kind, "gen_ai.request.model": prompt.model})
        begun, error = False, ""
        try:
            async with aclosing(self._provider.stream(prompt)) as parts:
                async for part in parts:
                    if not begun and isinstance(part, Text | Reasoning | ToolCallDelta):
                        begun = True
                        span.event("first token")
                    if isinstance(part, Usage):
                        span.note(
                            {
                                "gen_ai.usage.input_tokens": part.prompt_tokens or 0,
                                "gen_ai.usage.output_tokens": part.completion_tokens or 0,
                            }
                        )
                    yield part
        except ProviderError as problem:
            error = problem.reason
            raise
        finally:
            span.end(error)
