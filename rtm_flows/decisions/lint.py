"""The first mistake in a catalogue, with its place.

In: actions, and the names they may speak of. Out: nothing, or a `ConfigError` that names the
key. It refuses to know in which file the catalogue stands.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Sequence
from typing import NoReturn

from rtm_flows.decisions.catalogue import NO_ACTION, Action, Condition
from rtm_flows.errors import ConfigError
from rtm_flows.models.spec import NAMES
from rtm_flows.times import parse_duration

MOST = 1_000_000.0
"""Largest factor of a priority."""


def check_actions(
    actions: Sequence[Action],
    feature_names: Collection[str],
    model_names: Collection[str] = ("intent",),
) -> None:
    """Refuse a catalogue that cannot mean what it says.

    Parameters
    ----------
    actions
        The catalogue, in declared order.
    feature_names
        Features that conditions may test.
    model_names
        Models whose scores conditions may test.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `actions[2].when[0].feature`.

    Examples
    --------
    >>> wrong = Action(name="help", when=(Condition(feature="veiws", above=3),))
    >>> check_actions([wrong], ["views"])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0].when[0].feature: unknown name 'veiws'; did you \
mean 'views'?
    """
    seen: dict[str, int] = {}
    for at, action in enumerate(actions):
        place = f"actions[{at}]"
        _check_name(action.name, seen, place)
        seen[action.name] = at
        _check_factors(action, place)
        for number, condition in enumerate(action.when):
            known = feature_names if condition.score is None else model_names
            _check_condition(condition, known, f"{place}.when[{number}]")


def _check_name(name: str, seen: dict[str, int], place: str) -> None:
    if not name:
        _refuse(f"{place}.name", "must not be empty")
    if name == NO_ACTION:
        _refuse(f"{place}.name", f"{NO_ACTION!r} is the decision to do nothing; rename it")
    if name in seen:
        _refuse(f"{place}.name", f"{name!r} is already the name of actions[{seen[name]}]")


def _check_factors(action: Action, place: str) -> None:
    if not isinstance(action.propensity, str) and not 0.0 <= action.propensity <= 1.0:
        text = f'must be "score", "1-score" or from 0 to 1; got {action.propensity}'
        _refuse(f"{place}.propensity", text)
    for key in ("context_weight", "value", "levers"):
        factor = getattr(action, key)
        if not 0.0 <= factor <= MOST:
            _refuse(f"{place}.{key}", f"must be from 0 to {MOST:.0f}; got {factor}")
    try:
        parse_duration(action.expires_after)
    except ValueError as error:
        _refuse(f"{place}.expires_after", str(error), error)


def _check_condition(condition: Condition, known: Collection[str], place: str) -> None:
    subjects = ("feature", "score", "type")
    given = [key for key in subjects if getattr(condition, key) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        _refuse(place, f"must name one of feature, score, type; got {got}")
    bounds = condition.bounds
    if condition.type is not None:
        if not condition.type or bounds:
            _refuse(f"{place}.type", "must be a list of event types, and nothing beside it")
        return
    name = condition.score or condition.feature or ""
    if name not in known:
        unknown = _unknown(name, known)
        if condition.score in NAMES:
            unknown += f" Or declare the model: [models.{name}]"
        _refuse(f"{place}.{given[0]}", unknown)
    if not bounds:
        _refuse(place, f"{name!r} is compared with nothing; add at_least, below, ...")
    for key, value in bounds:
        if not math.isfinite(value):
            _refuse(f"{place}.{key}", f"must be a finite number; got {value}")
    if _is_empty(condition):
        _refuse(place, f"can never hold: {condition.text}")


def _is_empty(condition: Condition) -> bool:
    """Tell whether no number satisfies all comparisons."""
    given = dict(condition.bounds)
    least = max(given.get("at_least", -math.inf), given.get("above", -math.inf))
    most = min(given.get("at_most", math.inf), given.get("below", math.inf))
    strict = given.get("above") == least or given.get("below") == most
    return least > most or (least == most and strict)


def _unknown(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    hint = f"; did you mean {near[0]!r}?" if near else "; none is declared"
    return f"unknown name {name!r}{hint}"


def _refuse(place: str, text: str, cause: Exception | None = None) -> NoReturn:
    msg = f"{place}: {text}"
    raise ConfigError(msg) from cause
