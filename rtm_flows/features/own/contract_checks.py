"""Whether what a feature written in Python declares can be what it means.

In: a feature that was made. Out: nothing, or an error that names the attribute, what was wanted and
what it is. It does not run the feature: `rtm_flows.testing.check_feature` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rtm_flows.errors import FeatureError
from rtm_flows.events.field_names import TEXT_FIELDS
from rtm_flows.features.definition import Description
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.people.maps import MapField
from rtm_flows.people.state import Field

DTYPES = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
"""The types that state may have, as numpy writes them; all are kept as the bytes they are."""


def check_contract(feature: OwnFeature) -> None:
    """Refuse a feature whose declarations do not fit the contract.

    Raises
    ------
    FeatureError
        At the first mistake; the text starts with the attribute.
    """
    # What foreign code declares may be of any type, whatever the annotations say.
    foreign: Any = feature
    for mistake in _mistakes(foreign):
        raise FeatureError(mistake)


def _mistakes(feature: Any) -> Iterator[str]:
    missing = [name for name in ("version", "values") if not hasattr(feature, name)]
    if missing:
        yield f"`{missing[0]}` is missing: every feature declares `version` and `values`"
    if type(feature.version) is not int or feature.version < 1:
        yield f"`version` must be a whole number from 1; got {feature.version!r}"
    yield from _of_values(feature.values)
    for name in ("types", "fields", "maps", "text"):
        if not isinstance(getattr(feature, name), tuple | list):
            yield f"`{name}` must be a tuple, `()` where there is none"
    for types in feature.types:
        if not isinstance(types, tuple) or not types or not _all_text(types):
            yield f'`types` must hold tuples of event types, as (("purchase",),); got {types!r}'
    for name in feature.text:
        if name not in TEXT_FIELDS:
            yield f"`text` must hold text fields of events; got {name!r}"
    for field in feature.fields:
        yield from _of_field(field)
    for one in feature.maps:
        yield from _of_map(one)
    for which, declared in (("fields", feature.fields), ("maps", feature.maps)):
        names = [field.name for field in declared]
        if len(set(names)) < len(names):
            yield f"`{which}` must have different names; got {', '.join(names)}"


def _of_values(values: Any) -> Iterator[str]:
    wanted = '{"share": Description(unit="share", range="[0, 1]", meaning="...")}'
    if not isinstance(values, Mapping) or not values:
        yield f"`values` must name at least one value, as {wanted}; got {values!r}"
        return
    for name, said in values.items():
        described = isinstance(said, Description) and len(said) and all(said)
        if not isinstance(name, str) or not name or not described or not _all_text(said):
            yield f"`values` must describe each value, as {wanted}; got {name!r}: {said!r}"


def _of_field(field: Any) -> Iterator[str]:
    wanted = 'Field("seen", "i8", (), 0): name, type, shape, first value'
    if not isinstance(field, Field):
        yield f"`fields` must hold {wanted}; got {field!r}"
        return
    yield from _of_type("fields", field)
    try:
        # Through numpy and back: 300 is no "i1", and half is no integer.
        fits = np.array(field.first).astype(field.dtype).item() == field.first
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        yield f"`fields`: the first value of {field.name} must fit {field.dtype}; got {field.first}"


def _of_map(field: Any) -> Iterator[str]:
    if not isinstance(field, MapField):
        yield f'`maps` must hold MapField("counts", "i8", ()): name, type, shape; got {field!r}'
        return
    yield from _of_type("maps", field)


def _of_type(which: str, field: Any) -> Iterator[str]:
    if not isinstance(field.name, str) or not field.name:
        yield f"`{which}` must have names; got {field.name!r}"
    if field.dtype not in DTYPES:
        yield (
            f"`{which}`: the type of {field.name} must be one of {', '.join(DTYPES)}: state is "
            f"kept as plain numbers; got {field.dtype!r}"
        )
    tail = field.tail
    if not isinstance(tail, tuple) or not all(type(n) is int and n > 0 for n in tail):
        yield f"`{which}`: the shape of {field.name} must be fixed, as () or (24,); got {tail!r}"


def _all_text(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) and value for value in values)
