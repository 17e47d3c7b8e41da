"""Intent by the place in a session: nobody sees what they are asked, and all are judged alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rtm_flows as rtm
from benchmarks.learning import sessions
from benchmarks.learning.batch import logistic
from benchmarks.learning.session_rivals import diet, out_of_fold, past_only, running_rate
from benchmarks.learning.session_streams import STREAMS, Served, labelled, play
from rtm_flows.simulate import Shop

Capture = pytest.CaptureFixture[str]
SESSIONS = st.lists(st.integers(1, 9), min_size=1, max_size=20)


def rows_of(lengths: list[int], seed: int = 0) -> Served:
    """Return the rows of sessions of so many events, two in a row of one person, in turn.

    The features of a row are its person and when its label was known.
    """
    random = np.random.default_rng(seed)
    session = np.repeat(np.arange(len(lengths)), lengths)
    order = random.permutation(len(session))
    time = np.arange(len(session), dtype=np.float64)
    own = session[order]
    last = np.array([time[own == one].max(initial=0.0) for one in range(len(lengths))])
    bought = random.random(len(lengths)) < 0.5
    nth = np.array([np.count_nonzero(own[:at] == one) for at, one in enumerate(own)]) + 1
    return Served(
        position=nth,
        x=np.stack([own // 2, last[own] + 5.0], axis=1).astype(np.float64),
        labels=bought[own],
        score=np.full(len(own), 0.5),
        time=time,
        label_time=last[own] + 5.0,
        person=own // 2 + 1,
        session=own + 1,
    )


class Remembers:
    """A model whose chance of a row is 1 if it learned what it must not know, else 0."""

    def __init__(self, _: slice) -> None:
        self.people: set[float] = set()
        self.latest = -np.inf

    def fit(self, x: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Remembers:
        """Remember the people, and the last time at which a label was known."""
        assert len(x) == len(labels)
        self.people, self.latest = set(x[:, 0].tolist()), float(x[:, 1].max(initial=-np.inf))
        return self

    def predict_proba(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return whether the row's person was learned."""
        knew = np.array([person in self.people for person in x[:, 0].tolist()], dtype=np.float64)
        return np.stack([1.0 - knew, knew], axis=1)


class Latest(Remembers):
    """A model whose chance of a row is the last time at which it knew a label."""

    def predict_proba(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return that time, twice."""
        return np.full((len(x), 2), self.latest)


def test_diet_follows_the_place_alone() -> None:
    """All of the first place, half of the second, a tenth of the tenth: whatever the length."""
    rows = rows_of([1] * 500 + [20] * 500)
    fed = diet(rows)

    for place in (1, 2, 10):
        of_place = fed[rows.position == place]
        assert abs(of_place.mean() - 1 / place) <= 5 * np.sqrt((1 - 1 / place) / place / 500)
    assert diet(rows, 3)[rows.position <= 3].all()


@given(lengths=SESSIONS, seed=st.integers(0, 99))
def test_running_rate_knows_labels_when_they_come(lengths: list[int], seed: int) -> None:
    """The rate before a row is over the rows asked for whose labels were known before it."""
    rows = rows_of(lengths, seed)
    asked = rows.position <= 2

    rates = running_rate(rows, asked)

    for time, rate in zip(rows.time[asked], rates, strict=True):
        known = asked & (rows.label_time < time)
        positives = np.count_nonzero(rows.labels & known)
        assert rate == (positives + 1) / (np.count_nonzero(known) + 20)


def test_no_rival_out_of_fold_learns_from_the_person_asked_about() -> None:
    """A model that knows whom it learned from meets nobody again."""
    pytest.importorskip("sklearn")
    rows = rows_of([3] * 200)

    met = out_of_fold(Remembers, rows, rows.position > 0, rows.position == 2)

    assert len(met) == 200
    assert not met.any()


def test_a_rival_of_the_past_knows_no_later_label() -> None:
    """What it learned last was known before the row it is asked about."""
    rows = rows_of([3] * 200)
    asked = rows.position == 2

    latest = past_only(Latest, rows, rows.position > 0, asked)

    assert (latest < rows.time[asked]).all()
    assert np.count_nonzero(latest > 1.0) > 100


def test_a_rival_asked_too_early_has_the_running_rate() -> None:
    """With no label known nothing is learned."""
    rows = rows_of([2, 2])
    asked = rows.position == 1

    assert past_only(Latest, rows, asked, asked).tolist() == running_rate(rows, asked).tolist()


def test_rows_are_as_the_model_sees_them() -> None:
    """Rows without a label are left out; features come scaled as declared."""
    count = {"name": "session_events", "kind": "session_count", "types": ["*"]}
    job = rtm.load({
        "name": "shop", "actions": [],
        "features": [count, {**count, "name": "seen_as", "scale": "log1p"}],
    })  # fmt: skip
    events = [("1", "ann", 0), ("2", "ann", 10), ("3", "bob", 90), ("4", "bob", 91)]
    history = pl.DataFrame(
        [
            (i, who, "view_item", f"2026-03-02T10:{at % 60:02}:{at // 60:02}Z")
            for i, who, at in events
        ],
        schema=["id", "user_id", "type", "time"],
        orient="row",
    )
    later = history.tail(1).with_columns(id=pl.lit("5"), time=pl.lit("2026-03-02T12:00:00Z"))

    rows = labelled(job, rtm.replay(job, pl.concat([history, later])).features)

    assert sorted(rows.position.tolist()) == [1, 1, 2, 2]
    assert (rows.x[:, 1] == np.log1p(rows.x[:, 0])).all()
    assert (rows.label_time > rows.time).all()
    assert not rows.labels.any()


def test_streams_are_measured(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line for each number of events and each who predicts; what is not there is told."""
    monkeypatch.setattr("benchmarks.learning.session_streams.SHOP", Shop(people=40, days=1.0))

    assert sessions.main(["--data", str(tmp_path), "--one-pass", "--intent", "mature = 5"]) == 0

    done = capsys.readouterr()
    lines = done.out.removeprefix(sessions.HEAD).strip().splitlines()
    assert [line.split(" | ")[1] for line in lines] == [str(n) for n in (1, 1, 3, 3, 5, 5, 10, 10)]
    assert {line.split(" | ")[4] for line in lines} == {sessions.STREAM, "running rate, these rows"}
    assert done.err.count("skipped") == 1


@pytest.mark.slow
def test_batch_models_learn_from_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who will buy is better known than by chance, from other people and from the past."""
    pytest.importorskip("sklearn")
    monkeypatch.setattr("benchmarks.learning.session_streams.SHOP", Shop(people=400, days=1.0))
    rows = play(STREAMS[1], tmp_path, {}, tmp_path)
    assert rows is not None
    asked, fed = rows.position == 5, diet(rows)

    for chances in (out_of_fold(logistic, rows, fed, asked), past_only(logistic, rows, fed, asked)):
        came = rows.labels[asked]
        assert chances[came].mean() > chances[~came].mean()
