"""The checks of responses themselves: each must see what it is there for.

As in `test_checks_of_checks`: one part of the core is taken out, and the comparison with the
reference, on a few fixed streams, must find a difference.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rtm_flows.lanes import decide, responding
from rtm_flows.people.answers import Rule
from rtm_flows.people.remembered import Lot
from rtm_flows.people.responses import Waiting
from tests.lanes.answers import Answer, of_reference
from tests.lanes.streams import Stream, answered
from tests.lanes.test_checks_of_checks import red, unseen
from tests.lanes.test_responses import HORIZON, JOB, WITHIN, asks, later, says

pytestmark = pytest.mark.no_cover
EDGE = [asks(), says("impression", WITHIN), says("clicked", WITHIN + HORIZON), later()]
AT_THE_EDGE = Stream(JOB, [[[json.dumps(event).encode() for event in EDGE]]])
STREAMS = [*(answered(seed) for seed in range(14)), AT_THE_EDGE]


@pytest.fixture(scope="module")
def wanted() -> list[Answer]:
    """Return the reference's answers, which no patch of the core can change."""
    return [of_reference(one.plain, one.partitions) for one in STREAMS]


@pytest.mark.parametrize(
    ("name", "by"),
    [("horizon", -1), ("within", -1), ("remembered", 1), ("remembered", -1), ("waiting", 1)],
)
def test_with_a_span_or_bound_that_is_off_by_one(
    name: str, by: int, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A millisecond less is seen, and one decision more or less."""

    def off(*given: int) -> Rule:
        rule = Rule(*given)
        return rule._replace(**{name: getattr(rule, name) + by})

    monkeypatch.setattr(responding, "Rule", off)

    assert unseen({"responses", "answers"}, wanted, STREAMS) == set()


def test_without_what_is_learned(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving the priors is seen, in decisions alone."""

    def priors(candidates: Any, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.broadcast_to(
            candidates.prior[candidates.owner], (len(counts), len(candidates))
        )
        return found

    monkeypatch.setattr(decide, "learned", priors)

    assert {"decisions"} <= red(wanted, STREAMS) <= {"decisions", "counts"}


def test_without_remembering_what_was_answered(
    wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision that is learned twice is seen."""
    take = Lot.take

    def forgetful(self: Lot, place: int) -> tuple[int, int, int]:
        known = take(self, place)
        self.taken[place] = False
        return known

    monkeypatch.setattr(Lot, "take", forgetful)

    assert unseen({"responses", "orphans", "answers"}, wanted, STREAMS) == set()


def test_with_other_features_than_were_served(
    wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest of features that were not rounded is seen, in responses alone."""
    monkeypatch.setattr(responding, "round6", lambda x: x + 1e-7)

    assert red(wanted, STREAMS) == {"responses"}


@pytest.mark.parametrize("part", ["follow", "due", "cut"])
def test_without_a_part(part: str, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not told in a pass, by time, or at the end of input is seen."""
    own = getattr(Waiting, part)

    def quiet(self: Waiting, *given: Any) -> Any:
        heard = own(self, *given)
        return heard._replace(settled=heard.settled.slice(0, 0))

    monkeypatch.setattr(Waiting, part, quiet)

    assert unseen({"answers"}, wanted, STREAMS) == set()
