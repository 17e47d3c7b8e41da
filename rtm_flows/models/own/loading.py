"""Loading: from the name of a class in a module to a model.

In: `module:Class` and its options. Out: the model. Code is looked for only where Python itself
looks for modules, as for features of one's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import reduce
from typing import Any

from rtm_flows.errors import FeatureError, ModelError
from rtm_flows.features.own.loading import blame, module_of
from rtm_flows.models.own.contract import OwnModel


def load_class(code: str) -> type[OwnModel]:
    """Return the class that a name stands for.

    Raises
    ------
    ModelError
        If there is no such module or class, or it is no model.
    """
    module, _, name = code.partition(":")
    try:
        found: object = reduce(getattr, name.split("."), module_of(module))
    except FeatureError as error:
        raise ModelError(str(error)) from None
    except AttributeError:
        msg = f"module {module} has no {name}; check `code`"
        raise ModelError(msg) from None
    if not isinstance(found, type) or not issubclass(found, OwnModel):
        msg = (
            f"{code} is no model: it must be a class made from rtm_flows.models.own.OwnModel; got "
            f"{found!r}"
        )
        raise ModelError(msg)
    return found


def load_model(code: str, options: Mapping[str, Any], features: Sequence[str]) -> OwnModel:
    """Make a model that has learned nothing.

    Raises
    ------
    ModelError
        If there is no such class, or it cannot be made.
    """
    found = load_class(code)
    try:
        return found(list(features), **deepcopy(dict(options)))
    except Exception as error:
        msg = f"{code} cannot be made with options {dict(options)}: {blame(error, code)}"
        raise ModelError(msg) from error
