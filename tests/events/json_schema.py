"""A validator of JSON Schema, as small as the schemas of the tracking plan allow.

In: a schema and a value. Out: whether the value is valid. A keyword that it does not know is an
error, so that nothing passes for want of a test.
"""

from __future__ import annotations

import re
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "null": (type(None),),
    "object": (dict,),
}  # fmt: skip
_ABOUT = {"$schema", "$defs", "title", "description", "default"}


def is_valid(schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None) -> bool:
    """Tell whether a value is valid; `$ref` leads into the `$defs` of the root."""
    root = schema if root is None else root
    return all(
        _holds(key, wanted, value, root) for key, wanted in schema.items() if key not in _ABOUT
    )


def _holds(key: str, wanted: Any, value: Any, root: dict[str, Any]) -> bool:
    match key:
        case "$ref":
            return is_valid(root["$defs"][wanted.removeprefix("#/$defs/")], value, root)
        case "anyOf":
            return any(is_valid(one, value, root) for one in wanted)
        case "type":
            return isinstance(value, _KINDS[wanted]) and not isinstance(value, bool)
        case "const":
            return bool(value == wanted)
        case "pattern":
            return not isinstance(value, str) or re.search(wanted, value) is not None
        case "minLength":
            return not isinstance(value, str) or len(value) >= wanted
        case "minimum" | "maximum":
            return not isinstance(value, int | float) or _within(key, wanted, value)
        case "required":
            return not isinstance(value, dict) or set(wanted) <= set(value)
        case "properties":
            return not isinstance(value, dict) or all(
                is_valid(one, value[name], root) for name, one in wanted.items() if name in value
            )
    msg = f"the keyword {key!r} is not known here"
    raise KeyError(msg)


def _within(key: str, bound: float, value: float) -> bool:
    return value >= bound if key == "minimum" else value <= bound
