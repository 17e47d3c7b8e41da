"""Checking: from the syntax tree of a rule to the checked tree, or the first mistake.

In: the source of a rule, and the names it may speak of. Out: a `Truth`. Only the pieces that are
named here pass; whatever else Python's grammar knows is refused.
"""

from __future__ import annotations

import ast
import itertools
import re
from decimal import Decimal
from typing import Final

from rtm_flows.decisions.expressions.names import Fact, Names
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.decisions.expressions.tree import (
    Among,
    Compared,
    Computed,
    Constant,
    Named,
    Number,
    Operation,
    Symbol,
    Truth,
    conjunction,
    disjunction,
)
from rtm_flows.errors import nearest
from rtm_flows.rounding import round6_one

LARGEST: Final = 1e15
"""Largest number that can be written in a rule: beyond times in ms, and any money in cents."""

_SYMBOLS: dict[type[ast.cmpop], Symbol] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_OPPOSITE: dict[Symbol, Symbol] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==",
}  # fmt: skip
_OPERATIONS: dict[type[ast.operator], Operation] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
}  # fmt: skip
_FUNCTIONS: dict[str, Operation] = {"abs": "abs", "max": "max", "min": "min"}
_PLAIN_TEXT = re.compile(r'"[^"]*"|\'[^\']*\'')
_KNOWN = (
    "a rule is made of names, numbers, texts in quotes, < <= > >= == !=, in [...], and, or, not,"
    " + - * /, min, max, abs"
)
_TRUTHS = (ast.BoolOp, ast.Compare)
_LEAST = Decimal("0.000001")


def checked(source: Source, names: Names) -> Truth:
    """Return the tree of a rule.

    Raises
    ------
    ConfigError
        At the first mistake, with its place and column.

    Examples
    --------
    >>> from rtm_flows.decisions.expressions.names import names_of_rows
    >>> checked(Source("when[0]", "not views > 3"), names_of_rows(["views"]))
    Compared(symbol='<=', left=Named(name='views'), right=Constant(value=3.0))
    """
    return _Checker(source, names).truth(source.parsed(), opposite=False)


