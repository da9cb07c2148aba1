"""Figures that are looked up when somebody asks for them: what is under way in this process, and what waits for it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .access import access
from .journal import journal
from .models import Turn
from .telemetry import metrics
from .turns.leases import leases
from .viewers import DOORS


class Gauges(Collector):
    def describe(self) -> list[Any]:
        """Nothing is to be asked before the process serves."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("rivulet_runners", "Turns that are running in this process.", len(leases.runs()))
        yield _gauge(
            "rivulet_journal_followers",
            "Followers and listeners of topics in this process.",
            len(journal().followers()),
        )
        yield from _viewers()
        yield from _queue()


def _viewers() -> Iterator[GaugeMetricFamily]:
    viewers = access.viewers()
    by_door = Counter(viewer.door for viewer in viewers)
    family = GaugeMetricFamily("rivulet_viewers", "Open viewers, by transport.", labels=["transport"])
    for door in DOORS:
        family.add_metric([door], by_door[door])
    yield family
    lags = [viewer.lag for viewer in viewers]
    yield _gauge(
        "rivulet_viewer_lag_entries",
        "Entries of the journal that the viewer who is furthest behind does not have.",
        max(lags, default=0),
    )
    yield _gauge("rivulet_viewers_behind", "Viewers who do not have all there is.", sum(1 for n in lags if n))


def _queue() -> Iterator[GaugeMetricFamily]:
    """The same in every process. Without a database there is nothing to say of it."""
    try:
        queued = Turn.objects.filter(status=Turn.Status.QUEUED).aggregate(
            count=Count("pk"), oldest=Min("requested")
        )
    except DatabaseError:
        return
    waited = (timezone.now() - queued["oldest"]).total_seconds() if queued["oldest"] else 0
    yield _gauge("rivulet_turns_queued", "Turns that wait for a runner, anywhere.", queued["count"])
    yield _gauge("rivulet_turns_queued_oldest_seconds", "How long the first of them has waited.", waited)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def install() -> None:
    """Once in a process that serves or works."""
    if not _installed:
        _installed.append(Gauges())
        metrics.add(_installed[0])
        journal().observe = _observe


def _observe(seconds: float, appends: int | None) -> None:
    if appends is None:
        metrics.journal_failures.inc()
    else:
        metrics.committed(seconds, appends)


_installed: list[Gauges] = []
