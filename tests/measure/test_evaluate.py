"""Evaluate: what counts as a label, a number, a text; what is refused; and the figures asked for.

Real tables are read where they are there, in ../shared/data beside the repository.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rtm_flows.errors import ConfigError, InputError
from rtm_flows.measure.evaluate import evaluate
from rtm_flows.measure.examples import examples_of
from rtm_flows.models.named import MODELS, model_named

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SHOP = pl.DataFrame({
    "views": [3, None, 7, 1] * 50,
    "bounced": [True, False, None, True] * 50,
    "at": [dt.date(2026, 3, 2), None, dt.date(2026, 3, 3), dt.date(2026, 3, 4)] * 50,
    "channel": ["mail", "web", None, "shop"] * 50,
    "bought": ["Yes", "no", None, "no"] * 50,
})  # fmt: skip


def test_a_column_is_learned_by_its_type() -> None:
    """Numbers, booleans and times are numbers; texts are texts; unlabelled rows are left out."""
    rows = examples_of(SHOP, "bought")

    assert (rows.number_names, rows.text_names) == (["views", "bounced", "at"], ["channel"])
    assert rows.numbers.shape == (150, 3)
    assert np.isnan(rows.numbers[1]).tolist() == [True, False, True]
    assert rows.labels[:3] == [True, False, False]
    assert (rows.positive, rows.unlabelled) == ("Yes", 50)


@pytest.mark.parametrize(
    ("values", "positive", "expected"),
    [
        ([True, False], None, [True, False]),
        ([1, 0], None, [True, False]),
        ([0.0, 1.0], None, [False, True]),
        (["YES", "NO"], None, [True, False]),
        (["yes", "later"], None, [True, False]),
        (["left", "stayed"], "left", [True, False]),
        (["left", "stayed"], "STAYED", [False, True]),
        (["no", "no"], None, [False, False]),
        ([2, 1], "2", [True, False]),
    ],
)
def test_what_is_positive(values: list[object], positive: str | None, expected: list[bool]) -> None:
    """Yes, true and 1 unless another value is named, whatever the case of its letters."""
    frame = pl.DataFrame({"x": [1, 2], "y": values})

    assert examples_of(frame, "y", positive).labels == expected


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"label": "brought"}, ConfigError, "no column 'brought'; did you mean 'bought'?"),
        ({"label": "zzz"}, ConfigError, "columns are: 'views', 'bounced'"),
        ({"label": "bought", "exclude": ["vews"]}, ConfigError, "did you mean 'views'?"),
        ({"label": "views"}, ConfigError, "at most two values; got 3: '1', '3', '7'"),
        ({"label": "bought", "positive": "maybe"}, ConfigError, "never 'maybe'; its values are"),
        ({"label": "bought", "model": "chrun"}, ConfigError, "did you mean 'churn'?"),
        ({"label": "bought", "model": "x"}, ConfigError, "known models: churn, intent, river"),
        (
            {"label": "bought", "exclude": ["views", "bounced", "at", "channel"]},
            InputError,
            "no column is left",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    arguments: dict[str, object], error: type[Exception], text: str
) -> None:
    """Each mistake is told with what would have been right."""
    with pytest.raises(error, match=text.replace("?", r"\?")):
        evaluate(SHOP, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (pl.DataFrame(), "no rows"),
        (pl.DataFrame({"x": [], "y": []}), "no rows"),
        (pl.DataFrame({"x": [1], "y": [None]}), "no row has a label"),
        (pl.DataFrame({"x": [1, 2], "y": ["a", "b"]}), "which value of label 'y' is positive"),
        (pl.DataFrame({"x": [1, 2], "y": [[1], [2]]}), "which is no label"),
        (pl.DataFrame({"x": [[1], [2]], "y": [0, 1]}), "'x' holds List"),
    ],
)
def test_tables_that_hold_nothing_to_learn(frame: pl.DataFrame, text: str) -> None:
    """Rows, labels of two values, and plain columns are needed."""
    with pytest.raises((ConfigError, InputError), match=text):
        evaluate(frame, label="y")


@pytest.mark.parametrize("model", MODELS)
def test_every_model_learns_and_reports(model: str) -> None:
    """A label that hangs on a number is found; baselines stand beside it."""
    random = np.random.default_rng(1)
    x = random.normal(size=1_000)
    seen: list[tuple[int, int]] = []
    frame = pl.DataFrame({"x": x, "y": random.random(1_000) < 1 / (1 + np.exp(-2 * x))})

    report = evaluate(frame, label="y", model=model, progress=lambda *done: seen.append(done))

    assert seen == [(500, 1_000), (1_000, 1_000)]
    assert (report.quality.all.n, report.quality.last_80.n) == (1_000, 800)
    assert (report.quality.all.roc_auc or 0.0) > 0.8
    prior = report.baselines["prior"].all
    assert (report.quality.all.log_loss or 9.0) < (prior.log_loss or 0.0)
    assert set(report.baselines) == {"prior", "last_label"}


def test_the_label_of_a_row_does_not_reach_its_chance() -> None:
    """A model that could see the label would be right at once: coins stay coins."""
    random = np.random.default_rng(8)
    frame = pl.DataFrame({"x": random.normal(size=4_000), "y": random.random(4_000) < 0.5})

    low, high = evaluate(frame, label="y").quality.all.roc_auc_95 or (0.0, 0.0)

    assert low < 0.5 < high


def test_plain_river_is_rivers_pipeline() -> None:
    """On numbers alone it gives what River's own pipeline gives."""
    from river import linear_model, optim, preprocessing

    random = np.random.default_rng(6)
    x = random.normal(3.0, 2.0, (200, 2))
    labels = (x[:, 0] > 3.0).tolist()
    pipeline = preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.01))
    expected = []
    for row, y in zip(x.tolist(), labels, strict=True):
        named = dict(zip(("a", "b"), row, strict=True))
        expected.append(pipeline.predict_proba_one(named)[True])
        pipeline.learn_one(named, y)

    model = model_named("river", ["a", "b"], [])

    np.testing.assert_allclose(
        model.learn_rows(x, np.zeros((200, 0), np.uint64), labels), expected, rtol=1e-9
    )


SETS = {
    "online_shoppers": (
        "online_shoppers/online_shoppers_intention.csv.gz",
        {"label": "Revenue", "exclude": ["PageValues"]},
        0.75,
    ),
    "online_shoppers_page_values": (
        "online_shoppers/online_shoppers_intention.csv.gz",
        {"label": "Revenue"},
        0.90,
    ),
    "telco_churn": (
        "telco_churn_ibm/wa_churn.csv",
        {"label": "churn", "exclude": ["rownames"], "model": "churn"},
        0.837,
    ),
    "bank_marketing": (
        "bank_marketing/bank-full_first_rows_clean.csv.gz",
        {"label": "y", "exclude": ["duration"], "delimiter": ";"},
        0.68,
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_real_tables_reach_their_figures(name: str) -> None:
    """ROC AUC and calibration asked for, in one pass, in the order of the file."""
    file, arguments, least = SETS[name]
    if not (DATA / file).exists():
        pytest.skip(f"needs the data set {file} in ../shared/data")

    report = evaluate(DATA / file, **arguments)  # type: ignore[arg-type]

    assert (report.quality.all.roc_auc or 0.0) >= least
    assert (report.quality.all.ece or 1.0) <= 0.03
