"""Loading: from the name of a class in a module to a feature that can be computed.

In: `module:Class` and its options. Out: the feature, its declarations checked. This is the one
place of the pure rooms that runs code which a configuration names, so it looks only where Python
itself looks for modules: nothing is read from beside a configuration, downloaded or unpacked.
"""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Mapping
from copy import deepcopy
from functools import reduce
from types import ModuleType
from typing import Any

import msgspec

from rtm_flows.errors import FeatureError
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.features.own.contract_checks import check_contract

_CODE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_code(code: str) -> None:
    """Refuse what is no `module:Class`; nothing is imported.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not _CODE.fullmatch(code):
        msg = f'`code` must be "module:Class", as "shop_features:Coupons"; got {code!r}'
        raise ValueError(msg)


def check_plain(options: Mapping[str, Any]) -> None:
    """Refuse options that do not come back the same from JSON.

    Every process reads them from there: what comes back another would compute another thing.

    Raises
    ------
    ValueError
        If they hold anything else than text, numbers, booleans, and lists and tables of these.
    """
    try:
        plain = msgspec.json.decode(msgspec.json.encode(options))
    except (TypeError, OverflowError, msgspec.MsgspecError):
        plain = None
    if plain != options:
        msg = "`options` must be text, numbers, true or false, and lists and tables of these"
        raise ValueError(msg)


def load_feature(code: str, options: Mapping[str, Any]) -> OwnFeature:
    """Make the feature that a class is, with its options.

    Parameters
    ----------
    code
        `module:Class`; the module must be importable as `import module` is.
    options
        Given to the class as keyword arguments.

    Raises
    ------
    FeatureError
        If there is no such module or class, if either fails, or its declarations do not fit.
    """
    module, _, name = code.partition(":")
    found = _attribute(module_of(module), name)
    if not isinstance(found, type) or not issubclass(found, OwnFeature):
        msg = (
            f"{code} is no feature: it must be a class made from "
            f"rtm_flows.features.own.OwnFeature or ByEvent; got {found!r}"
        )
        raise FeatureError(msg)
    try:
        made = found(**deepcopy(dict(options)))
    except Exception as error:
        msg = f"{code} cannot be made with options {dict(options)}: {blame(error, code)}"
        raise FeatureError(msg) from error
    try:
        check_contract(made)
    except FeatureError as error:
        msg = f"{code}: {error}"
        raise FeatureError(msg) from None
    return made


def blame(error: BaseException, code: str) -> str:
    """Return an error of foreign code in one phrase, with the line of its module that led there."""
    frames = traceback.extract_tb(error.__traceback__)
    file = getattr(sys.modules.get(code.partition(":")[0]), "__file__", None)
    own = [frame for frame in frames if frame.filename == file]
    at = "".join(f" ({one.filename}, line {one.lineno})" for one in (own or frames)[-1:])
    return f"{type(error).__name__}: {error}{at}"


def module_of(name: str) -> ModuleType:
    """Import a module from where Python looks for modules.

    Raises
    ------
    FeatureError
        If it is not there, or fails.
    """
    try:
        return importlib.import_module(name)
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and (name == missing or name.startswith(f"{missing}.")):
            msg = (
                f"there is no module {missing} where Python looks for modules; install it, or put "
                f"its folder on the path: PYTHONPATH=FOLDER rtm ..."
            )
            raise FeatureError(msg) from None
        msg = f"module {name} cannot be imported: {blame(error, name)}"
        raise FeatureError(msg) from error


def _attribute(module: ModuleType, name: str) -> object:
    try:
        return reduce(getattr, name.split("."), module)
    except AttributeError:
        made = [n for n, one in vars(module).items() if _is_feature(one, module)]
        features = ", ".join(made) or "none"
        msg = (
            f"module {module.__name__} ({module.__file__}) has no {name}; its features: {features}"
        )
        raise FeatureError(msg) from None


def _is_feature(one: object, module: ModuleType) -> bool:
    return (
        isinstance(one, type) and issubclass(one, OwnFeature) and one.__module__ == module.__name__
    )
