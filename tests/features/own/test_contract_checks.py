"""What a feature declares is checked before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest

from rtm_flows.errors import FeatureError
from rtm_flows.features.own import Description, Field, MapField
from rtm_flows.features.own.contract_checks import DTYPES, check_contract
from tests.features.own.shop import SAID, Again, Declares, Unversioned, Views

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"version": 0}, "`version` must be a whole number from 1; got 0"),
    ({"version": "2"}, "`version` must be a whole number from 1; got '2'"),
    ({"version": True}, "`version` must be a whole number from 1; got True"),
    ({"values": {}}, "`values` must name at least one value"),
    ({"values": ["x"]}, "`values` must name at least one value"),
    ({"values": {"x": "things"}}, "`values` must describe each value"),
    ({"values": {"": SAID}}, "`values` must describe each value"),
    ({"values": {"x": Description("", "[0, 1]", "no unit")}}, "`values` must describe each value"),
    ({"types": "purchase"}, "`types` must be a tuple"),
    ({"types": ("purchase",)}, "`types` must hold tuples of event types"),
    ({"types": ((),)}, "`types` must hold tuples of event types"),
    ({"text": ("colour",)}, "`text` must hold text fields of events; got 'colour'"),
    ({"text": "coupon"}, "`text` must be a tuple"),
    ({"fields": ("seen",)}, "`fields` must hold Field("),
    ({"fields": (Field("a", "O", (), 0),)}, "the type of a must be one of ?, i1"),
    ({"fields": (Field("a", "U5", (), 0),)}, "the type of a must be one of ?, i1"),
    ({"fields": (Field("a", "i8", (-1,), 0),)}, "the shape of a must be fixed"),
    ({"fields": (Field("", "i8", (), 0),)}, "`fields` must have names"),
    ({"fields": (Field("a", "i1", (), 300),)}, "the first value of a must fit i1; got 300"),
    ({"fields": (Field("a", "i8", (), 0.5),)}, "the first value of a must fit i8; got 0.5"),
    ({"fields": (Field("a", "u8", (), -1),)}, "the first value of a must fit u8; got -1"),
    ({"fields": (Field("a", "i8", (), 0),) * 2}, "`fields` must have different names; got a, a"),
    ({"maps": ("a",)}, "`maps` must hold MapField("),
    ({"maps": (MapField("a", "O"),)}, "`maps`: the type of a must be one of"),
    ({"maps": (MapField("a", "i8"),) * 2}, "`maps` must have different names; got a, a"),
]


@pytest.mark.parametrize(("declared", "said"), WRONG)
def test_a_wrong_declaration_is_refused(declared: dict[str, Any], said: str) -> None:
    """Each with the attribute, what it must be, and what it is."""
    with pytest.raises(FeatureError) as refused:
        check_contract(Declares(**declared))

    assert said in str(refused.value)


def test_a_missing_declaration_is_refused() -> None:
    """By its name."""
    with pytest.raises(FeatureError, match="`version` is missing"):
        check_contract(Unversioned())


def test_sound_declarations_are_taken() -> None:
    """All types of state, any fixed shape, maps and texts."""
    every = tuple(Field(f"f{at}", dtype, (2, 3), 1) for at, dtype in enumerate(DTYPES))

    for feature in (Views(), Again(), Declares(fields=every, types=(("!", "purchase"), ("*",)))):
        check_contract(feature)
