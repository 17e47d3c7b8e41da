"""Marks: small pieces that several parts of the page use.

In: texts. Out: markup. They refuse to know where they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join
from rtm_flows.report.tables import folded, table

SHOWN = 30
"""Rows of a long table that are seen at once."""

_MOST = 300
_DIGITS = 12
"""Of an id, which is enough to explain a decision by."""


def code(text: str) -> Markup:
    """Return a text as it is typed.

    Examples
    --------
    >>> code("intent >= 0.1")
    '<code>intent &gt;= 0.1</code>'
    """
    return element("code", text)


def rule(text: str) -> Markup:
    """Return a rule as it was written, broken between words only."""
    return element("code", text, class_="rule")


def missing(why: str) -> Markup:
    """Return what stands where something cannot be shown."""
    return element("p", why, class_="dim missing")


def short_id(decision_id: str) -> str:
    """Return as many digits of an id as tell it apart.

    Examples
    --------
    >>> short_id("db274af8c4cf3a74907501449956a405")
    'db274af8c4cf'
    """
    return decision_id[:_DIGITS]


def long_table(
    title: str, heads: Sequence[str], rows: Sequence[list[str]], texts: Collection[int] = (0,)
) -> Markup:
    """Return a table of which only the first rows are seen at once, and the last ones never."""
    rest = rows[SHOWN:_MOST]
    first = table(title, heads, rows[:SHOWN], words=texts)
    if not rest:
        return first
    more = f"{title}: more of them"
    return join(
        first,
        folded(
            f"{words.count(len(rest))} more", table(more, heads, rest, words=texts), about=title
        ),
    )
