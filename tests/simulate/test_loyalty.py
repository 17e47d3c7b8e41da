"""Loyalty: people differ in how often they come, some leave, and the shop stays as busy."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rtm_flows.models.ranking import roc_auc
from rtm_flows.simulate import Shop, Truth
from rtm_flows.simulate.loyalty import busy, leanings, leave, shares, shyness
from tests.simulate.conftest import lines_of
from tests.simulate.reader import Reading, read

DAY = 86_400_000
DRAWS = 100_000


@pytest.fixture(scope="module")
def month() -> tuple[Reading, Truth]:
    """Read four clean weeks of a shop without logins, so that a key is a person."""
    shop = Shop(people=300, days=28, duplicates=0, late=0, broken=0, anonymous=1.0, seed=4)
    data, truth = lines_of(shop)
    return read(data), truth


def dice() -> np.random.Generator:
    """Return a fresh source of draws."""
    return np.random.Generator(np.random.PCG64(5))


def ranked(score: list[float], came: list[bool]) -> float:
    """Return the area under the curve of whole scores."""
    counts = np.zeros((2, int(max(score)) + 1), dtype=np.int64)
    np.add.at(counts, (np.array(came, dtype=np.int64), np.array(score, dtype=np.int64)), 1)
    return roc_auc(counts[0], counts[1]) or 0.0


def test_recency_and_frequency_tell_who_comes_again(month: tuple[Reading, Truth]) -> None:
    """After three weeks, days with a visit and hours since the last rank those of the fourth."""
    events = list(month[0].events.values())
    cut = min(event["ms"] for event in events) + 21 * DAY
    days: dict[str, set[int]] = {}
    last: dict[str, int] = {}
    for event in events:
        if event["ms"] < cut:
            days.setdefault(event["key"], set()).add(event["ms"] // DAY)
            last[event["key"]] = max(last.get(event["key"], 0), event["ms"])
    again = {event["key"] for event in events if event["ms"] >= cut}
    came = [key in again for key in days]

    assert ranked([len(days[key]) for key in days], came) > 0.7
    assert ranked([21 * 24 - (cut - last[key]) // 3_600_000 for key in days], came) > 0.8


def test_people_leave_for_good_and_others_follow(month: tuple[Reading, Truth]) -> None:
    """Visits do not get fewer; as time goes, those are left who are not likely to leave."""
    reading, truth = month
    begun = min(event["ms"] for event in reading.events.values())
    visits = {event["session_id"]: event["ms"] for event in reading.events.values()}
    weeks = Counter((ms - begun) // (7 * DAY) for ms in visits.values())

    assert 0.85 < weeks[3] / weeks[0] < 1.15
    assert 300 < truth.people <= 300 + truth.left
    assert 0.01 < truth.left / truth.visits < 0.04


def test_nobody_leaves_an_empty_shop() -> None:
    """Without a visit there is no last one."""
    assert lines_of(Shop(people=9, visits_per_day=0.0))[1].left == 0


def test_sundays_are_busier_than_fridays(month: tuple[Reading, Truth]) -> None:
    """The rhythm of the week shows, and leaves the mean as it is."""
    weekdays = Counter(event["ms"] // DAY % 7 for event in month[0].events.values())

    assert weekdays[3] > weekdays[1]  # 1970-01-01 was a Thursday
    assert sum(busy(day) for day in range(7)) == pytest.approx(7.0)


def test_some_come_often_and_most_seldom() -> None:
    """Shares add up to one; the busiest tenth makes over a quarter of the visits, none too many."""
    share = np.sort(shares(dice(), DRAWS))

    assert share.sum() == pytest.approx(1.0)
    assert share[-DRAWS // 10 :].sum() > 0.25
    assert share[0] > 0.0
    assert share[-1] * DRAWS < 7.0


def test_a_purchase_binds_and_an_open_case_drives_away() -> None:
    """One in twenty leaves after a visit: half as many buyers, three times those with a case."""
    rng = dice()
    leaning = leanings(rng, DRAWS)
    no, yes = np.zeros(DRAWS, dtype=np.bool_), np.ones(DRAWS, dtype=np.bool_)
    plain, bound, driven = (
        leave(rng, leaning, *how).mean() for how in ((no, no), (yes, no), (no, yes))
    )

    assert plain == pytest.approx(0.05, abs=0.004)
    assert bound == pytest.approx(plain / 2, abs=0.003)
    assert driven == pytest.approx(plain * 3, abs=0.02)


@pytest.mark.parametrize("mean", [0.0, 0.35, 1.0])
def test_most_people_log_in_always_or_never(mean: float) -> None:
    """The mean is the setting."""
    chances = shyness(dice(), DRAWS, mean)

    assert chances.mean() == pytest.approx(mean, abs=0.01)
    assert ((chances < 0.1) | (chances > 0.9)).mean() > 0.5
