"""How records arrive."""

from __future__ import annotations

from rtm_flows.simulate import Shop, Truth
from tests.simulate.conftest import lines_of
from tests.simulate.reader import Reading, read


def _behind(reading: Reading) -> list[int]:
    """Return how far each valid record is behind the largest time before it, in ms."""
    top, behind = 0, []
    for event in reading.valid:
        behind.append(max(0, top - event["ms"]))
        top = max(top, event["ms"])
    return behind


def test_without_delays_the_lines_are_in_the_order_of_time() -> None:
    """Nothing else disturbs the order."""
    data, _ = lines_of(Shop(people=400, duplicates=0, late=0, disorder_ms=0))
    assert max(_behind(read(data))) == 0


def test_without_stragglers_nothing_is_far_behind() -> None:
    """The bound is 15 mean delays, and 5 s more for a copy; real disorder stays below it."""
    data, truth = lines_of(Shop(people=2_000, late=0, duplicates=0.05, disorder_ms=800))
    behind = _behind(read(data))
    assert 800 < max(behind) < 15 * 800 + 5_000
    assert truth.late == truth.stragglers == 0
    assert sum(b > 0 for b in behind) > len(behind) / 20


def test_stragglers_are_late(default_shop: tuple[Reading, Truth]) -> None:
    """About the wanted share is late, by more than the lateness and at most an hour."""
    reading, truth = default_shop
    late_by = [b for b in _behind(reading) if b > 60_000]
    assert len(late_by) == truth.late <= truth.stragglers
    assert 0.5 < truth.stragglers / (0.003 * truth.records) < 2
    assert truth.late > 0.9 * truth.stragglers
    assert max(late_by) < 3_600_000 + 15 * 800 + 5_000


def test_a_copy_equals_the_first_telling(default_shop: tuple[Reading, Truth]) -> None:
    """Copies agree in every field, so none is conflicting."""
    reading, truth = default_shop
    assert all(event == reading.events[event["id"]] for event in reading.valid)
    assert 0.5 < truth.duplicates / (0.01 * truth.events) < 2
