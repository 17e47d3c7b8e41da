"""The example of a closed loop: what it counts is what was shown and taken up."""

from __future__ import annotations

from examples.closed_loop.closed_loop import JOB, closed_loop
from rtm_flows.config import load
from rtm_flows.simulate import Fashion


def test_what_was_shown_is_counted_by_week() -> None:
    """Of actions that are declared; some of it was taken up, and not all."""
    found = closed_loop(Fashion(people=60, days=9, seed=2))
    declared = {action.name for action in load(JOB).actions}
    taken = found["shown"] * found["taken_up"]

    assert set(found["action"]) <= declared
    assert found["week"].n_unique() == 2
    assert 0 < sum(taken.to_list()) < sum(found["shown"].to_list())
