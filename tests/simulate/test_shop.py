"""The settings refuse what makes no shop."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.errors import ConfigError
from rtm_flows.simulate import Shop


@pytest.mark.parametrize(
    "setting",
    [
        {"people": 0},
        {"days": -1.0},
        {"days": float("nan")},
        {"seed": -1},
        {"visits_per_day": 25.0},
        {"duplicates": 1.1},
        {"late": -0.1},
        {"broken": 2.0},
        {"anonymous": float("nan")},
        {"disorder_ms": -1},
        {"start": "yesterday"},
        {"start": "2026-03-02T00:00:00"},
    ],
)
def test_a_value_out_of_range_is_refused_by_name(setting: dict[str, Any]) -> None:
    """The message names the setting and the value."""
    (name,) = setting
    with pytest.raises(ConfigError, match=rf"shop: {name} must be .*, got"):
        Shop(**setting)


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt key is an error, not a default."""
    with pytest.raises(msgspec.ValidationError, match="poeple"):
        msgspec.convert({"poeple": 3}, Shop)


def test_the_start_may_have_any_offset() -> None:
    """The same instant is the same start."""
    assert Shop(start="2026-03-02T01:00:00+01:00").start_ms == Shop().start_ms
