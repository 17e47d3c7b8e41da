"""Marks: small pieces that several parts of the page use.

In: texts. Out: markup. They refuse to know where they stand.
"""

from __future__ import annotations

from rtm_flows.report.markup import Markup, element

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
