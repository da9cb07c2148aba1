"""The line of turns that wait to begin. Where a provider takes only so many at once it is a line for each provider, in
which people come one after another, however many turns each of them has in it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .providers import Model, Provider
from .turns import Turn, TurnQuerySet

# After so long a turn that could begin has been forgotten by whoever was to begin it.
GRACE_SECONDS = 3
# Nobody is told of a wait that is over before it can be read.
SOON_SECONDS = 1
LONGEST = 2000
# Whoever was served before that is as hungry as anybody.
MEMORY = timedelta(hours=1)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    turn: uuid.UUID
    user: int
    requested: datetime


def begin(turn: Turn, seconds: float, checkpoint: str) -> bool:
    """`Turn.lease` for one that is due; False where it has to wait."""
    provider = turn.model.provider if turn.model else None
    if provider is None or provider.turns_at_once is None:
        return turn.lease(seconds, checkpoint)
    with transaction.atomic():
        # Whoever takes a place at this provider does so alone.
        locked = Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
        due = of(provider.pk)[: _free(locked.pk, locked.turns_at_once)]
        return turn.pk in {each.turn for each in due} and turn.lease(seconds, checkpoint)


def has_room(turn: Turn, other: Model) -> bool:
    """Whether a turn that runs may go over to another model now, before those who wait for that model's provider."""
    provider, now_at = other.provider, turn.model and turn.model.provider_id
    if provider.turns_at_once is None or provider.pk == now_at:
        return True
    free = _free(provider.pk, provider.turns_at_once)
    return free is None or free > len(of(provider.pk))


def survey(grace_seconds: float = GRACE_SECONDS) -> tuple[list[uuid.UUID], dict[uuid.UUID, int]]:
    """The turns that may begin now, and how many are before each of the others. Of providers with a limit as many may begin
    as have a place, and of the others those that nobody has begun for so long."""
    due: list[uuid.UUID] = []
    places: dict[uuid.UUID, int] = {}
    before = timezone.now() - timedelta(seconds=grace_seconds)
    for provider, limit in _waited_for(_queued()):
        waiting = of(provider)
        free = _free(provider, limit)
        forgotten = waiting if limit is None else waiting[:free]
        due += [each.turn for each in forgotten if limit is not None or each.requested < before]
        places |= _places(waiting, free)
    return due, places


def places(turns: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many are before each of these turns. One that is about to begin has no place."""
    found: dict[uuid.UUID, int] = {}
    for provider, limit in _waited_for(_queued().filter(pk__in=turns)):
        found |= _places(of(provider), _free(provider, limit))
    return {turn: found[turn] for turn in turns if turn in found}


def _places(waiting: Sequence[Waiting], free: int | None) -> dict[uuid.UUID, int]:
    if free is not None:
        return {each.turn: before for before, each in enumerate(waiting[free:])}
    lately = timezone.now() - timedelta(seconds=SOON_SECONDS)
    return {each.turn: before for before, each in enumerate(waiting) if each.requested < lately}


def of(provider: int | None) -> list[Waiting]:
    """All who wait for a provider, in the order in which they come: of each person one, then of each another. Among those
    with as many before them, whoever was served longest ago comes first."""
    rows = _queued().filter(model__provider=provider).order_by("requested", "pk")
    waiting = [Waiting(*row) for row in rows.values_list("pk", "user_id", "requested")[:LONGEST]]
    if len(waiting) < 2:
        return waiting
    served = _served(provider, {each.user for each in waiting})
    return in_turn(waiting, served)


def in_turn(waiting: Sequence[Waiting], served: dict[int, datetime]) -> list[Waiting]:
    rounds: dict[int, int] = {}
    order: list[tuple[int, datetime, datetime, uuid.UUID]] = []
    for each in waiting:
        nth = rounds.get(each.user, 0)
        rounds[each.user] = nth + 1
        order.append((nth, served.get(each.user, NEVER), each.requested, each.turn))
    by_turn = {each.turn: each for each in waiting}
    return [by_turn[turn] for *_, turn in sorted(order)]


def _served(provider: int | None, users: set[int]) -> dict[int, datetime]:
    """When a turn of each was begun last."""
    begun = Turn.objects.filter(
        user__in=users, model__provider=provider, started__isnull=False, requested__gt=timezone.now() - MEMORY
    )
    return dict(begun.order_by().values_list("user_id").annotate(last=Max("started")))


def _waited_for(waiting: TurnQuerySet) -> list[tuple[int | None, int | None]]:
    """The providers that turns wait for, and how many each takes."""
    pairs = waiting.values_list("model__provider", "model__provider__turns_at_once")
    return list(pairs.order_by().distinct())


def _free(provider: int | None, limit: int | None) -> int | None:
    """How many more it takes; None where there is no limit."""
    if limit is None:
        return None
    running = Turn.objects.filter(status=Turn.Status.RUNNING, model__provider=provider).count()
    return max(0, limit - running)


def _queued() -> TurnQuerySet:
    return Turn.objects.filter(status=Turn.Status.QUEUED)
