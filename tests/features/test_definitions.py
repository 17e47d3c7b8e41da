"""Feature definitions: what is refused, and what a job that declares none gets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import (
    DecayedCount,
    Feature,
    Indicator,
    SessionSeconds,
    SinceSeconds,
    WindowCount,
    text_fields,
)


def read(**declared: Any) -> Feature:
    """Read one definition as the configuration does."""
    feature: Feature = msgspec.convert({"name": "f", **declared}, Feature)
    return feature


@pytest.mark.parametrize("feature", DEFAULT, ids=lambda feature: feature.name)
def test_every_definition_survives_being_written(feature: Feature) -> None:
    """A definition is data: what is written is read back as the same."""
    assert msgspec.json.decode(msgspec.json.encode(feature), type=Feature) == feature


def test_default_features_have_names_of_their_own() -> None:
    """The default set can be used as it is."""
    names = [feature.name for feature in DEFAULT]

    assert len(names) == len(set(names)) >= 60


def test_spans_are_read_in_milliseconds() -> None:
    """Durations are ISO 8601, `never` is told in seconds."""
    window = read(kind="window_count", types=["search"], width="PT1H", step="PT5M")
    decayed = read(kind="decayed_count", types=["search"], half_life="P7D")
    since = read(kind="since_seconds", types=["search"])

    assert isinstance(window, WindowCount)
    assert isinstance(decayed, DecayedCount)
    assert isinstance(since, SinceSeconds)
    assert (window.width_ms, window.step_ms) == (3_600_000, 300_000)
    assert decayed.half_life_ms == 7 * 86_400_000
    assert since.never_seconds == 365 * 86_400.0


@pytest.mark.parametrize(
    ("width", "step"), [("PT1H", "PT7M"), ("PT0S", "PT1M"), ("PT1M", "PT0S"), ("PT1M", "PT1H")]
)
def test_a_window_is_a_whole_number_of_steps(width: str, step: str) -> None:
    """The message tells both spans."""
    with pytest.raises(
        msgspec.ValidationError, match=f"multiple of `step`; got {width} and {step}"
    ):
        read(kind="window_count", types=["*"], width=width, step=step)


def test_a_half_life_is_positive() -> None:
    """Nothing fades in no time."""
    with pytest.raises(msgspec.ValidationError, match="`half_life` must be positive; got PT0S"):
        read(kind="decayed_count", types=["*"], half_life="PT0S")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"kind": "session_cuont"}, "session_cuont"),
        ({"kind": "session_seconds", "types": ["*"]}, "types"),
        ({"kind": "session_count"}, "types"),
        ({"kind": "property", "field": "colour"}, "colour"),
        ({"kind": "cart_value", "scale": "log2"}, "log2"),
        ({"kind": "window_count", "types": ["*"], "width": "1h", "step": "PT5M"}, "PT30M"),
    ],
)
def test_a_mistake_is_named(declared: dict[str, Any], said: str) -> None:
    """Unknown kinds, keys and values are refused by name."""
    with pytest.raises(msgspec.ValidationError, match=said):
        read(**declared)


def test_text_fields_are_those_that_indicators_look_at() -> None:
    """Each once, in order of mention; the type is no text field."""
    looked_at: list[Feature] = [
        Indicator(name="a", field="device", values=("mobile",)),
        SessionSeconds(name="b"),
        Indicator(name="c", field="type", values=("search",)),
        Indicator(name="d", field="channel", values=("web",)),
        Indicator(name="e", field="device", values=("desktop",)),
    ]

    assert text_fields(looked_at) == ("device", "channel")
    assert text_fields([]) == ()
