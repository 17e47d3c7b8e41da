"""What all feature definitions share: name and scale, words for people, and the check of a span.

In: values of a table `[[features]]`. Out: nothing, or an error that names the key. It knows no
kind of feature.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from rtm_flows.times import parse_duration

Scale = Literal["none", "log1p"]
Field = Literal["price", "quantity", "amount"]


class Definition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A feature's name, and how models see it.

    Attributes
    ----------
    name
        Unique among the features; what rules and outputs call it.
    scale
        What models see of it: the value as it is, or ln(1 + value), below 0 taken for 0.
    """

    name: str
    scale: Scale = "none"


class Description(NamedTuple):
    """Unit, range (an interval), and meaning in one phrase."""

    unit: str
    range: str
    meaning: str


def check_span(key: str, text: str | None) -> None:
    """Refuse a duration that is not positive; None is none.

    Raises
    ------
    ValueError
        If it is no duration, or zero.
    """
    if text is not None and parse_duration(text) <= 0:
        msg = f"`{key}` must be positive; got {text}"
        raise ValueError(msg)
