"""What policies are worth: the same people decided for in four ways, and compared by the truth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.policies import JOB, POLICIES, by_person, decided, main, mean_of
from rtm_flows.config import load
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.simulate import Fashion, simulate_fashion
from rtm_flows.simulate.fashion.answers import value_of


@pytest.fixture(scope="module")
def shop() -> Fashion:
    """A few people for a few days."""
    return Fashion(people=60, days=4, seed=3)


def test_policies_act_on_the_same_moments(
    shop: Fashion, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each decides at every trigger, and acts wherever anything passed but for the floor."""
    events = tmp_path_factory.mktemp("shop") / "events.jsonl"
    with events.open("wb") as file:
        simulate_fashion(shop, file.write)
    runs = {policy: decided(load(JOB), events, policy) for policy in POLICIES}
    ids = {policy: [one.decision_id for one in run] for policy, run in runs.items()}
    acts = {p: {one.decision_id for one in run if one.name != NO_ACTION} for p, run in runs.items()}

    assert ids["full"] == ids["rules"] == ids["propensity"] == ids["random"]
    assert acts["full"] <= acts["rules"] == acts["propensity"] == acts["random"] != set()
    for run in runs.values():
        assert by_person(run, shop).sum() == pytest.approx(value_of(run, shop).sum())


def test_the_table_has_a_row_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    """With the difference to the whole decision, but for itself."""
    main(["--people", "40", "--days", "3"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]

    assert [row[0] for row in rows] == list(POLICIES)
    assert [len(row) for row in rows] == [3, 6, 6, 6]


def test_an_interval_is_that_of_a_mean() -> None:
    """By hand: of 1, 2 and 3 the deviation is 1."""
    mean, half = mean_of(np.array([1.0, 2.0, 3.0]))

    assert (mean, round(half, 6)) == (2.0, round(1.96 / 3**0.5, 6))
