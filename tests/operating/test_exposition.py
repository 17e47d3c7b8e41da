"""Exposition: what processes have told, as a parser that is not ours reads it."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from rtm_flows.metrics import (
    LAST_ROUND,
    METRICS,
    PEOPLE,
    RECORDS,
    STAGE_SECONDS,
    WATERMARK_DELAY,
)
from rtm_flows.operating.exposition import Exposition
from rtm_flows.operating.meters import Meters, Seen
from rtm_flows.operating.sharing import collected, shared

Told = list[tuple[str, float]]
TOLD = st.lists(
    st.tuples(st.sampled_from(["know", "decide", 'a "b"\\\n']), st.floats(0.0, 200.0)), max_size=8
)


def samples(seen: list[Seen]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return all samples of an exposition."""
    text = generate_latest(Exposition(lambda: seen).registry()).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@given(st.lists(TOLD, min_size=1, max_size=3))
def test_histograms_and_counters_are_sums_over_processes(processes: list[Told]) -> None:
    """Every bucket holds what is at most its bound, whatever process was told of it."""
    seen = []
    for told in processes:
        meters = Meters()
        for stage, seconds in told:
            meters.observe(STAGE_SECONDS, seconds, stage)
            meters.count(RECORDS, 2, stage)
        seen.append(meters.seen())

    found = samples(seen)

    every = [pair for told in processes for pair in told]
    for stage in {stage for stage, _ in every}:
        own = sorted(seconds for name, seconds in every if name == stage)
        label = ("stage", stage)
        for bound in STAGE_SECONDS.buckets:
            at_most = sum(seconds <= bound for seconds in own)
            key = ("rtm_stage_seconds_bucket", frozenset({label, ("le", str(bound))}))
            assert found[key] == at_most
        assert found["rtm_stage_seconds_count", frozenset({label})] == len(own)
        assert found["rtm_stage_seconds_sum", frozenset({label})] == pytest.approx(sum(own))
        assert found["rtm_records_total", frozenset({("fate", stage)})] == 2 * len(own)


def test_gauges_are_sums_or_the_largest_as_declared() -> None:
    """People of all processes, but the latest round of any."""
    processes = [Meters(wall=lambda: 100.0), Meters(wall=lambda: 100.0)]
    for at, meters in enumerate(processes):
        meters.ask(PEOPLE, lambda at=at: 10 + at)  # type: ignore[misc]
        meters.set(LAST_ROUND, 50.0 + at)
        meters.mark(90_000 + 1000 * at)

    found = samples([meters.seen() for meters in processes])

    assert found[PEOPLE.name, frozenset()] == 21
    assert found[LAST_ROUND.name, frozenset()] == 51.0
    assert found[WATERMARK_DELAY.name, frozenset()] == 10.0


def test_what_nobody_has_told_is_left_out() -> None:
    """A watermark of nobody is no delay of 0 seconds."""
    assert samples([Meters().seen()]) == {}


def test_a_process_that_shares_is_seen_by_another(tmp_path: Path) -> None:
    """At once, again and again, and for the last time when it ends."""
    meters = [Meters(), Meters()]
    with shared(meters[0], tmp_path, 0, every=0.01), shared(meters[1], tmp_path, 10):
        assert len(collected(tmp_path)) == 2
        meters[0].observe(STAGE_SECONDS, 0.3, "know")
        while not any(one.histograms for one in collected(tmp_path)):
            pass
        meters[1].count(RECORDS, 3, "late")
    assert collected(tmp_path) == [one.seen() for one in meters]


def test_a_folder_that_is_gone_ends_no_run(tmp_path: Path) -> None:
    """Metrics are old then, or none."""
    folder = tmp_path / "metrics"
    with shared(Meters(), folder, 0):
        pass
    assert collected(folder) == []


def test_names_are_those_that_prometheus_wants() -> None:
    """Counters end in `_total`, no name is there twice, and buckets rise."""
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert metric.name.startswith("rtm_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert bisect_left(metric.buckets, float("inf")) == len(metric.buckets)
