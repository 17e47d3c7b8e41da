"""What is said to be true is true of the events: as often as the chances say."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from rtm_flows.simulate import Fashion, simulate_fashion
from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.course import AWAY, course_of
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.truth import AWAY_MS, TruthFile, VisitsTable
from rtm_flows.simulate.fashion.world import World
from tests.simulate.fashion.conftest import Told

Floats = NDArray[np.float64]
# Of 1,000,000 such sums, one is further from its mean by chance.
FAR = 4.9


def as_often_as_said(chance: Floats, came: NDArray[np.bool_]) -> bool:
    """Tell whether, in each part of equal chance, things came as often as was said."""
    order = np.argsort(chance, kind="stable")
    for part in np.array_split(order, 10):
        said, spread = chance[part].sum(), math.sqrt((chance[part] * (1 - chance[part])).sum())
        if abs(came[part].sum() - said) > FAR * spread + 1e-9:
            return False
    return True


@pytest.fixture(scope="module")
def visits(told: Told) -> pl.DataFrame:
    """Return the truth about the visits of three weeks."""
    table = VisitsTable()
    for _ in World(told.shop, watchers=(table,)).run():
        pass
    return pl.DataFrame(table.take())


def test_visits_are_those_of_the_lines(told: Told, visits: pl.DataFrame) -> None:
    """The truth knows each visit, when it began, and whether it bought."""
    named = {f"s{one['person']:x}.{one['visit']:x}": one for one in visits.to_dicts()}
    bought = {event["session_id"] for event in told.of("purchase")}

    assert set(named) == {event["session_id"] for event in told.events if "session_id" in event}
    assert bought == {name for name, one in named.items() if one["bought"]}


def test_visits_buy_and_people_leave_as_often_as_said(visits: pl.DataFrame) -> None:
    """In every tenth of the visits, from those that hardly ever do to those that often do."""
    web = visits.filter(~pl.col("store"))

    assert as_often_as_said(web["chance_to_buy"].to_numpy(), web["bought"].to_numpy())
    assert as_often_as_said(visits["leave_chance"].to_numpy(), visits["left"].to_numpy())


def test_chances_at_every_event_are_true(told: Told) -> None:
    """For who knows the intent, and for who weighs it by what is seen, at the third event."""
    moments = course_of(told.shop)
    third = moments[(moments["step"] != AWAY) & (moments["number"] == 2)]
    third = third[third["step"] != c.BUY]
    bought = third["buys_at"] < NEVER

    assert as_often_as_said(third["chance"], bought)
    assert as_often_as_said(third["seen"], bought)
    assert third["chance"].std() > third["seen"].std() > 0.02


def test_people_stay_away_as_often_as_said() -> None:
    """Where nobody is written to, the chance of not coming within five days is exact."""
    table = VisitsTable()
    shop = Fashion(people=900, days=21, seed=9, messages=False)
    for _ in World(shop, watchers=(table,)).run():
        pass
    visits = pl.DataFrame(table.take()).with_columns(
        next=pl.col("start").shift(-1).over("person", order_by="visit")
    )
    known = visits.filter(pl.col("end") + AWAY_MS < shop.end_ms)
    away = (pl.col("next") - pl.col("end") > AWAY_MS).fill_null(value=True)

    assert as_often_as_said(
        known["away_chance"].to_numpy(), known.select(away).to_series().to_numpy()
    )
    assert len(known) > 3_000


def test_who_left_is_not_seen_again(told: Told, visits: pl.DataFrame) -> None:
    """No visit, login or purchase follows the visit after which somebody left."""
    gone = {f"u{one}": end for one, end in visits.filter("left").select("person", "end").rows()}
    seen = 0
    for event in told.events:
        if "session_id" in event and event.get("user_id") in gone:
            # What is told of a login is told a moment after it.
            last = np.datetime64(gone[event["user_id"]] + 100, "ms")
            assert np.datetime64(event["time"].removesuffix("Z")) <= last
            seen += 1
    assert seen > 100


def test_the_truth_is_a_file_with_the_settings_in_it(tmp_path: Path) -> None:
    """One row a visit, by start; of the settings all else can be computed again."""
    shop = Fashion(people=80, days=6, seed=2)
    paths = [tmp_path / name for name in ("one.parquet", "many.parquet")]
    for path, at_once in zip(paths, (40_000, 40), strict=True):
        file = TruthFile(path, shop)
        written = simulate_fashion(shop, lambda _: None, watchers=(file,), visits_a_slice=at_once)
        file.close()
    one, many = (pl.read_parquet(path) for path in paths)

    assert one.equals(many)
    assert len(one) == written.visits
    assert one["start"].is_sorted()
    assert set(one["intent"]) == set(c.INTENTS)
    settings = pl.read_parquet_metadata(paths[0])["fashion"]
    assert msgspec.json.decode(settings, type=Fashion) == shop
