"""The whole simulation: reproducible, in whole lines, with exact counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.simulate import Shop, simulate
from tests.simulate.conftest import lines_of
from tests.simulate.reader import read, sessions

shares = st.sampled_from([0.0, 0.01, 0.2, 1.0])
shops = st.builds(
    Shop,
    people=st.sampled_from([1, 7, 300]),
    days=st.sampled_from([0.0, 0.01, 0.4, 2.3]),
    seed=st.integers(0, 1 << 40),
    visits_per_day=st.sampled_from([0.0, 0.3, 2.0]),
    duplicates=shares,
    late=shares,
    disorder_ms=st.sampled_from([0, 800, 30_000]),
    broken=st.sampled_from([0.0, 0.05]),
    anonymous=shares,
    start=st.sampled_from(["2026-03-02T00:00:00Z", "2027-11-05T13:47:11.5+02:00"]),
)


@given(shop=shops)
@settings(max_examples=60, deadline=None)
def test_truth_is_what_a_naive_reader_finds(shop: Shop) -> None:
    """Every count, for any shop."""
    data, truth = lines_of(shop)
    reading = read(data)
    events = list(reading.events.values())
    assert truth.records == reading.records
    assert truth.records == truth.events + truth.duplicates + sum(truth.broken.values())
    assert truth.events == len(events)
    assert truth.duplicates == reading.duplicates
    assert truth.broken == reading.broken
    assert truth.late == len(reading.late)
    assert truth.late_events == reading.late_first
    assert truth.accepted == len(events) - reading.late_first
    assert truth.people == len({e["key"] for e in events})
    assert truth.visits == len({e["session_id"] for e in events})
    assert truth.sessions == len(sessions(events))
    assert truth.purchases == len({e["transaction_id"] for e in events if "value" in e})


def test_the_same_shop_gives_the_same_bytes() -> None:
    """Nothing but the settings decides."""
    shop = Shop(people=400, days=1.2, seed=9)
    assert lines_of(shop) == lines_of(Shop(people=400, days=1.2, seed=9))


def test_another_seed_gives_another_shop() -> None:
    """The seed reaches the draws."""
    assert lines_of(Shop(people=50, seed=1))[0] != lines_of(Shop(people=50, seed=2))[0]


def test_every_write_is_whole_lines_and_progress_ends_at_one() -> None:
    """A reader may stop between any two writes."""
    written: list[bytes] = []
    told: list[tuple[int, float]] = []
    truth = simulate(
        Shop(people=300, days=2), written.append, progress=lambda n, share: told.append((n, share))
    )
    assert all(block.endswith(b"\n") for block in written)
    assert told[-1] == (truth.records, 1.0)
    assert told == sorted(told)


@pytest.mark.no_cover
def test_many_people_are_simulated_in_small_pieces() -> None:
    """Memory follows the slice: no write holds more than a small part of a large shop."""
    sizes: list[int] = []
    truth = simulate(
        Shop(people=60_000, days=0.5, broken=0), lambda b: sizes.append(b.count(b"\n"))
    )
    assert sum(sizes) == truth.records
    assert max(sizes) < 100_000 < truth.records
