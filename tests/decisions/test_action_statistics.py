"""Action statistics: versions are counts, and what was served is judged before it is learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.action_statistics import ActionStatistics, learned
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.decisions.catalogue import Action
from rtm_flows.errors import RecoveryError
from tests.reference.metrics import ece, log_loss, millionths
from tests.reference.rounding import rounded

ACTIONS = [Action(name="call", prior=0.5, prior_weight=2.0), Action(name="write", treatment="card")]
CANDIDATES = candidates_of(ACTIONS)
Response = tuple[int, int, bool]
"""Tick, candidate, label."""
RESPONSES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1), st.booleans()), max_size=30)


def chance(at: int, labels: list[bool]) -> float:
    """Return the propensity of a candidate after some responses."""
    action = ACTIONS[at]
    n, positives = len(labels), sum(labels)
    return rounded(
        (action.prior_weight * action.prior + positives) / (action.prior_weight + n)
        if n
        else action.prior
    )


def learn(statistics: ActionStatistics, responses: list[Response]) -> list[tuple[int, list[float]]]:
    """Let responses be learned; return the versions."""
    tick, at, label = np.array(responses, dtype=np.int64).reshape(-1, 3).T
    taught = statistics.learn(at, label.astype(np.bool_), tick)
    return list(zip(taught.ticks.tolist(), taught.parameters.tolist(), strict=True))


@given(RESPONSES, st.integers(0, 6))
def test_versions_and_figures_are_those_of_one_by_one(drawn: list[Response], cut: int) -> None:
    """A version a tick, each response predicted by the one before; cut and resumed anywhere."""
    responses = sorted(drawn, key=lambda one: one[0])
    first = ActionStatistics(CANDIDATES)
    versions = learn(first, [one for one in responses if one[0] < cut])
    second = ActionStatistics(CANDIDATES)
    second.load(first.to_bytes())
    versions += learn(second, [one for one in responses if one[0] >= cut])

    assert [tick for tick, _ in versions] == sorted({tick for tick, _, _ in responses})
    for tick, counts in versions:
        labels = [[y for t, c, y in responses if c == at and t <= tick] for at in (0, 1)]
        assert counts == [len(labels[0]), len(labels[1]), sum(labels[0]), sum(labels[1])]
        wanted = [[chance(at, labels[at]) for at in (0, 1)]]
        assert learned(CANDIDATES, np.array([counts])).tolist() == wanted
    for at, (action, treatment) in enumerate(CANDIDATES.names):
        told = [
            (millionths(chance(at, [y for s, c, y in responses if c == at and s < t])), label)
            for t, one, label in responses
            if one == at
        ]
        found = second.summary()[action][treatment]
        assert isinstance(found, dict)
        prior = [(millionths(ACTIONS[at].prior), label) for _, label in told]
        assert found["baselines"] == {
            "prior": {"log_loss": pytest.approx(log_loss(prior), abs=2e-6)}
        }
        assert (found["n"], found["positives"]) == (len(told), sum(y for _, y in told))
        assert (found["log_loss"], found["ece"]) == (
            pytest.approx(log_loss(told), abs=2e-6), ece(told),
        )  # fmt: skip


def test_statistics_of_another_catalogue_are_refused() -> None:
    """Counts of two candidates say nothing of one."""
    saved = ActionStatistics(CANDIDATES).to_bytes()

    with pytest.raises(RecoveryError, match=r"must be of 1 candidates; got \[2, 2, 2\]"):
        ActionStatistics(candidates_of(ACTIONS[:1])).load(saved)
