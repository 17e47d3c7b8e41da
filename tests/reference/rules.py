"""Rules: how an expression is evaluated for one row, section 6 of the page.

In: the text of a rule, and the values of a row by name. Out: whether it holds. Truth has three
values here: None is "not known", for whatever hangs on something that is no number. It checks no
text: a wrong one is not its business.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .rounding import rounded

Value = float | str | None
Truth = bool | None

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda value, listed: value in listed,
    ast.NotIn: lambda value, listed: value not in listed,
}
ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "min": min,
    "max": max,
    "abs": lambda numbers: abs(numbers[0]),
}


def holds(text: str, values: Mapping[str, float | str]) -> bool:
    """Say whether a rule holds for the values of a row, which need not be rounded.

    Examples
    --------
    >>> holds("views >= 2 and type in ['search']", {"views": 2.0, "type": "search"})
    True
    >>> holds("spent / orders > 3", {"spent": 1.0, "orders": 0.0})
    False
    >>> holds("not spent / orders > 3", {"spent": 1.0, "orders": 0.0})
    False
    """
    return truth(ast.parse(" ".join(text.split()), mode="eval").body, values) is True


def truth(node: ast.expr, values: Mapping[str, float | str]) -> Truth:
    """Return whether a condition is true, false, or not known."""
    if isinstance(node, ast.UnaryOp):
        inner = truth(node.operand, values)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        parts = [truth(part, values) for part in node.values]
        decisive = isinstance(node.op, ast.Or)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    assert isinstance(node, ast.Compare)
    sides = [node.left, *node.comparators]
    found = [
        _compare(op, left, right, values)
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
    ]
    if False in found:
        return False
    return None if None in found else True


def _compare(
    op: ast.cmpop, left: ast.expr, right: ast.expr, values: Mapping[str, float | str]
) -> Truth:
    one = value_of(left, values)
    if isinstance(right, ast.List):
        listed = [value_of(item, values) for item in right.elts]
        return None if one is None else COMPARISONS[type(op)](one, listed)
    other = value_of(right, values)
    return None if one is None or other is None else COMPARISONS[type(op)](one, other)


def value_of(node: ast.expr, values: Mapping[str, float | str]) -> Value:
    """Return a number, rounded, or a text, or None for what is no number."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value
        return _settled(float(ast.literal_eval(node)))
    if isinstance(node, ast.Name):
        value = values[node.id]
        return value if isinstance(value, str) else _settled(value)
    if isinstance(node, ast.UnaryOp):
        inner = value_of(node.operand, values)
        return None if inner is None else _settled(-_number(inner))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        numbers = [value_of(one, values) for one in node.args]
        if None in numbers:
            return None
        return FUNCTIONS[node.func.id]([_number(one) for one in numbers])
    assert isinstance(node, ast.BinOp)
    left, right = value_of(node.left, values), value_of(node.right, values)
    if left is None or right is None:
        return None
    try:
        return _settled(ARITHMETIC[type(node.op)](_number(left), _number(right)))
    except ZeroDivisionError:
        return None


def _number(value: Value) -> float:
    assert isinstance(value, float)
    return value


def _settled(value: float) -> float | None:
    try:
        return rounded(value)
    except (OverflowError, ValueError):  # infinite, or no number
        return None
