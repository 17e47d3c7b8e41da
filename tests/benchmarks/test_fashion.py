"""The benchmark of the fashion shop: what it prints is measured, and bounded by the truth."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.fashion import main, roc_auc


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    """Counted over all pairs, ties by half."""
    dice = np.random.default_rng(1)
    score, label = dice.integers(0, 9, 80).astype(float), dice.random(80) < 0.3
    pairs = score[label][:, None] - score[~label][None, :]

    assert roc_auc(score, label) == pytest.approx((np.sign(pairs) / 2 + 0.5).mean())


def test_the_truth_is_found_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    """The job is better than chance, the truth better than the job, and the intent tells most."""
    main(["--people", "400", "--days", "16"])
    out = capsys.readouterr().out
    intent = re.search(r"all events .* job (\S+), best .* (\S+), knowing the intent (\S+)", out)
    churn = re.search(r"churn, .* job (\S+), the true chance (\S+)", out)

    assert intent is not None
    assert churn is not None
    job, seen, known = (float(auc) for auc in intent.groups())
    assert 0.5 < job < seen < known
    assert float(churn[1]) < float(churn[2])
    assert "visits that buy" in out
    assert "without any action" in out
