"""Own features as parts: computed as the built-in kinds are, and held to their contract."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given

from rtm_flows.errors import FeatureError
from rtm_flows.features.compute import Features
from rtm_flows.features.definitions import Feature
from tests.features.test_compute import Worker, read
from tests.people.passes import START, Told, answers, cut_streams, everywhere

SHOP = "tests.features.own.shop"
KINDS: list[dict[str, Any]] = [
    {"name": "count", "kind": "python", "code": f"{SHOP}:Views", "value": "count"},
    {"name": "builtin", "kind": "lifetime_count", "types": ["view_item"]},
    {"name": "since", "kind": "python", "code": f"{SHOP}:Views", "value": "since"},
    {"name": "again", "kind": "python", "code": f"{SHOP}:Again"},
    {
        "name": "searches", "kind": "python", "code": f"{SHOP}:Views", "value": "count",
        "options": {"view": "search"},
    },
    {"name": "slow_count", "kind": "python", "code": f"{SHOP}:ViewsByEvent", "value": "count"},
    {"name": "slow_since", "kind": "python", "code": f"{SHOP}:ViewsByEvent", "value": "since"},
]  # fmt: skip


def one_by_one(events: list[Told]) -> list[list[float]]:
    """Return what the features of this page mean, told the plain way."""
    counts: dict[tuple[int, str], int] = {}
    latest: dict[int, int] = {}
    texts: dict[tuple[int, str | None], int] = {}
    found = []
    for one in events:
        since = (one.time - latest[one.person]) / 1000.0 if one.person in latest else 1e6
        again = texts.get((one.person, one.text), 0)
        counts[one.person, one.type] = counts.get((one.person, one.type), 0) + 1
        texts[one.person, one.text] = again + 1
        if one.type == "view_item":
            latest[one.person] = one.time
        views, searches = (counts.get((one.person, t), 0) for t in ("view_item", "search"))
        since = min(since, 1e6)
        found.append([views, views, since, again, searches, views, since])
    return found


@given(cut_streams())
def test_own_features_are_computed_as_built_in_kinds_are(
    case: tuple[list[Told], list[int]],
) -> None:
    """By columns or by event, with columns or maps of state, for any cutting into passes."""
    events, cuts = case

    for cutting in (cuts, everywhere(events), []):
        worker = Worker(read(KINDS))
        assert np.array_equal(
            np.array(answers(events, cutting, worker.people, worker.take)).reshape(-1, len(KINDS)),
            np.array(one_by_one(events), dtype=np.float64).reshape(-1, len(KINDS)),
        )


def test_values_of_one_class_are_computed_once() -> None:
    """With the same options they share their state; with others they do not."""
    twice = [*KINDS, {**KINDS[0], "name": "more"}]

    fields = [field.name for field in Features(read(twice), ()).fields]
    assert fields == [field.name for field in Features(read(KINDS), ()).fields]
    assert len(set(fields)) == len(fields)
    assert [name for name in fields if name.startswith("own_")] == [
        "own_0_count", "own_0_before_time", "own_2_count", "own_2_before_time",
        "own_3_count", "own_3_before",
    ]  # fmt: skip


def returned(what: str) -> list[float]:
    """Return the column that a feature makes of three events, as the job has it."""
    declared = {"name": "odd", "kind": "python", "code": f"{SHOP}:Returns"}
    worker = Worker(read([{**declared, "options": {"what": what}}]))
    events = [Told(1, START + at) for at in range(3)]
    return [float(x) for x in np.array(answers(events, [], worker.people, worker.take)).ravel()]


BROKEN = {
    "nothing": "columns() must return a mapping by value; got NoneType",
    "another": "columns() must return 'x'; got ['y']",
    "list": "'x' must be a numpy column of numbers; got list",
    "text": "'x' must be a numpy column of numbers; got <U1",
    "short": "'x' must have one number a row, shape (3,); got (2,)",
    "wide": "'x' must have one number a row, shape (3,); got (3, 1)",
    "nan": "finite and below 1e+300; got nan at the view_item of 2026-01-01T00:00:00.002Z (1 of 3",
    "inf": "'x' must be finite and below 1e+300; got inf at the view_item of",
    "large": "'x' must be finite and below 1e+300; got -1e+301 at the view_item of",
    "keys": "keys() must be asked for a field declared in `text`; got 'device'",
    "raise": "failed in a pass of 3 rows: KeyError: 'undeclared'",
    "mask": "failed in a pass of 3 rows: KeyError: ('purchase',)",
    "text field": "failed in a pass of 3 rows: KeyError: 'device'",
    "writes events": "ValueError: assignment destination is read-only",
    "writes rows": "ValueError: assignment destination is read-only",
    "writes sessions": "ValueError: assignment destination is read-only",
}


@pytest.mark.parametrize(("what", "said"), BROKEN.items())
def test_a_broken_contract_is_told(what: str, said: str) -> None:
    """With the code, what was wanted, and what was got or raised: the job stops there."""
    with pytest.raises(FeatureError) as found:
        returned(what)

    assert f"{SHOP}:Returns" in str(found.value)
    assert said in str(found.value)


def test_a_fault_is_told_with_its_line() -> None:
    """The line of the user's own module, however deep below it was raised."""
    with pytest.raises(FeatureError, match=r"\(.*own.shop\.py, line \d+\)"):
        returned("raise")


@pytest.mark.parametrize(
    ("what", "value"),
    [("bools", 1.0), ("float32", 0.1), ("digits", 0.333333), ("uint8", 250.0)],
)
def test_columns_become_plain_numbers(what: str, value: float) -> None:
    """Of any numeric type, with at most 6 decimals."""
    assert returned(what) == [value] * 3


def test_what_a_job_has_else_is_not_shown() -> None:
    """A mask or sum of another feature is not there to be used by chance."""
    features: list[Feature] = msgspec.convert(
        [
            {"name": "n", "kind": "session_count", "types": ["purchase"]},
            {
                "name": "odd", "kind": "python", "code": f"{SHOP}:Returns",
                "options": {"what": "mask"},
            },
        ],
        list[Feature],
    )  # fmt: skip
    worker = Worker(features)

    assert ("purchase",) in worker.features.types
    with pytest.raises(FeatureError, match="KeyError"):
        answers([Told(1, START)], [], worker.people, worker.take)
