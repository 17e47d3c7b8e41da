"""The definition of a feature written in Python: plain, and told apart by what it declares."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from rtm_flows.errors import FeatureError
from rtm_flows.features.definitions import Feature, text_fields
from rtm_flows.features.describe import describe
from rtm_flows.features.own import Field
from rtm_flows.features.own.kind import Python
from tests.features.own.shop import Views

SHOP = "tests.features.own.shop"


def read(**keys: Any) -> Python:
    """Read a definition as the configuration does."""
    return msgspec.convert({"name": "n", **keys}, Python)


@pytest.mark.parametrize(
    "code",
    ["", "shop", "shop:", ":Views", "../shop:Views", "shop:Views()", "a b:C"],
)
def test_a_malformed_code_is_refused(code: str) -> None:
    """Nothing is imported for it, nor read from a path."""
    with pytest.raises(msgspec.ValidationError, match='`code` must be "module:Class"'):
        read(code=code)


@pytest.mark.parametrize(
    "value", [datetime.date(2026, 1, 1), float("nan"), (1, 2), b"x", object(), {1: "one"}]
)
def test_options_must_be_plain(value: Any) -> None:
    """What another process would read otherwise is refused."""
    with pytest.raises(msgspec.ValidationError, match="`options` must be text, numbers, true"):
        read(code="a:B", options={"key": value})


def test_the_definition_travels_as_plain_json() -> None:
    """As a worker process gets it."""
    made = read(code="a:B", options={"k": [1, 2.0, "x", True, {"y": []}]}, value="v")
    feature: Feature = msgspec.json.decode(msgspec.json.encode(made), type=Feature)

    assert feature == made
    assert type(feature) is Python
    assert [type(one) for one in feature.options["k"]] == [int, float, str, bool, dict]


def test_the_value_is_the_one_named_or_the_only_one() -> None:
    """Of several one must be named, and it must be there."""
    assert read(code=f"{SHOP}:Again").described == describe(read(code=f"{SHOP}:Again"))
    assert read(code=f"{SHOP}:Views", value="since").value_of(Views()) == "since"
    with pytest.raises(FeatureError, match=r"has several values; name one of them .* count, since"):
        read(code=f"{SHOP}:Views").described  # noqa: B018
    with pytest.raises(FeatureError, match="has no value 'cuont'; it has: count, since"):
        read(code=f"{SHOP}:Views", value="cuont").described  # noqa: B018


def test_the_texts_it_looks_at_are_read() -> None:
    """Beside those of other kinds, each once."""
    assert text_fields([read(code=f"{SHOP}:Again"), read(code=f"{SHOP}:Views")]) == ("device",)


CHANGES: list[dict[str, Any]] = [
    {"version": 2},
    {"fields": (Field("a", "i8", (), 0),)},
    {"fields": (Field("b", "i8", (), 0),)},
    {"fields": (Field("a", "i4", (), 0),)},
    {"fields": (Field("a", "i8", (2,), 0),)},
    {"fields": (Field("a", "i8", (), 1),)},
    {"types": (("purchase",),)},
    {"text": ("device",)},
]


def test_whatever_is_declared_tells_contracts_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, state, types and texts: a change of any is another contract."""
    feature = read(code=f"{SHOP}:Declares")
    found = {feature.contract}
    for change in CHANGES:
        with monkeypatch.context() as patch:
            patch.setattr("tests.features.own.shop.Declares.__init__", _declaring(change))
            found.add(feature.contract)

    assert len(found) == len(CHANGES) + 1


def _declaring(change: dict[str, Any]) -> Any:
    def declare(self: Any) -> None:
        self.version, self.values = 1, Views.values
        for name, value in change.items():
            setattr(self, name, value)

    return declare
