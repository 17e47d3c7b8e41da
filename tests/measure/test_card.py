"""The card: the same numbers as the report's, for tables of every kind."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.errors import ConfigError
from rtm_flows.measure.card import Card
from rtm_flows.measure.evaluate import Report, evaluate
from tests.measure.series import COLUMNS


def table(n: int = 600) -> pl.DataFrame:
    """Return a table with columns of every kind, and gaps."""
    random = np.random.default_rng(4)
    x = random.normal(size=n)
    return pl.DataFrame({
        "person": [f"p{i}@example.com" for i in range(n)],
        "x": [None if i % 7 == 0 else value for i, value in enumerate(x)],
        "visits": random.integers(0, 4, n),
        "channel": random.choice(["mail", "web", "shop"], n),
        "at": pl.Series(range(n), dtype=pl.Int32).cast(pl.Date),
        "member": random.random(n) < 0.5,
        "y": [None if i % 50 == 0 else bool(v > 0.3) for i, v in enumerate(x)],
    })  # fmt: skip


def carded(**arguments: object) -> tuple[Report, Card]:
    """Return the report of the table, and its card."""
    report = evaluate(table(), label="y", **arguments)  # type: ignore[arg-type]
    assert report.card is not None
    return report, report.card


def test_without_asking_there_is_no_card() -> None:
    """And no trace of it in the JSON; the figures are the same with it."""
    plain = evaluate(table(), label="y")
    report, _ = carded(card=True)

    assert plain.card is None
    assert b'"card"' not in msgspec.json.encode(plain)
    assert plain.quality == report.quality
    assert plain.baselines.items() <= report.baselines.items()


def test_the_parts_of_a_card_agree_with_the_report() -> None:
    """Curves end with the totals, bins and slices add up, margins are differences."""
    report, card = carded(card=True, exclude=["member"])
    found = report.quality.all

    last = card.curves["intent"][-1].running
    assert (last.roc_auc, last.log_loss, last.n) == (found.roc_auc, found.log_loss, found.n)
    assert set(card.curves) == {"intent", "prior", "river"}
    assert sum(part.n for part in card.calibration) == found.n
    for of in card.slices:
        assert sum(part.figures.n for part in of.slices) == found.n
    for name, margin in card.margins.items():
        apart = (report.baselines[name].all.log_loss or 0.0) - (found.log_loss or 0.0)
        assert margin.log_loss == pytest.approx(apart, abs=3e-6)
    assert card.excluded == ["member"]
    assert card.source is None
    assert card.settings
    assert card.versions["python"]


def test_columns_are_told_without_telling_of_anybody() -> None:
    """Kinds, gaps, and values; of what looks like an id, nothing."""
    _, card = carded(card=True, exclude=["member"])
    columns = {column.name: column for column in card.columns}

    assert [(c.name, c.kind, c.role) for c in card.columns] == [
        ("person", "text", "learned"),
        ("x", "number", "learned"),
        ("visits", "number", "learned"),
        ("channel", "text", "learned"),
        ("at", "time", "learned"),
        ("member", "yes or no", "left out"),
        ("y", "yes or no", "label"),
    ]
    assert columns["person"].id_like
    assert b"example.com" not in msgspec.json.encode(card)
    assert columns["x"].missing == sum(1 for i in range(600) if i % 7 == 0 and i % 50)
    assert columns["x"].quartiles is not None
    assert sum(rows for _, rows in columns["visits"].values) == 588
    assert columns["y"].alone is None


def test_plain_river_is_no_baseline_of_itself() -> None:
    """Its card compares it with what needs no learning."""
    report, card = carded(model="river", card=True)

    assert set(report.baselines) == set(card.margins) == {"prior", "last_label"}
    assert set(card.curves) == {"river", "prior"}


def test_slices_that_were_asked_for_are_a_card() -> None:
    """In the order asked for; a column that is not there is told before anything is learned."""
    seen: list[int] = []
    _, card = carded(slices=["member", "channel"], exclude=["member"])

    assert [of.column for of in card.slices] == [None, "member", "channel"]
    with pytest.raises(ConfigError, match="did you mean 'channel'"):
        carded(slices=["chanel"], progress=lambda done, _: seen.append(done))
    assert not seen


def test_progress_counts_both_models() -> None:
    """Rows learned of rows to learn."""
    seen: list[tuple[int, int]] = []

    carded(card=True, progress=lambda *done: seen.append(done))

    assert seen == [(500, 1_176), (588, 1_176), (1_088, 1_176), (1_176, 1_176)]


@settings(max_examples=40)
@given(COLUMNS, st.data())
def test_any_table_has_a_card(column: pl.Series, data: st.DataObject) -> None:
    """One row, one class, gaps throughout: what has no meaning is None, and the JSON is sound."""
    labels = data.draw(st.lists(st.booleans(), min_size=len(column), max_size=len(column)))
    frame = pl.DataFrame({"x": column, "y": labels})

    report = evaluate(frame, label="y", card=True)

    assert report == msgspec.json.decode(msgspec.json.encode(report), type=Report)
