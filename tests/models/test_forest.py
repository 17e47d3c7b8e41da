"""The forest: River's trees at a bounded cost, and restored to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from river import drift, forest

from rtm_flows.errors import RecoveryError
from rtm_flows.models import forest as module
from rtm_flows.models.forest import PRIOR, SUREST, Forest
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.sealed import seal

NAMES = ["views", "cart", "days"]
RULE = ForestRule(trees=3, depth=4, grace=20, most=200)

ROOT = Path(__file__).resolve().parents[2]

Rows = NDArray[np.float64]


def examples(seed: int, size: int) -> tuple[Rows, list[bool]]:
    """Return examples of which trees can learn something."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(size, len(NAMES)))
    y = (x[:, 0] * x[:, 1] > 0.0) ^ (chance.random(size) < 0.1)
    return x, y.tolist()


def by_river(x: Rows, labels: list[bool], rule: ForestRule, seed: int) -> list[float]:
    """Return the chances of River's own forest, driven one by one."""
    never: Any = drift.NoDrift
    model = forest.ARFClassifier(
        rule.trees,
        grace_period=rule.grace,
        max_depth=rule.depth,
        leaf_prediction="mc",
        drift_detector=never(),
        warning_detector=never(),
        seed=seed,
    )
    chances = []
    for values, label in zip(x.astype(np.float32).tolist(), labels, strict=True):
        row: dict[Any, Any] = dict(enumerate(values))
        chance = model.predict_proba_one(row).get(True, 0.0)
        chances.append(min(max(chance, SUREST), 1.0 - SUREST))
        model.learn_one(row, label)
    return chances


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_every_generation_is_rivers_forest(seed: int) -> None:
    """A generation predicts what River's forest predicts that learned since its beginning."""
    x, labels = examples(seed, 450)
    chances = Forest(NAMES, RULE).learn_rows(x, labels).tolist()

    first = by_river(x[:200], labels[:200], RULE, seed=1)
    assert chances[0] == PRIOR
    assert chances[1:200] == first[1:]
    second = by_river(x[100:300], labels[100:300], RULE, seed=2)
    assert chances[200:300] == second[100:]
    third = by_river(x[200:400], labels[200:400], RULE, seed=3)
    assert chances[300:400] == third[100:]


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 1000),
    size=st.integers(0, 520),
    at=st.lists(st.integers(0, 520), max_size=3),
)
def test_chances_do_not_depend_on_cuts_or_snapshots(seed: int, size: int, at: list[int]) -> None:
    """Cut anywhere, saved and restored at each cut: the same chances, the same bytes."""
    x, labels = examples(seed, size)
    whole, restored, chances = Forest(NAMES, RULE), Forest(NAMES, RULE), []
    bounds = sorted(min(place, size) for place in [0, *at, size])
    for start, stop in pairwise(bounds):
        chances += restored.learn_rows(x[start:stop], labels[start:stop]).tolist()
        restored = Forest.from_bytes(restored.to_bytes(), NAMES, RULE)

    assert chances == whole.learn_rows(x, labels).tolist()
    assert restored.to_bytes() == whole.to_bytes()
    assert restored.predict_rows(x).tolist() == whole.predict_rows(x).tolist()


def test_it_learns_what_no_line_tells_apart() -> None:
    """Two features whose product is the answer are found out."""
    x, labels = examples(1, 2000)
    chances = Forest(NAMES, ForestRule(trees=10)).learn_rows(x, labels)

    assert np.mean((chances[1000:] > 0.5) == labels[1000:]) > 0.8


def test_predicting_changes_nothing() -> None:
    """Asked twice, and asked between examples, it says the same."""
    x, labels = examples(2, 150)
    asked, silent = Forest(NAMES, RULE), Forest(NAMES, RULE)
    asked.predict_rows(x)
    asked.learn_rows(x, labels)
    silent.learn_rows(x, labels)

    again = asked.predict_rows(x).tolist()
    assert again == asked.predict_rows(x).tolist() == silent.predict_rows(x).tolist()
    assert asked.to_bytes() == silent.to_bytes()


def test_state_is_bounded_by_the_examples_of_a_generation() -> None:
    """However many were learned, no more than `most` are saved."""
    grown = Forest(NAMES, RULE)
    x, labels = examples(3, 700)
    for start in range(0, 700, 50):
        grown.learn_rows(x[start : start + 50], labels[start : start + 50])
        assert len(grown.to_bytes()) < RULE.most * (4 * len(NAMES) + 1) + 300


