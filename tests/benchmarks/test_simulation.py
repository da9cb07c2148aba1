"""That the simulation keeps its own laws, and how near it comes to what was measured."""

import random

import pytest

from tests.benchmarks.simulation import RECORDED, Clock, Core, Costs, Pace, Server, simulate

# By how much of the measured figure: replies, median, 99th percentile, processor time.
WITHIN = {50: (0.03, 0.25, 0.05), 100: (0.03, 0.05, 0.05), 200: (0.05, 0.05, 0.05), 500: (0.12, 0.2, 0.08)}


@pytest.mark.parametrize("replies", WITHIN)
def test_it_agrees_with_what_was_measured_as_far_as_the_document_says(replies):
    seen, said = RECORDED[replies], simulate(replies, 3.0)
    for name, tolerance in zip(("p50", "p99", "processor"), WITHIN[replies], strict=True):
        assert getattr(said, name) == pytest.approx(getattr(seen, name), rel=tolerance), name


@pytest.mark.parametrize("replies", [1, 30, 1500])
def test_no_token_is_lost_or_made_at_any_load(replies):
    """At 1,500 replies the core is more than full."""
    server = Server(replies, Costs(), Pace())
    server.clock.run(2.0)
    assert server.sent > replies * 30
    assert server.sent == len(server.latencies) + server.under_way
    assert min(server.latencies) > 0
    assert server.core.busy <= 2.0 + 0.001


def test_a_core_that_wakes_for_nothing_is_the_queue_of_the_books():
    """M/M/1: a wait of 1 / (mu - lambda) on average, and as much work in it as arrivals times waits."""
    arrivals, services = 700.0, 1000.0
    clock, chance = Clock(), random.Random(11)
    core = Core(clock)
    waits: list[float] = []

    def arrive() -> None:
        came = clock.now
        core.ask(chance.expovariate(services), lambda: waits.append(clock.now - came))
        clock.at(clock.now + chance.expovariate(arrivals), arrive)

    arrive()
    clock.run(150.0)
    assert core.busy / 150 == pytest.approx(arrivals / services, rel=0.03)
    assert sum(waits) / len(waits) == pytest.approx(1 / (services - arrivals), rel=0.08)
    assert sum(waits) / 150 == pytest.approx(arrivals / (services - arrivals), rel=0.08)


def test_more_replies_never_cost_less_of_the_core_and_never_more_a_token():
    loads = [simulate(replies, 2.0).processor for replies in (50, 100, 200, 400)]
    assert loads == sorted(loads, reverse=True)
    busy = [cost * replies for cost, replies in zip(loads, (50, 100, 200, 400), strict=True)]
    assert busy == sorted(busy)
