"""Hypothesis strategies for rules: texts of expressions, random in all that they may be made of.

A strategy is made once of the same words: making it takes longer than drawing from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.lint import read_actions
from rtm_flows.errors import ConfigError

THRESHOLDS = st.sampled_from(["0", "1", "2", "5.0", "10", "19.98", "-1", "0.5", "1e3"])
CHANCES = st.sampled_from(["0.05", "0.090909", "0.3", "0.5", "0.6"])
ORDERED = st.sampled_from(["<", "<=", ">", ">="])
SYMBOLS = st.one_of(ORDERED, st.sampled_from(["==", "!="]))
Texts = st.SearchStrategy[str]


class Words(NamedTuple):
    """What rules may be made of.

    Attributes
    ----------
    exact
        Names of numbers that two implementations agree on to the last bit: they may be computed
        with, and compared with each other.
    rough
        Names of numbers that may differ in the last bits: they are compared with constants.
    scores
        Names of scores; as rough as those.
    types
        Types of events.
    """

    exact: tuple[str, ...] = ()
    rough: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@cache
def rules(words: Words) -> Texts:
    """Return one rule, as text."""

    def joined(part: Texts) -> Texts:
        return st.one_of(
            st.builds("({} and {})".format, part, part),
            st.builds("({} or\n {})".format, part, part),
            st.builds("not ({})".format, part),
            st.builds("{} and {} and {}".format, part, part, part).map("({})".format),
        )

    return st.recursive(st.one_of(*comparisons(words)), joined, max_leaves=4)


def comparisons(words: Words) -> list[Texts]:
    """Return the comparisons that these words allow."""
    found: list[Texts] = []
    if words.scores:
        found.append(st.builds("{} {} {}".format, st.sampled_from(words.scores), ORDERED, CHANCES))
    if words.rough:
        found.append(
            st.builds("{} {} {}".format, st.sampled_from(words.rough), ORDERED, THRESHOLDS)
        )
    if words.exact:
        names = st.sampled_from(words.exact)
        number = numbers(names)
        listed = st.lists(THRESHOLDS, min_size=1, max_size=3).map(", ".join)
        inside = st.sampled_from(["in", "not in"])
        found += [
            st.builds("{} {} {}".format, names, SYMBOLS, THRESHOLDS),
            st.builds("{} {} {}".format, number, SYMBOLS, st.one_of(number, THRESHOLDS)),
            st.builds("0 {} {} {} {}".format, SYMBOLS, number, ORDERED, THRESHOLDS),
            st.builds("{} {} [{}]".format, number, inside, listed),
        ]
    if words.types:
        types = st.lists(st.sampled_from(words.types), min_size=1, max_size=3, unique=True)
        quoted = types.map(lambda types: ", ".join(f"'{one}'" for one in types))
        found += [
            st.builds("type in [{}]".format, quoted),
            st.builds("type not in [{}]".format, quoted),
            st.builds('"{}" == type'.format, st.sampled_from(words.types)),
            st.builds('type != "{}"'.format, st.sampled_from(words.types)),
        ]
    return found


def numbers(names: Texts) -> Texts:
    """Return an expression of a number that depends on a name."""

    def computed(part: Texts) -> Texts:
        more = st.one_of(part, THRESHOLDS)
        return st.one_of(
            st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), more),
            st.builds("({} {} {})".format, more, st.sampled_from("+-*/"), part),
            st.builds("-{}".format, part),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), part, more),
            st.builds("max({}, 0, {})".format, part, more),
            st.builds("abs({})".format, part),
        )

    return st.recursive(names, computed, max_leaves=3)


def can_hold(action: Mapping[str, Any], words: Words) -> bool:
    """Say whether the lint finds nothing against the rules of an action."""
    keys = {key: action[key] for key in ("eligible", "applicable", "suitable") if key in action}
    try:
        read_actions(
            [msgspec.convert({"name": "a", **keys}, Action)],
            [*words.exact, *words.rough],
            words.scores,
        )
    except ConfigError as error:
        if "can never hold" not in str(error):
            raise
        return False
    return True
