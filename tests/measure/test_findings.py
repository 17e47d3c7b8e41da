"""Findings: each rule speaks where it should, and only there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rtm_flows.measure.evaluate import evaluate
from rtm_flows.measure.findings import Finding, Margin, baselines

N = 4_000


def findings(x: np.ndarray, y: np.ndarray, **more: object) -> list[Finding]:
    """Return what is said of a table of a number and a label."""
    report = evaluate(pl.DataFrame({"x": x, "y": y, **more}), label="y", card=True)
    assert report.card is not None
    return report.card.findings


def told(found: list[Finding], level: str, topic: str) -> str:
    """Return the sentences of a level on a topic."""
    return " ".join(one.text for one in found if (one.level, one.topic) == (level, topic))


def drawn(seed: int, odds: np.ndarray) -> np.ndarray:
    """Return labels that come with these log odds."""
    chances = 1.0 / (1.0 + np.exp(-odds))
    labels: np.ndarray = np.random.default_rng(seed).random(len(odds)) < chances
    return labels


def test_a_sound_table_is_praised_and_nothing_else() -> None:
    """A plain effect that stays: better than all, calibrated, even, still."""
    x, a, b = np.random.default_rng(11).normal(size=(3, N))

    found = findings(x, drawn(2, x + a + b), a=a, b=b)

    assert {one.level for one in found} == {"good"}
    assert {one.topic for one in found} == {"baselines", "calibration", "slices", "drift"}
    assert "than every baseline" in told(found, "good", "baselines")


def test_coins_are_not_called_a_model() -> None:
    """Where there is nothing to learn, it is not better than the running rate."""
    x = np.random.default_rng(3).normal(size=N)

    found = findings(x, drawn(4, 0 * x))

    assert "the running rate of positives" in told(found, "warning", "baselines")
    assert "guessing" in told(found, "caution", "slices")


def test_a_worse_model_is_called_worse() -> None:
    """With the interval of the difference, the right way round."""
    (found,) = baselines({"prior": Margin(log_loss=-0.2, log_loss_95=(-0.3, -0.1))})

    assert found.level == "warning"
    assert found.text.endswith("positives: its log loss is higher by 0.200 (0.100 to 0.300).")


def test_a_column_that_tells_the_label_is_asked_after() -> None:
    """It may have been known only afterwards."""
    x = np.random.default_rng(5).normal(size=N)

    found = findings(x, drawn(6, 4 * x), order=np.arange(N), same=np.ones(N))

    assert told(found, "warning", "data").startswith("x alone reaches a ROC AUC of 0.9")
    assert "its own value: order" in told(found, "caution", "data")
    assert "nothing to learn: same" in told(found, "caution", "data")


def test_a_world_that_changes_is_told() -> None:
    """The column, the rate of positives, and the error that rose with it."""
    late = np.arange(N) >= N // 2
    x = np.random.default_rng(7).normal(size=N) + late

    found = findings(x, drawn(8, np.where(late, 0.0, -4.0)))

    assert "1 column moved" in told(found, "warning", "drift")
    assert "The rate of positives moved from" in told(found, "warning", "drift")
    assert "squared error rose near row" in told(found, "caution", "drift")
    assert "so did the rate of positives" in told(found, "caution", "drift")


def test_chances_that_are_off_somewhere_are_told_there() -> None:
    """A group whose rate turns halfway is not what the model says of it; a tiny one is no proof."""
    group = np.where(np.arange(N) % 4 == 0, "b", "a")
    group[::200] = "c"
    odds = np.where(group == "b", np.where(np.arange(N) < N // 2, 3.0, -3.0), 0.0)

    found = findings(np.zeros(N), drawn(9, odds), group=group)

    assert "rows of the" in told(found, "caution", "slices")
    assert "hold fewer than 20 rows of one kind" in told(found, "caution", "slices")


@pytest.mark.parametrize("level", ["good", "caution", "warning"])
def test_sentences_are_sentences(level: str) -> None:
    """They begin with a capital or a column's name, and end with a full stop."""
    late = np.arange(N) >= N // 2
    x = np.random.default_rng(7).normal(size=N) + late
    found = [one for one in findings(x, drawn(8, 3 * x * late)) if one.level == level]

    for one in found:
        assert one.text.endswith(".")
        assert "None" not in one.text
