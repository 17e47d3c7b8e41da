"""The fold with several models: each learns its own examples, as if it were alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import Model, Plan
from rtm_flows.lanes.progress import END
from rtm_flows.models.spec import Learning
from rtm_flows.models.versioned import Taught

TICK, LANES = 10, 2
JOB = {
    "name": "tiny",
    "lanes": LANES,
    "time": {"tick": "PT0.01S"},
    "features": [{"name": "price", "kind": "property", "field": "price"}],
    "actions": [],
}
SPECS = (Learning(mature=1), Learning(mature=2, kind="sgd", learning_rate=0.5), Learning(mature=0))
PLAN = Plan.of(load(JOB), partitions=1)._replace(
    models=tuple(Model(f"model_{at}", spec) for at, spec in enumerate(SPECS))
)
Example = tuple[int, int, str, int, float, bool]
"""Model, label time, person, sequence, feature, label."""

EXAMPLES = st.lists(
    st.tuples(
        st.integers(0, len(SPECS) - 1),
        st.integers(0, 40),
        st.sampled_from(["u:a", "u:b", "a:a"]),
        st.integers(0, 9),
        st.sampled_from([0.0, 1.0, 2.5, 1e200]),
        st.booleans(),
    ),
    max_size=20,
    unique_by=lambda one: one[:4],
)


def table(examples: list[Example]) -> Table:
    """Return examples as know tells them."""
    n = len(examples)
    model, time, person, sequence, x, label = list(zip(*examples, strict=True)) or [()] * 6
    return Table(
        {
            "model": np.array(model, dtype=np.int8),
            "time": np.array(time, dtype=np.int64),
            "person": as_text(list(person)),
            "sequence": np.array(sequence, dtype=np.int64),
            "x": np.array(x, dtype=np.float64).reshape(n, 1),
            "label": np.array(label, dtype=np.bool_),
        }
    )


def folded(plan: Plan, told: list[Contribution]) -> tuple[list[Versions], dict[str, object]]:
    """Return all versions and the metrics of a fold that resumes between any two tellings."""
    fold, found = Fold(plan), list[Versions]()
    for contribution in told:
        other = Fold(plan)
        other.load(fold.save())
        fold = other
        versions = fold.run([contribution])
        found += [] if versions is None else [versions]
    assert fold.ended
    return found, dict(fold.metrics())


def contributions(examples: list[Example], cut: int) -> list[Contribution]:
    """Return examples as two lanes tell them: what comes by `cut`, and the rest with the end."""
    nobody = table([])
    soon = table([one for one in examples if one[1] < cut * TICK])
    late = table([one for one in reversed(examples) if one[1] >= cut * TICK])
    first, second = np.array([0]), np.array([1])
    until, end = np.array([cut]), np.array([END])
    return [
        Contribution(first, until, late),
        Contribution(second, until, soon),
        Contribution(first, end, nobody),
        Contribution(second, end, nobody),
    ]


def plain(taught: Taught) -> list[tuple[int, list[float]]]:
    """Return versions as plain values."""
    return list(zip(taught.ticks.tolist(), taught.parameters.tolist(), strict=True))


@given(EXAMPLES, st.integers(0, 5))
def test_each_model_learns_its_own_examples_as_if_alone(examples: list[Example], cut: int) -> None:
    """Versions and metrics of a model are those of a job with no other."""
    told, metrics = folded(PLAN, contributions(examples, cut))

    for at, model in enumerate(PLAN.models):
        own = [(0, *one[1:]) for one in examples if one[0] == at]
        alone = PLAN._replace(models=(model,))
        told_alone, metrics_alone = folded(alone, contributions(own, cut))
        assert [(one.closed, plain(one.taught[at])) for one in told] == [
            (one.closed, plain(one.taught[0])) for one in told_alone
        ]
        assert metrics[model.name] == metrics_alone[model.name]
        count = sum(one[0] == at and one[4] > 1e100 for one in examples)
        figures = metrics[model.name]
        assert isinstance(figures, dict)
        assert (figures["n"], figures["rejected"]) == (len(own) - count, count)
