"""Spans of OpenTelemetry: where the time of a request and of a turn went. With ids, and without contents.

Nothing of OpenTelemetry is loaded unless OTEL_EXPORTER_OTLP_ENDPOINT says where spans are to go. `traceparent` is the W3C
header of that name; it goes from a request to its turn in the turn's row.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

log = logging.getLogger(__name__)
FLUSH_MS = 500
# Of the request that is being answered; empty outside of one.
current: ContextVar[str] = ContextVar("traceparent", default="")


class Span(Protocol):
    traceparent: str

    def note(self, attributes: Mapping[str, str | int]) -> None: ...
    def rename(self, name: str) -> None: ...

    def event(self, name: str) -> None: ...
    def end(self, error: str = "", at: datetime | None = None) -> None: ...


class _Nothing:
    traceparent = ""

    def note(self, attributes: Mapping[str, str | int]) -> None: ...

    def rename(self, name: str) -> None: ...

    def event(self, name: str) -> None: ...

    def end(self, error: str = "", at: datetime | None = None) -> None: ...


class _Recorded:
    """`error` is a code of ours, never words of others."""

    def __init__(self, span: Any) -> None:
        self._span = span
        context = span.get_span_context()
        flags = int(context.trace_flags)
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"

    def note(self, attributes: Mapping[str, str | int]) -> None:
        self._span.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def event(self, name: str) -> None:
        self._span.add_event(name)

    def end(self, error: str = "", at: datetime | None = None) -> None:
        if error:
            from opentelemetry.trace import StatusCode

            self._span.set_attribute("error.type", error)
            self._span.set_status(StatusCode.ERROR)
        self._span.end(_nanoseconds(at))


NOTHING = _Nothing()


def is_on() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT) and _tracer() is not None


def begin(name: str, parent: str = "", kind: str = "internal", at: datetime | None = None) -> Span:
    """To be ended by whoever began it. A parent that is none makes a trace of its own."""
    if not is_on():
        return NOTHING
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent})
    tracer = _tracer()
    assert tracer is not None
    kinds = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
    return _Recorded(tracer.start_span(name, context, kinds[kind], start_time=_nanoseconds(at)))


def flush() -> None:
    """Before the process ends. Takes its time, for a thread."""
    if is_on():
        _provider().force_flush(FLUSH_MS)


@cache
def _tracer() -> "Tracer | None":
    try:
        tracer: Tracer = _provider().get_tracer("rivulet")
    except ImportError as error:
        log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed: %r", error)
        return None
    return tracer


@cache
def _provider() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    # What OTEL_SERVICE_NAME and its kin say goes over this.
    provider = TracerProvider(resource=Resource.create({"service.name": settings.OTEL_SERVICE_NAME}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    return provider


def _nanoseconds(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1_000_000_000) if at else None
