"""The checks of moments: each part of them that is taken out is seen, on a few fixed streams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rtm_flows.columns import Table
from rtm_flows.features.compute import Matrix
from rtm_flows.features.peek import peek
from rtm_flows.lanes import profiles
from rtm_flows.people import timers
from rtm_flows.people.moments import Moments
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import People
from tests.lanes.answers import Answer, of_reference
from tests.lanes.streams import stream
from tests.lanes.test_checks_of_checks import red, unseen

pytestmark = pytest.mark.no_cover
STREAMS = [one for one in map(stream, range(30)) if len(one.job.triggers.moments) > 4]


@pytest.fixture(scope="module")
def wanted() -> list[Answer]:
    """Return the reference's answers, which no patch of the core can change."""
    return [of_reference(one.plain, one.partitions) for one in STREAMS]


def seen(wanted: list[Answer]) -> set[str]:
    """Return the parts of the answers in which core and reference differ."""
    return red(wanted, STREAMS)


def test_the_whole_core_is_green(wanted: list[Answer]) -> None:
    """Nothing differs as long as nothing is taken out, and every kind fires."""
    assert seen(wanted) == set()
    names = {one["trigger"]["type"] for answer in wanted for one in answer["decisions"]}
    assert {name for name in names if ":" not in name} == {
        *("gone", "left", "stalled", "looked", "quiet", "own", "missing", "found", "busy", "keen")
    }


def test_features_of_another_time(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only decisions show it: nothing else is made of what a timer sees."""
    look = peek

    def late(features: Any, slots: Ints, clock: Ints, people: People) -> Matrix:
        return look(features, slots, clock + 1, people)

    monkeypatch.setattr(profiles, "peek", late)

    assert seen(wanted) == {"decisions"}


def test_without_time_that_passes(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers that fire only when their person comes again are seen."""
    nobody: Table = Moments([], 1).due(People([]), np.zeros(0, dtype=np.int64))
    monkeypatch.setattr(Moments, "due", lambda self, people, marks: nobody)

    assert unseen({"decisions", "counts"}, wanted, STREAMS) == set()


def test_without_the_hold(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """A cart that is left while its person is still there is seen."""
    monkeypatch.setattr(timers.Timer, "_held", lambda self, due, clock: due)

    assert unseen({"decisions"}, wanted, STREAMS) == set()


def test_without_once(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer that stands on after it has fired is seen."""
    monkeypatch.setattr(timers.Timer, "_spent", lambda self, of, late, latest: np.zeros_like(late))

    assert unseen({"decisions"}, wanted, STREAMS) == set()
