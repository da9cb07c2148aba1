"""The figures of a turn that has ended."""

from django.utils import timezone

from chat.models import Turn
from chat.telemetry import metrics


def count(turn: Turn) -> None:
    """By whoever wrote its terminal state."""
    ended = turn.finished or timezone.now()
    metrics.turn_ended(
        turn.status,
        (ended - turn.requested).total_seconds(),
        turn.seconds_to_first_token,
        turn.tokens_per_second,
        turn.prompt_tokens,
        turn.completion_tokens,
    )
