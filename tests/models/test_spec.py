"""The configuration of models: defaults, and ranges that are kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.models.spec import Churn, Intent


def test_defaults_are_those_of_the_semantics() -> None:
    """What is left out has the documented default."""
    assert Intent() == Intent(kind="newton", rows_per_session=1, mature=200, mature_positives=20)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("learning_rate", 0.0),
        ("learning_rate", 1.5),
        ("learning_rate", float("nan")),
        ("rows_per_session", 0),
        ("mature", -1),
        ("mature_positives", -1),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(key: str, value: float) -> None:
    """The message names the key, what it needs and what it got."""
    wrong: dict[str, Any] = {key: value}

    with pytest.raises(ValueError, match=f"`{key}` must be .*; got {value}"):
        Intent(**wrong)


def test_churn_has_the_defaults_of_the_semantics() -> None:
    """Everybody who does anything within 30 days is there; without `cancelled` no contract."""
    plain = Churn(
        kind="newton", mature=200, mature_positives=20, horizon="P30D", active=("*",),
        cancelled=(),
    )  # fmt: skip
    assert Churn() == plain
    assert (plain.horizon_ms, plain.types, plain.contract) == (30 * 86_400_000, ("*",), False)
    ended = Churn(cancelled=("bye",))
    assert (ended.types, ended.contract) == (("bye",), True)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"horizon": "PT0S"}, "`horizon` must be longer than zero; got PT0S"),
        ({"horizon": "30D"}, "a duration must look like"),
        ({"mature": -1}, "`mature` must be at least 0; got -1"),
        ({"active": ()}, "`active` must name the types"),
        ({"active": ("search",), "cancelled": ("bye",)}, "`active` has no meaning beside"),
    ],
)
def test_churn_that_cannot_be_told_is_refused(keys: dict[str, Any], said: str) -> None:
    """The message names the key and what it needs."""
    with pytest.raises(ValueError, match=said):
        Churn(**keys)


def test_unknown_keys_are_refused() -> None:
    """A misspelt key does not pass as a default."""
    with pytest.raises(msgspec.ValidationError, match="matur"):
        msgspec.convert({"matur": 5}, Intent)
