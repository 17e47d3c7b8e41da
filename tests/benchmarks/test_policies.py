"""What policies are worth: copies of a shop decided for in four ways, compared by the truth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.policies import (
    JOB,
    POLICIES,
    by_person,
    decided,
    everybody,
    main,
    mean_of,
    worths,
)
from rtm_flows.config import load
from rtm_flows.simulate import Fashion
from rtm_flows.simulate.fashion.decided import person_of
from rtm_flows.simulate.fashion.live import Live


def test_the_worth_of_people_is_that_of_the_decisions() -> None:
    """Of those too who took the place of somebody who left."""
    live = Live(Fashion(people=40, days=10, seed=3))
    run = decided(load(JOB), live, "random")
    people = {person_of(one) for one in run}

    assert max(people) >= live.shop.people
    assert by_person(run, live).sum() == pytest.approx(live.value_of(run).sum())


def test_policies_differ_in_nothing_but_the_policy() -> None:
    """The rest of the job is the same, so rules, limits and catalogue are."""
    job = load(JOB)
    arms = {policy: everybody(job, policy).experiments for policy in POLICIES}

    assert [one.arms[0].policy for (one,) in arms.values()] == list(POLICIES)
    for policy in POLICIES:
        ours = everybody(job, policy)
        assert (ours.actions, ours.limits, ours.floor) == (job.actions, job.limits, job.floor)


def test_the_table_has_a_row_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    """For each seed, and for all of them; with the difference to the whole decision."""
    main(["--people", "25", "--days", "2", "--seeds", "1", "2"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    found = [row for row in rows if row[0] in POLICIES]

    assert [row[0] for row in found] == 3 * list(POLICIES)
    assert [len(row) for row in found] == [3, 6, 6, 6, 3, 6, 6, 6, 2, 5, 5, 5]


def test_an_interval_is_that_of_a_mean() -> None:
    """By hand: of 1, 2 and 3 the deviation is 1."""
    mean, half = mean_of(np.array([1.0, 2.0, 3.0]))

    assert (mean, round(half, 6)) == (2.0, round(1.96 / 3**0.5, 6))


@pytest.mark.slow
def test_the_whole_decision_is_worth_more_than_simpler_ones() -> None:
    """Than any of them, of the same people, surely; of a seed that no value was measured with."""
    found = worths(JOB, 300, 28, 3)
    for policy in POLICIES[1:]:
        better, half = mean_of(found.worth["full"] - found.worth[policy])
        assert better - half > 0, policy