PROGRAM = """
from rtm_flows.models.forest import Forest
from tests.models.test_forest import NAMES, RULE, examples
print(Forest(NAMES, RULE).learn_rows(*examples(5, 250)).tobytes().hex())
"""


def test_another_process_with_another_hash_seed_says_the_same() -> None:
    """No chance depends on how Python hashes in this run."""
    here = Forest(NAMES, RULE).learn_rows(*examples(5, 250)).tobytes().hex()
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert there.stdout.strip() == here


def test_it_may_not_be_promoted() -> None:
    """A forest is a challenger that only is compared."""
    assert not Forest.promotable


def test_what_was_saved_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other features, another rule, another River: each says what was needed and found."""
    data = Forest(NAMES, RULE).to_bytes()

    with pytest.raises(RecoveryError, match=r"has other features: need \['views'\]; got \['views'"):
        Forest.from_bytes(data, ["views"], RULE)
    with pytest.raises(RecoveryError, match="follows another rule: need ForestRule"):
        Forest.from_bytes(data, NAMES, ForestRule())
    monkeypatch.setattr(module, "_river", lambda: "0.27.0")
    with pytest.raises(RecoveryError, match=r"another River: need 0\.27\.0; got 0\.26"):
        Forest.from_bytes(data, NAMES, RULE)


def test_damaged_bytes_are_refused() -> None:
    """A flipped bit is found; what a changed record holds is checked."""
    grown = Forest(NAMES, RULE)
    grown.learn_rows(*examples(4, 30))
    data = bytearray(grown.to_bytes())
    data[len(data) // 2] ^= 1

    with pytest.raises(RecoveryError, match="is damaged"):
        Forest.from_bytes(bytes(data), NAMES, RULE)


@pytest.mark.parametrize(
    ("n", "rows", "labels"),
    [
        (3, bytes(24), bytes(2)),
        (2, bytes(24), bytes(3)),
        (2, bytes(20), bytes(2)),
        (200, bytes(24), bytes(2)),
        (-1, b"", b""),
        (1, np.array([0.0, np.nan, 0.0], dtype="<f4").tobytes(), b"\1"),
    ],
)
def test_records_that_no_learning_gives_are_refused(n: int, rows: bytes, labels: bytes) -> None:
    """The examples must be as many as the count of examples says, and finite."""
    version = module._river()
    saved = module._Saved(names=NAMES, rule=RULE, n=n, rows=rows, labels=labels, river=version)

    with pytest.raises(RecoveryError, match="does not hold the examples it tells of"):
        Forest.from_bytes(seal("forest", saved), NAMES, RULE)


def test_rows_that_cannot_be_learned_are_refused() -> None:
    """NaN, a column too few, a label too few: refused before anything is learned."""
    grown = Forest(NAMES, RULE)
    for x, labels, told in (
        (np.full((1, 3), np.nan), [True], "need rows of 3 finite features"),
        (np.zeros((1, 2)), [True], "need rows of 3 finite features"),
        (np.zeros((2, 3)), [True], "need a label for each of 2 examples; got 1"),
    ):
        with pytest.raises(ValueError, match=told):
            grown.learn_rows(x, labels)

    assert grown.n == 0


def test_huge_features_are_learned_as_the_largest_float32() -> None:
    """A feature beyond float32 becomes no infinity."""
    grown = Forest(NAMES, RULE)
    x = np.array([[1e90, -1e90, 0.0], [0.0, 1.0, 2.0]] * 60)
    chances = grown.learn_rows(x, [True, False] * 60)

    assert np.isfinite(chances).all()
    assert Forest.from_bytes(grown.to_bytes(), NAMES, RULE).to_bytes() == grown.to_bytes()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"trees": 0}, "`trees` must be from 1 to 100; got 0"),
        ({"depth": 21}, "`depth` must be from 1 to 20; got 21"),
        ({"grace": 0}, "`grace` must be from 1"),
        ({"most": 100}, "`most` must be from 200"),
        ({"most": 201}, "`most` must be even"),
        ({"seed": -1}, "`seed` must be from 0"),
    ],
)
def test_rules_out_of_range_are_refused(keys: dict[str, int], told: str) -> None:
    """Each number says its range."""
    with pytest.raises(ValueError, match=told):
        ForestRule(**keys)
