"""Feature definitions of customers without a contract: recency, frequency, money, and their worth.

In: tables `[[features]]` of the configuration. Out: frozen records, one class a kind, each of
which tells which orders it counts. Nothing here computes: `rtm_flows.features.order_values` does.
Section 4 of docs/semantics.md is their meaning, docs/customer-value.md their use.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rtm_flows.features import bgnbd, gamma_gamma
from rtm_flows.features.bgnbd import BgNbd
from rtm_flows.features.definition import Definition, check_span
from rtm_flows.features.gamma_gamma import GammaGamma
from rtm_flows.times import parse_duration

LONGEST_HORIZON = 1_000
"""Of `expected_purchases`, in multiples of `alpha`: a longer one takes tens of thousands of terms
for whoever has just become a customer, and nobody knows that far ahead."""


class Counted(NamedTuple):
    """Which orders are counted, and what makes an occasion; features alike share their state."""

    types: tuple[str, ...]
    step_ms: int
    once: bool


class OrderKind(Definition, frozen=True, kw_only=True):
    """What all of them have: the orders they look at, over the person's whole life.

    Attributes
    ----------
    types
        Events that tell an order.
    step
        Orders in one cell of this length (days in UTC) are one occasion.
    once_per
        `transaction`: of orders with one `transaction_id` the first counts; `event`: all count.
    """

    types: tuple[str, ...] = ("purchase", "order_completed")
    step: str = "P1D"
    once_per: Literal["transaction", "event"] = "transaction"

    def __post_init__(self) -> None:
        """Refuse a step that is not positive."""
        check_span("step", self.step)

    @property
    def counted(self) -> Counted:
        """Which orders are counted."""
        return Counted(self.types, parse_duration(self.step), self.once_per == "transaction")


class OrderCount(OrderKind, frozen=True, kw_only=True, tag="order_count"):
    """Orders so far, this event included."""


class OccasionCount(OrderKind, frozen=True, kw_only=True, tag="occasion_count"):
    """Occasions so far: cells of `step` with an order."""


class OrderValue(OrderKind, frozen=True, kw_only=True, tag="order_value"):
    """Sum of the amounts of all orders so far, in currency units."""


class FirstOrderSeconds(OrderKind, frozen=True, kw_only=True, tag="first_order_seconds"):
    """Seconds since the first order; 0 before it."""


class LastOrderSeconds(OrderKind, frozen=True, kw_only=True, tag="last_order_seconds"):
    """Seconds since the latest order, this event included; at most `never`.

    Attributes
    ----------
    never
        ISO 8601 duration: the most that is answered, also where there was none.
    """

    never: str = "P365D"

    def __post_init__(self) -> None:
        """Refuse a `never` or `step` that is not positive."""
        super().__post_init__()
        check_span("never", self.never)

    @property
    def never_seconds(self) -> float:
        """The most to answer, in seconds."""
        return parse_duration(self.never) / 1000.0


class PAlive(OrderKind, frozen=True, kw_only=True, tag="p_alive"):
    """Probability that the person still is a customer (BG/NBD), by parameters found in batch.

    `alpha` is in units of `unit`.

    Attributes
    ----------
    r, alpha, a, b
        Parameters of BG/NBD, above 0, found in batch over the same orders.
    unit
        ISO 8601 duration that `alpha` counts in.
    """

    r: float
    alpha: float
    a: float
    b: float
    unit: str = "P7D"

    def __post_init__(self) -> None:
        """Refuse parameters that are not positive and finite."""
        super().__post_init__()
        check_span("unit", self.unit)
        bgnbd.check_parameters(self.parameters)

    @property
    def parameters(self) -> BgNbd:
        """The four parameters."""
        return BgNbd(self.r, self.alpha, self.a, self.b)

    @property
    def unit_ms(self) -> int:
        """The unit of time in milliseconds."""
        return parse_duration(self.unit)


class ExpectedPurchases(PAlive, frozen=True, kw_only=True, tag="expected_purchases"):
    """Occasions to expect within `horizon` (BG/NBD), by parameters found in batch.

    Attributes
    ----------
    horizon
        ISO 8601 duration to look ahead, at most 1,000 times `alpha`.
    """

    horizon: str

    def __post_init__(self) -> None:
        """Refuse what `p_alive` refuses, and a horizon beyond all that is known."""
        super().__post_init__()
        check_span("horizon", self.horizon)
        if self.horizon_units > LONGEST_HORIZON * self.alpha:
            msg = (
                f"`horizon` must be at most {LONGEST_HORIZON} times alpha ({self.alpha} x"
                f" {self.unit}); got {self.horizon}: is `alpha` in units of `unit`?"
            )
            raise ValueError(msg)

    @property
    def horizon_units(self) -> float:
        """The horizon in units of `unit`."""
        return parse_duration(self.horizon) / self.unit_ms


class ExpectedSpend(OrderKind, frozen=True, kw_only=True, tag="expected_spend"):
    """Mean spend at an occasion to expect (Gamma-Gamma), in currency units, as `v` is.

    Attributes
    ----------
    p, q, v
        Parameters of Gamma-Gamma, found in batch over the same orders: above 0, `q` above 1.
    """

    p: float
    q: float
    v: float

    def __post_init__(self) -> None:
        """Refuse parameters out of their range."""
        super().__post_init__()
        gamma_gamma.check_parameters(self.parameters)

    @property
    def parameters(self) -> GammaGamma:
        """The three parameters."""
        return GammaGamma(self.p, self.q, self.v)