class _Checker:
    def __init__(self, source: Source, names: Names) -> None:
        self._source = source
        self._names = names

    def truth(self, node: ast.expr, *, opposite: bool) -> Truth:
        """Return the tree of what must be true, or of its opposite."""
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.truth(value, opposite=opposite) for value in values)
                both = isinstance(op, ast.And) is not opposite
                return conjunction(parts) if both else disjunction(parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.truth(operand, opposite=not opposite)
            case ast.Compare(left=left, ops=ops, comparators=rest):
                return self._comparison([left, *rest], ops, opposite=opposite)
        fact = self._fact(node)
        remedy = f"compare it, as in `{self._source.piece(node)} {_compared_with(fact)}`"
        if fact is None:
            self.number(node)
            remedy = "compare it with something"
        self._source.refuse(
            f"{self._source.shown(node)} is a {'number' if fact is None else fact.kind}, and what"
            f" is wanted is true or false; {remedy}",
            node,
        )

    def number(self, node: ast.expr) -> Number:
        """Return the tree of a number."""
        match node:
            case ast.Constant(value=bool() | None):
                pass
            case ast.Constant(value=int() | float() as value):
                return self._constant(node, value)
            case ast.Name():
                return self._named(node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                return Computed(_OPERATIONS[type(op)], (self.number(left), self.number(right)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _negative(self.number(operand))
            case ast.Call():
                return self._call(node)
        if self._is_text(node):
            self._source.refuse(
                f"{self._source.shown(node)} is a text, and what is wanted is a number; texts are"
                " compared by ==, !=, in, not in",
                node,
            )
        what = f"{self._source.shown(node)} cannot be used in a rule; {_KNOWN}"
        if isinstance(node, _TRUTHS):
            what = f"{self._source.shown(node)} is true or false, and what is wanted is a number"
        self._source.refuse(what, node)

    def _comparison(self, sides: list[ast.expr], ops: list[ast.cmpop], *, opposite: bool) -> Truth:
        if any(isinstance(op, ast.In | ast.NotIn) for op in ops):
            if len(ops) > 1:
                self._source.refuse("`in` stands alone; join comparisons by `and`", sides[0])
            return self._membership(
                sides[0], sides[1], inside=isinstance(ops[0], ast.In) is not opposite
            )
        for op, side in zip(ops, sides, strict=False):
            if type(op) not in _SYMBOLS:
                self._source.refuse("`is` cannot be used in a rule; write `==`", side)
        if len(ops) == 1 and any(map(self._is_text, sides)):
            return self._equality(sides, ops[0], opposite=opposite)
        numbers = [self.number(side) for side in sides]
        pairs = zip(ops, itertools.pairwise(numbers), itertools.pairwise(sides), strict=True)
        parts = []
        for op, (left, right), (first, _) in pairs:
            if not (_speaks(left) or _speaks(right)):
                self._source.refuse("compares two constants; name what is to be tested", first)
            symbol = _SYMBOLS[type(op)]
            parts.append(Compared(_OPPOSITE[symbol] if opposite else symbol, left, right))
        return disjunction(tuple(parts)) if opposite else conjunction(tuple(parts))

    def _membership(self, node: ast.expr, listed: ast.expr, *, inside: bool) -> Truth:
        if not isinstance(listed, ast.List) or not listed.elts:
            self._source.refuse('behind `in` stands a list, like ["search", "purchase"]', listed)
        if (fact := self._fact(node)) is not None and fact.kind == "text":
            texts = [self._text(one, fact) for one in listed.elts]
            return Among(self._source.piece(node), tuple(dict.fromkeys(texts)), inside)
        number = self.number(node)
        if not _speaks(number):
            self._source.refuse("is no name; name what is to be tested", node)
        constants = [self.number(one) for one in listed.elts]
        for constant, one in zip(constants, listed.elts, strict=True):
            if not isinstance(constant, Constant):
                self._source.refuse("a list holds numbers or texts only", one)
        parts = tuple(Compared("==" if inside else "!=", number, one) for one in constants)
        return disjunction(parts) if inside else conjunction(parts)

    def _equality(self, sides: list[ast.expr], op: ast.cmpop, *, opposite: bool) -> Truth:
        name, text = sides if isinstance(sides[0], ast.Name) else reversed(sides)
        fact = self._fact(name)
        if fact is None:
            self._source.refuse("compares two constants; name what is to be tested", sides[0])
        if fact.kind == "number" or not isinstance(op, ast.Eq | ast.NotEq):
            self.number(sides[0])
            self.number(sides[1])
        inside = isinstance(op, ast.Eq) is not opposite
        return Among(self._source.piece(name), (self._text(text, fact),), inside)

    def _text(self, node: ast.expr, fact: Fact) -> str:
        """Return a text that a name is compared with."""
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            self._source.refuse(
                f"{self._source.shown(node)} is no text in quotes, which is what is wanted", node
            )
        if not _PLAIN_TEXT.fullmatch(self._source.piece(node)):
            self._source.refuse(
                f'{self._source.shown(node)} must be one text in plain quotes, like "search"; is'
                " there a comma missing?",
                node,
            )
        text = node.value
        if fact.is_known is not None and not fact.is_known(text):
            what = f"{text!r} is no {fact.what}{nearest(text, fact.known)}"
            self._source.refuse(what, node)
        return text

    def _constant(self, node: ast.Constant, value: float) -> Constant:
        piece = self._source.shown(node)
        if not value <= LARGEST:
            self._source.refuse(f"{piece} is too large; at most {LARGEST:g}", node)
        if not isinstance(node.value, int) and Decimal(self._source.piece(node)) % _LEAST:
            what = f"{piece} has more than six decimals; what it is compared with has six"
            self._source.refuse(what, node)
        return Constant(round6_one(value))

    def _named(self, node: ast.Name) -> Named:
        fact = self._fact(node)
        if fact is None or fact.kind == "text":
            self._source.refuse(
                f"{self._source.shown(node)} is a text, and what is wanted is a number; texts are"
                " compared by ==, !=, in, not in",
                node,
            )
        return Named(self._source.piece(node))

    def _call(self, node: ast.Call) -> Computed:
        name = self._source.piece(node.func)
        if not isinstance(node.func, ast.Name) or name not in _FUNCTIONS:
            what = f"unknown function {name[:40]!r}; known are {', '.join(_FUNCTIONS)}"
            self._source.refuse(what, node)
        if node.keywords or (len(node.args) != 1 if name == "abs" else len(node.args) < 2):
            wanted = "one number" if name == "abs" else "two or more numbers"
            self._source.refuse(f"{name} wants {wanted}, and nothing else", node)
        return Computed(_FUNCTIONS[name], tuple(self.number(one) for one in node.args))

    def _fact(self, node: ast.expr) -> Fact | None:
        """Return what a name stands for, or None if the node is no name."""
        if not isinstance(node, ast.Name):
            return None
        # As written: `ast` would hand out another spelling of some letters.
        name = self._source.piece(node)
        if name not in self._names.facts:
            self._source.refuse(self._names.why_unknown(name), node)
        return self._names.facts[name]

    def _is_text(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str)
        fact = self._fact(node)
        return fact is not None and fact.kind == "text"


def _negative(number: Number) -> Number:
    if isinstance(number, Constant):
        return Constant(0.0 - number.value)
    return Computed("-", (Constant(0.0), number))


def _speaks(number: Number) -> bool:
    """Tell whether a number depends on the row."""
    if isinstance(number, Computed):
        return any(map(_speaks, number.operands))
    return isinstance(number, Named)


def _compared_with(fact: Fact | None) -> str:
    return '== "search"' if fact is not None and fact.kind == "text" else "> 0"
