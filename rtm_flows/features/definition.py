"""What all feature definitions share: name and scale, and how a wrong span is refused.

In: values of a table `[[features]]`. Out: nothing, or an error that names the key. It knows no
kind of feature.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.times import parse_duration

Scale = Literal["none", "log1p"]
Field = Literal["price", "quantity", "amount"]


class Definition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A feature's name, and how models see it."""

    name: str
    scale: Scale = "none"


def check_half_life(half_life: str | None) -> None:
    """Refuse a half-life that is not positive; None is none.

    Raises
    ------
    ValueError
        If it is no duration, or zero.
    """
    if half_life is not None and parse_duration(half_life) <= 0:
        msg = f"`half_life` must be positive; got {half_life}"
        raise ValueError(msg)


def check_never(never: str) -> None:
    """Refuse a `never` that is not positive.

    Raises
    ------
    ValueError
        If it is no duration, or zero.
    """
    if parse_duration(never) <= 0:
        msg = f"`never` must be positive; got {never}"
        raise ValueError(msg)
