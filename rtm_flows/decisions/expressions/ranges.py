"""Ranges: rules that can never hold together, where that is cheaply seen.

In: trees that must all hold. Out: what they leave open for each name, or nothing at all. It sees
names compared with constants; what it does not understand, it takes to be possible, so whatever it
refuses is impossible, but not the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from rtm_flows.decisions.expressions.names import Names
from rtm_flows.decisions.expressions.tree import (
    Among,
    Both,
    Compared,
    Constant,
    Either,
    Named,
    Symbol,
    Truth,
)

_FLIPPED: dict[Symbol, Symbol] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=",
}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """The numbers from `least` to `most`; an end that is open does not belong to them."""

    least: float
    most: float
    least_open: bool = False
    most_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        if self.least == self.most:
            return self.least_open or self.most_open
        return self.least > self.most

    def above(self, bound: float, *, is_open: bool) -> Range:
        """Return what of it is above a bound, which belongs to it unless it is open."""
        if bound > self.least:
            return replace(self, least=bound, least_open=is_open)
        return replace(self, least_open=self.least_open or (is_open and bound == self.least))

    def below(self, bound: float, *, is_open: bool) -> Range:
        """Return what of it is below a bound, which belongs to it unless it is open."""
        if bound < self.most:
            return replace(self, most=bound, most_open=is_open)
        return replace(self, most_open=self.most_open or (is_open and bound == self.most))

    def where(self, symbol: Symbol, bound: float) -> Range:
        """Return what of it compares so with a bound; a hole in the middle is not seen.

        Examples
        --------
        >>> Range(0.0, 1.0).where(">", 0.5)
        Range(least=0.5, most=1.0, least_open=True, most_open=False)
        """
        if symbol == "==":
            return self.above(bound, is_open=False).below(bound, is_open=False)
        if symbol == "!=":
            at_least = self.above(bound, is_open=True) if bound == self.least else self
            return at_least.below(bound, is_open=True) if bound == self.most else at_least
        if symbol in {">", ">="}:
            return self.above(bound, is_open=symbol == ">")
        return self.below(bound, is_open=symbol == "<")


@dataclass(frozen=True)
class Texts:
    """Some texts, or all but some."""

    named: frozenset[str]
    kind: Literal["these", "others"]

    def where(self, texts: frozenset[str], *, inside: bool) -> Texts:
        """Return those that are among some texts, or not among them."""
        if self.kind == "these":
            return Texts(self.named & texts if inside else self.named - texts, "these")
        return Texts(texts - self.named, "these") if inside else Texts(self.named | texts, "others")

    @property
    def is_empty(self) -> bool:
        """Whether no text is left."""
        return self.kind == "these" and not self.named


@dataclass(frozen=True)
class Open:
    """What is open for each name; make one with `all_open`."""

    numbers: dict[str, Range]
    texts: dict[str, Texts] = field(default_factory=dict)

    def where(self, rule: Truth) -> Open | None:
        """Return what a rule leaves open, or None if that is nothing."""
        match rule:
            case Both(parts):
                left: Open | None = self
                for part in parts:
                    left = None if left is None else left.where(part)
                return left
            case Either(parts):
                ways = [way for part in parts if (way := self.where(part)) is not None]
                if len(ways) > 1:
                    return self
                return ways[0] if ways else None
            case Among(name, texts, inside):
                before = self.texts.get(name, Texts(frozenset(), "others"))
                after = before.where(frozenset(texts), inside=inside)
                return None if after.is_empty else replace(self, texts={**self.texts, name: after})
            case Compared(symbol, Named(name), Constant(bound)):
                return self._compared(name, symbol, bound)
            case Compared(symbol, Constant(bound), Named(name)):
                return self._compared(name, _FLIPPED[symbol], bound)
        return self

    def _compared(self, name: str, symbol: Symbol, bound: float) -> Open | None:
        after = self.numbers[name].where(symbol, bound)
        return None if after.is_empty else replace(self, numbers={**self.numbers, name: after})


def all_open(names: Names) -> Open:
    """Return what is open before any rule: all that the names can be.

    Examples
    --------
    >>> from rtm_flows.decisions.expressions.names import names_of_events
    >>> above = Compared(">", Named("intent"), Constant(50.0))
    >>> all_open(names_of_events([], ["intent"])).where(above) is None
    True
    """
    facts = names.facts.items()
    return Open({name: Range(fact.least, fact.most) for name, fact in facts})
