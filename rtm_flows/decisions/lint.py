"""The first mistake in a catalogue, with its place.

In: actions, and the names they may speak of. Out: the trees of their rules, or a `ConfigError` that
names the key. It refuses to know in which file the catalogue stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from rtm_flows.decisions.catalogue import NO_ACTION, Action
from rtm_flows.decisions.expressions.names import names_of_events
from rtm_flows.decisions.expressions.reading import read_rules
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.decisions.expressions.tree import Truth
from rtm_flows.errors import ConfigError
from rtm_flows.times import parse_duration

MOST = 1_000_000.0
"""Largest factor of a priority."""


def read_actions(
    actions: Sequence[Action],
    feature_names: Iterable[str],
    model_names: Iterable[str] = ("intent",),
    moment_names: Iterable[str] = (),
) -> list[tuple[Truth, ...]]:
    """Return the trees of each action's rules, or refuse what cannot mean what it says.

    Parameters
    ----------
    actions
        The catalogue, in declared order.
    feature_names
        Features that rules may look at.
    model_names
        Models whose scores rules may look at.
    moment_names
        Moments that rules may ask for as triggers.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `actions[2].eligible[0]`.

    Examples
    --------
    >>> read_actions([Action(name="help", suitable="veiws > 3")], ["views"])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0].suitable[0], column 1: unknown name 'veiws'; did \
you mean 'views'?
    """
    names = names_of_events(feature_names, model_names, moment_names)
    seen: dict[str, int] = {}
    trees = []
    for at, action in enumerate(actions):
        place = f"actions[{at}]"
        check_name(action.name, seen, place)
        seen[action.name] = at
        _check_factors(action, place)
        sources = [Source(f"{place}.{rule.key}", rule.text) for rule in action.rules]
        trees.append(read_rules(sources, names))
    return trees


def check_name(name: str, seen: Mapping[str, int], place: str) -> None:
    """Refuse a name that is empty, that of doing nothing, or taken by another of its list.

    Parameters
    ----------
    name
        What is to be called so.
    seen
        Places in the list of the names before it.
    place
        The key in the list, like `actions[2]`.

    Raises
    ------
    ConfigError
        If it cannot be the name.
    """
    if not name:
        refuse(f"{place}.name", "must not be empty")
    if name == NO_ACTION:
        refuse(f"{place}.name", f"{NO_ACTION!r} is the decision to do nothing; rename it")
    if name in seen:
        one = f"{place.partition('[')[0]}[{seen[name]}]"
        refuse(f"{place}.name", f"{name!r} is already the name of {one}")


def refuse(place: str, text: str, cause: Exception | None = None) -> NoReturn:
    """Refuse what stands at a place.

    Raises
    ------
    ConfigError
        Always.
    """
    msg = f"{place}: {text}"
    raise ConfigError(msg) from cause


def _check_factors(action: Action, place: str) -> None:
    if not isinstance(action.propensity, str) and not 0.0 <= action.propensity <= 1.0:
        text = f'must be "score", "1-score" or from 0 to 1; got {action.propensity}'
        refuse(f"{place}.propensity", text)
    for key in ("context_weight", "value", "levers"):
        factor = getattr(action, key)
        if not 0.0 <= factor <= MOST:
            refuse(f"{place}.{key}", f"must be from 0 to {MOST:.0f}; got {factor}")
    try:
        parse_duration(action.expires_after)
    except ValueError as error:
        refuse(f"{place}.expires_after", str(error), error)
