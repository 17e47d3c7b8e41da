"""The measurement of drift: what it prints is what happened."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.learning.drift import _delay, _false, main
from benchmarks.learning.rivals import beside, theirs
from benchmarks.learning.streams import KINDS, chances, new_model, rates, stream
from rtm_flows.models.drift import Drift
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.score import prior


@pytest.mark.parametrize("kind", KINDS)
def test_streams_have_the_rate_they_are_asked_for(kind: str) -> None:
    """Before the middle the rate is the one named; after it, double only if that is the drift."""
    x, labels = stream(kind, 0.1, 1, 20_000)

    assert len(x) == len(labels) == 20_000
    assert labels[:10_000].mean() == pytest.approx(0.11, abs=0.02)
    assert labels[10_000:].mean() == pytest.approx(
        0.2 if kind == "rate doubles" else 0.11, abs=0.02
    )


def test_chances_are_those_before_learning() -> None:
    """Each chance is what the model says when it has learned the examples before."""
    x, labels = stream("none", 0.3, 1, 40)
    one = new_model()
    expected = []
    for row, label in zip(x, labels.tolist(), strict=True):
        expected.append(one.predict(row))
        one.learn(row, label)

    assert chances(new_model(), x, labels) == pytest.approx(expected)


def test_rates_are_the_score_of_an_immature_model() -> None:
    """The running rate is the prior that the job serves."""
    labels = np.array([True, False, True, True])

    expected = [prior(0, 0), prior(1, 1), prior(2, 1), prior(3, 2)]
    assert rates(labels) == pytest.approx(expected, abs=1e-6)


def test_cells_count_alarms() -> None:
    """False alarms are counted a 100,000 examples, delays from the middle."""
    assert _false([[5], [], [7, 8]], [50_000] * 3) == "2.0"
    assert _delay([[3, 50, 60], [], [59]], [100] * 3) == "2/3, 6 (1 early)"
    assert _delay([[], []], [100] * 2) == "0/2"


def test_a_detector_of_river_is_fed_in_order() -> None:
    """A fall is no alarm of a detector that knows its mean."""

    class Falls:
        drift_detected = False
        estimation = 0.0

        def update(self, value: float) -> None:
            self.drift_detected = value != self.estimation
            self.estimation = value

    assert theirs(Falls)(np.array([0.0, 1.0, 1.0, 0.5, 2.0])) == [1, 4]


def test_the_default_sees_drifts_of_the_jobs_model_and_hardly_anything_else() -> None:
    """Abrupt drifts are seen within 1,000 examples; of a daily rhythm is alarmed once at most."""
    alarms: dict[str, list[list[int]]] = {"abrupt": [], "daily rhythm": []}
    for kind, found in alarms.items():
        for seed in range(1, 5):
            x, labels = stream(kind, 0.1, seed, 30_000)
            losses = beside(chances(new_model(), x, labels), labels)
            found.append(Drift(DriftRule()).add(losses))

    assert all(15_000 <= places[0] < 16_000 for places in alarms["abrupt"])
    assert sum(map(len, alarms["daily rhythm"])) <= 1


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A short run prints a row for each detector, twice, and one for each model and rate."""
    assert main(["--seeds", "1", "--shrink", "100"]) == 0

    tables = capsys.readouterr().out.strip().split("\n\n")
    assert [len(table.splitlines()) for table in tables] == [16, 16, 6]
    assert all(len({row.count("|") for row in table.splitlines()}) == 1 for table in tables)
