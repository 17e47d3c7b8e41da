"""Orders and what they are worth: the rows of section 4 about customers, one kind a class.

In: the accepted events of one person. Out: values with that event counted. All orders are kept;
the expectations are the papers' own formulas, with scipy's hypergeometric function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scipy.special import hyp2f1

from .job import matches
from .records import Event
from .rounding import rounded
from .times import duration

REMEMBERED = 16


class Orders:
    """The orders of one person, as one feature counts them."""

    def __init__(self, types: Sequence[str], step: int, once: bool) -> None:
        self.types, self.step, self.once = types, step, once
        self.times: list[int] = []
        self.amount = 0
        self.ids: list[str] = []

    def take(self, event: Event, t: int) -> None:
        """Count the event if it tells an order that was not told before."""
        if not matches(self.types, event.type):
            return
        order = event.text.get("transaction_id") if self.once else None
        if order is not None:
            if order in self.ids[-REMEMBERED:]:
                return
            self.ids.append(order)
        self.times.append(t)
        self.amount += event.amount

    @property
    def occasions(self) -> list[int]:
        """The cells with an order."""
        return sorted({time // self.step for time in self.times})


Read = Callable[[Orders, int], float]


class OrderFeature:
    """One feature: the orders, and how a value is read off them."""

    def __init__(self, spec: Mapping[str, Any], read: Read) -> None:
        types = spec.get("types", ["purchase", "order_completed"])
        once = spec.get("once_per", "transaction") == "transaction"
        self.orders = Orders(types, duration(spec.get("step", "P1D")), once)
        self.read = read

    def take(self, moment: Any) -> float:
        """Fold the event in and return the value with it counted."""
        self.orders.take(moment.event, moment.t)
        return self.read(self.orders, moment.t)


def order_feature(spec: Mapping[str, Any]) -> OrderFeature:
    """Return a fresh feature for a declaration of these kinds."""
    readings: dict[str, Read] = {
        "order_count": lambda orders, _: len(orders.times),
        "occasion_count": lambda orders, _: len(orders.occasions),
        "order_value": lambda orders, _: orders.amount / 100,
        "first_order_seconds": lambda orders, t: (
            (t - orders.times[0]) / 1000 if orders.times else 0
        ),
        "last_order_seconds": lambda orders, t: _since_last(orders, t, spec),
        "p_alive": lambda orders, t: _p_alive(orders, t, spec),
        "expected_purchases": lambda orders, t: _expected_purchases(orders, t, spec),
        "expected_spend": lambda orders, _: _expected_spend(orders, spec),
    }
    return OrderFeature(spec, readings[spec["kind"]])


def _since_last(orders: Orders, t: int, spec: Mapping[str, Any]) -> float:
    never = duration(spec.get("never", "P365D")) / 1000
    return min((t - orders.times[-1]) / 1000, never) if orders.times else never


def _history(orders: Orders, t: int, spec: Mapping[str, Any]) -> tuple[int, float, float]:
    """Return x, t_x and T, the last two in units."""
    cells, unit = orders.occasions, duration(spec.get("unit", "P7D"))
    spans = cells[-1] - cells[0], t // orders.step - cells[0]
    return len(cells) - 1, spans[0] * orders.step / unit, spans[1] * orders.step / unit


def _alive(orders: Orders, t: int, spec: Mapping[str, Any]) -> float:
    x, t_x, age = _history(orders, t, spec)
    if x == 0:
        return 1.0
    r, alpha, a, b = (spec[name] for name in ("r", "alpha", "a", "b"))
    return float(1 / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)))


def _p_alive(orders: Orders, t: int, spec: Mapping[str, Any]) -> float:
    return rounded(_alive(orders, t, spec)) if orders.times else 0.0


def _expected_purchases(orders: Orders, t: int, spec: Mapping[str, Any]) -> float:
    if not orders.times:
        return 0.0
    x, _, age = _history(orders, t, spec)
    r, alpha, a, b = (spec[name] for name in ("r", "alpha", "a", "b"))
    horizon = duration(spec["horizon"]) / duration(spec.get("unit", "P7D"))
    quiet = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    while_alive = (a + b + x - 1) / (a - 1) * (1 - quiet * series)
    return rounded(_alive(orders, t, spec) * float(while_alive))


def _expected_spend(orders: Orders, spec: Mapping[str, Any]) -> float:
    p, q, v = (spec[name] for name in ("p", "q", "v"))
    spent = max(orders.amount / 100, 0.0)
    return rounded(p * (v + spent) / (p * len(orders.occasions) + q - 1))


KINDS: Mapping[str, Callable[[Mapping[str, Any]], OrderFeature]] = dict.fromkeys(
    (
        "order_count", "occasion_count", "order_value", "first_order_seconds",
        "last_order_seconds", "p_alive", "expected_purchases", "expected_spend",
    ),
    order_feature,
)  # fmt: skip
"""Kind -> what remembers it."""
