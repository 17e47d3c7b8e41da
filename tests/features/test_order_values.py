"""What customers are worth, as features: the models' numbers at every row."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.features import order_kinds as kinds
from rtm_flows.features.bgnbd import expected_purchases
from rtm_flows.features.definitions import Feature, text_fields
from rtm_flows.features.order_values import order_values
from rtm_flows.features.orders import History
from rtm_flows.rounding import round6
from rtm_flows.times import DAY
from tests.cdnow import PUBLISHED

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
EXPECTED: dict[str, Any] = {"kind": "expected_purchases", **CDNOW, "horizon": "P273D"}
START = 10_000 * DAY


def read(**declared: Any) -> Feature:
    """Read one definition as the configuration does."""
    feature: Feature = msgspec.convert({"name": "f", **declared}, Feature)
    return feature


def values(feature: Feature, days: list[tuple[int, int, int]]) -> list[float]:
    """Return a feature of people with so many occasions, last and now so many days after the first.

    The first order came at 18:00, the last at 12:00 and now is 6:00.
    """
    assert isinstance(feature, kinds.OrderKind)
    occasions, last, now = np.array(days, dtype=np.int64).reshape(-1, 3).T
    some, quarter = occasions > 0, DAY // 4
    history = History(
        orders=occasions,
        occasions=occasions,
        amount=occasions * 2_000,
        first=np.where(some, START + 3 * quarter, -1),
        last=np.where(some, START + last * DAY + 2 * quarter, -1),
    )
    found: list[float] = order_values(feature, history, START + now * DAY + quarter).tolist()
    return found


CUSTOMERS = st.tuples(st.integers(1, 9), st.integers(0, 300), st.integers(0, 99)).map(
    lambda one: (one[0], one[1] * (one[0] > 1), one[1] * (one[0] > 1) + one[2])
)


@given(st.lists(CUSTOMERS, max_size=9))
def test_expectations_are_those_of_whole_days(days: list[tuple[int, int, int]]) -> None:
    """x, t_x and T in whole steps, alike or not, each as if it were alone."""
    feature = read(**EXPECTED)
    columns = np.array(days, dtype=np.float64).reshape(-1, 3).T
    x, t_x, age = columns[0] - 1, columns[1] / 7, columns[2] / 7
    wanted = round6(expected_purchases(PUBLISHED, x, t_x, age, 39.0)).tolist()

    assert values(feature, days) == wanted
    assert [values(feature, [one])[0] for one in days] == wanted


def test_before_the_first_order_nothing_is_expected() -> None:
    """Neither alive nor buying; but of a first order's value something is known."""
    nobody = [(0, 0, 5)]

    assert values(read(**EXPECTED), nobody) == [0.0]
    assert values(read(kind="p_alive", **CDNOW), nobody) == [0.0]
    assert values(read(kind="first_order_seconds"), nobody) == [0.0]
    assert values(read(kind="last_order_seconds", never="PT9S"), nobody) == [9.0]
    assert values(read(kind="expected_spend", p=6.25, q=3.74, v=15.44), nobody) == [35.218978]


def test_one_time_buyers_are_always_alive() -> None:
    """So that P(alive) puts them before everybody who came back."""
    assert values(read(kind="p_alive", **CDNOW), [(1, 0, 300), (3, 200, 300)]) == [1.0, 0.65841]


def test_the_unit_is_that_of_alpha() -> None:
    """The same parameters by the day and by the week, but for a last digit of alpha."""
    daily = {**EXPECTED, "alpha": 4.414 * 7, "unit": "P1D"}

    assert values(read(**daily), [(4, 200, 230)]) == values(read(**EXPECTED), [(4, 200, 230)])


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"kind": "p_alive", **CDNOW, "alpha": 0}, "`alpha` must be positive and finite; got 0"),
        ({"kind": "p_alive", **CDNOW, "unit": "PT0S"}, "`unit` must be positive; got PT0S"),
        ({**EXPECTED, "a": -1}, "`a` must be positive and finite"),
        ({**EXPECTED, "horizon": "PT0S"}, "`horizon` must be positive; got PT0S"),
        ({**EXPECTED, "unit": "PT1S"}, "`horizon` must be at most 1000 times alpha"),
        ({"kind": "expected_spend", "p": 1, "q": 1, "v": 1}, "`q` must be above 1"),
        ({"kind": "order_count", "step": "PT0S"}, "`step` must be positive; got PT0S"),
        ({"kind": "order_count", "once_per": "day"}, "day"),
        ({"kind": "last_order_seconds", "never": "PT0S"}, "`never` must be positive"),
        ({"kind": "expected_purchases", **CDNOW}, "horizon"),
    ],
)
def test_a_mistake_is_named(declared: dict[str, Any], said: str) -> None:
    """Parameters, spans and choices that cannot be meant."""
    with pytest.raises(msgspec.ValidationError, match=said):
        read(**declared)


def test_transactions_are_looked_at_where_they_count_once() -> None:
    """And only there: a field that nobody uses is not read."""
    assert text_fields([read(kind="order_count")]) == ("transaction_id",)
    assert text_fields([read(kind="order_count", once_per="event")]) == ()
