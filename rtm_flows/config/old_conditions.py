"""Conditions as they were written before there were rules, with what to write instead.

In: a configuration as plain mappings. Out: nothing, or an error that names the key and gives the
rules that mean the same. It refuses to know what else may be wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rtm_flows.errors import ConfigError

_SYMBOLS = {"at_least": ">=", "above": ">", "below": "<", "at_most": "<="}


def refuse_conditions(tree: Mapping[str, Any]) -> None:
    """Refuse the first list of conditions of an action or a slice.

    Raises
    ------
    ConfigError
        With its key, and the rules to write instead.

    Examples
    --------
    >>> old = {"name": "a", "when": [{"feature": "cart_value", "at_least": 20, "below": 50}]}
    >>> refuse_conditions({"actions": [old]})
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0].when: conditions are rules now: write eligible = \
['cart_value >= 20 and cart_value < 50'], or divide them among eligible, applicable and suitable
    """
    for at, action in _tables(tree, "actions"):
        if rules := _as_rules(action.get("when")):
            more = ", or divide them among eligible, applicable and suitable"
            _refuse(f"actions[{at}].when", f"eligible = {rules}{more}")
    for at, one in _tables(tree.get("learning"), "slices"):
        when = one.get("when")
        if any(isinstance(rule, Mapping) for rule in _listed(when)) and (rules := _as_rules(when)):
            _refuse(f"learning.slices[{at}].when", f"when = {rules}")


def _refuse(key: str, instead: str) -> None:
    msg = f"{key}: conditions are rules now: write {instead}"
    raise ConfigError(msg)


def _tables(tree: Any, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the tables of a list of tables with their places; what is none is not looked at."""
    for at, table in enumerate(_listed(tree.get(key) if isinstance(tree, Mapping) else None)):
        if isinstance(table, Mapping):
            yield at, table


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else []


def _as_rules(when: Any) -> str:
    """Return a list of conditions as a list of rules in TOML; empty if they are none."""
    rules = [when] if isinstance(when, str) else [_as_rule(one) for one in _listed(when)]
    told = ", ".join(f"'{rule}'" for rule in rules)
    return f"[{told}]" if rules and all(rules) else ""


def _as_rule(condition: Any) -> str:
    if isinstance(condition, str):
        return condition
    if not isinstance(condition, Mapping):
        return ""
    if types := _listed(condition.get("type")):
        told = ", ".join(f'"{one}"' for one in types)
        return f"type in [{told}]"
    name = condition.get("feature", condition.get("score", ""))
    bounds = [(_SYMBOLS[key], bound) for key, bound in condition.items() if key in _SYMBOLS]
    return " and ".join(f"{name} {symbol} {bound}" for symbol, bound in bounds)
