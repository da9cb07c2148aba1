"""The figures of this process, in a registry of their own. docs/observability.md says what each means.

Something is counted per batch, per turn and per request, never per token. No label holds what a person or a server wrote:
each comes from a list that is in the code.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OTHER = "other"
# Every reason that our own code gives. A provider of somebody else's may have words of its own.
REASONS = frozenset(
    {
        *("auth", "bad_request", "content_filter", "cut", "dns", "empty", "first_token", "idle", "malformed"),
        *("no_model", "not_llm", "quota", "rate_limited", "redirect", "tls", "too_long", "tools", "total"),
        *("unreachable", "upstream"),
    }
)

registry = CollectorRegistry()
ProcessCollector(registry=registry)

turns = Counter("rivulet_turns", "Turns that have ended, by status.", ["status"], registry=registry)
first_token = Histogram(
    "rivulet_turn_first_token_seconds",
    "From the request for a turn to its first token.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
    registry=registry,
)
turn_seconds = Histogram(
    "rivulet_turn_seconds",
    "From the request for a turn to its end.",
    buckets=(1, 2, 5, 10, 20, 40, 80, 160, 320, 900),
    registry=registry,
)
tokens_per_second = Histogram(
    "rivulet_turn_tokens_per_second",
    "Tokens a second of a turn, from its first token to its end, by the server's count.",
    buckets=(1, 2, 5, 10, 20, 40, 80, 160, 320),
    registry=registry,
)
tokens = Counter("rivulet_tokens", "Tokens of ended turns, by direction.", ["direction"], registry=registry)
provider_errors = Counter(
    "rivulet_provider_errors",
    "Requests to model servers that failed, repeated or not, by reason.",
    ["reason"],
    registry=registry,
)
commit_seconds = Histogram(
    "rivulet_journal_commit_seconds",
    "What it took to make a batch of the journal durable.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=registry,
)
batch_appends = Histogram(
    "rivulet_journal_batch_appends",
    "Appends that became durable together.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
    registry=registry,
)
journal_failures = Counter(
    "rivulet_journal_failures", "Batches that the journal could not write.", registry=registry
)
loop_lag = Histogram(
    "rivulet_event_loop_lag_seconds",
    "How much later than asked for the event loop woke up, ten times a second.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=registry,
)
requests = Counter(
    "rivulet_http_requests", "Requests, by route and class of status.", ["route", "status"], registry=registry
)
request_seconds = Histogram(
    "rivulet_http_request_seconds",
    "From a request to the first byte of its answer, by route.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)

for reason in (*sorted(REASONS), OTHER):
    # A series that begins with its first error shows no increase for it.
    provider_errors.labels(reason)
for status in ("complete", "stopped", "failed", "interrupted"):
    turns.labels(status)
for direction in ("prompt", "completion"):
    tokens.labels(direction)


def turn_ended(
    status: str,
    seconds: float,
    to_first_token: float | None,
    rate: float | None,
    prompt_tokens: int | None,
    completion_tokens: int | None,
) -> None:
    """To be called once for each turn, by whoever wrote its terminal state."""
    turns.labels(status).inc()
    turn_seconds.observe(seconds)
    if to_first_token is not None:
        first_token.observe(to_first_token)
    if rate is not None:
        tokens_per_second.observe(rate)
    tokens.labels("prompt").inc(prompt_tokens or 0)
    tokens.labels("completion").inc(completion_tokens or 0)


def provider_failed(reason: str) -> None:
    provider_errors.labels(reason if reason in REASONS else OTHER).inc()


def committed(seconds: float, appends: int) -> None:
    commit_seconds.observe(seconds)
    batch_appends.observe(appends)


def answered(route: str, status: int, seconds: float) -> None:
    requests.labels(route, f"{status // 100}xx").inc()
    request_seconds.labels(route).observe(seconds)


def add(collect: Collector) -> None:
    """Something that is looked up when the figures are asked for."""
    registry.register(collect)


def text() -> bytes:
    """All of them, in Prometheus' text format. Asks the database, so it is for a thread."""
    return generate_latest(registry)
