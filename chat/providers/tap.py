"""For whoever looks into a stream: what a server sends, as the network gives it."""

from collections.abc import Callable
from contextvars import ContextVar

heard: ContextVar[Callable[[bytes], None] | None] = ContextVar("heard", default=None)
"""Is told of the bytes of every answer that is asked for in the context in which it is set."""
