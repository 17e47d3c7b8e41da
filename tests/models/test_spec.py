"""The configuration of intent: defaults, and ranges that are kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.models.spec import Intent


def test_defaults_are_those_of_the_semantics() -> None:
    """What is left out has the documented default."""
    assert Intent() == Intent(
        learning_rate=0.01, rows_per_session=2, mature=200, mature_positives=20
    )


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


def test_unknown_keys_are_refused() -> None:
    """A misspelt key does not pass as a default."""
    with pytest.raises(msgspec.ValidationError, match="matur"):
        msgspec.convert({"matur": 5}, Intent)
