"""The checks of pauses themselves: each must see what it is there for.

As in `test_checks_of_checks`: one part of the core is changed, and the comparison with the
reference, on a few fixed streams, must find a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rtm_flows.lanes import pausing
from rtm_flows.policy.counters import Counters
from rtm_flows.policy.showings import Heard, Rests, Showings
from tests.lanes.answers import Answer, of_reference
from tests.lanes.streams import Stream, answered
from tests.lanes.test_checks_of_checks import red
from tests.lanes.test_pausing import JOB, search, shown

pytestmark = pytest.mark.no_cover
AT_THE_EDGE = [
    Stream(JOB, [[[shown(0), shown(3), search(23)]]]),
    Stream(JOB, [[[shown(0), shown(10), search(11)]]]),
]
STREAMS = [*(answered(seed) for seed in range(12)), *AT_THE_EDGE]
Patched = Callable[..., Any]


@pytest.fixture(scope="module")
def wanted() -> list[Answer]:
    """Return the reference's answers, which no patch of the core can change."""
    return [of_reference(one.plain, one.partitions) for one in STREAMS]


def off_by_one(name: str) -> Patched:
    """Return a counting whose span is a millisecond more, or that wants one showing more."""
    own = Showings.__init__

    def init(self: Showings, counters: Counters) -> None:
        own(self, counters)
        setattr(self, name, [one + 1 for one in getattr(self, name)])

    return init


def hear_changed(**columns: int) -> Patched:
    """Return a hearing in which columns are the same everywhere."""
    own = Showings.hear

    def hear(self: Showings, heard: Heard) -> Rests:
        told = {name: np.full_like(getattr(heard, name), one) for name, one in columns.items()}
        return own(self, heard._replace(**told))

    return hear


def forgetful(self: Showings, people: Any) -> Rests:
    """Know of nothing that began before the pass."""
    nothing = np.zeros(0, dtype=np.int64)
    return Rests(nothing, nothing, nothing)


CHANGES: dict[str, tuple[Any, str, Any]] = {
    "a showing counts too long": (Showings, "__init__", off_by_one("_within")),
    "a pause lasts too long": (Showings, "__init__", off_by_one("_lasts")),
    "a showing more is wanted": (Showings, "__init__", off_by_one("_after")),
    "a success is a showing": (Showings, "hear", hear_changed(welcome=False)),
    "all are shown what one is": (Showings, "hear", hear_changed(slots=0)),
    "a pass knows nothing of those before": (Showings, "resting", forgetful),
    "moments show their event again": (pausing, "TRIGGER", "nothing"),
}
"""What is changed: of which class or module, which part, into what."""


@pytest.mark.parametrize("change", CHANGES)
def test_with_a_part_changed(
    change: str, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions are others, and their counts; all else is the same."""
    monkeypatch.setattr(*CHANGES[change])

    assert {"decisions"} <= red(wanted, STREAMS) <= {"decisions", "counts"}


def test_the_whole_core_is_green(wanted: list[Answer]) -> None:
    """Nothing differs as long as nothing is changed."""
    assert red(wanted, STREAMS) == set()
