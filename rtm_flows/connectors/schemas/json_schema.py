"""JSON Schema: values that are JSON already, held against their schema.

In: a schema, then values. Out: the values as they are. Nothing is fetched: what a schema refers to
comes with it. What is no JSON is passed on, for parsers tell better what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec

from rtm_flows.connectors.schemas.misfit import MisfitError, extra
from rtm_flows.connectors.schemas.schema import Schema


def json_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """Return what lets through the values that fit a schema.

    Raises
    ------
    MisfitError
        If it is no schema; of what is returned, if a value does not fit it: the first column at
        fault and the rule that it breaks.
    ConfigError
        If jsonschema is not installed.
    """
    with extra():
        import jsonschema  # noqa: F401
    try:
        validator = _validator(schema)
    except Exception:  # whatever a parser finds wrong with it
        raise MisfitError from None

    def read(content: bytes) -> bytes:
        try:
            value = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return content
        try:
            error = next(iter(validator.iter_errors(value)), None)
        except Exception:  # a reference that leads nowhere, a pattern that is none
            raise MisfitError(None, ": it cannot be held against it") from None
        if error is None:
            return content
        raise MisfitError(_field(error), f": its rule `{error.validator}` is broken")

    return read


def _field(error: Any) -> str | None:
    """Return the column at fault by the schema's words: those of the value may be personal."""
    path = [str(part) for part in error.absolute_schema_path]
    return ".".join(name for rule, name in pairwise(path) if rule == "properties") or None


def _validator(schema: Schema) -> Any:
    from jsonschema.validators import Draft7Validator, validator_for
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    tree = msgspec.json.decode(schema.text)
    kind = validator_for(tree, default=Draft7Validator)
    kind.check_schema(tree)
    others = (
        (one.name, Resource.from_contents(msgspec.json.decode(one.text), DRAFT7))
        for one in schema.references
    )
    # With a registry of our own, nothing is fetched from the addresses that a schema names.
    return kind(tree, registry=Registry().with_resources(others))
