"""The house rules that no linter knows: budgets, docstrings, and rooms without clock or chance.

Layers are import-linter's business (`make check`). Each rule is a function from source text to
complaints, so that the rules themselves are tested below.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "rtm_flows"
FUNCTION_LINES = 40
FILE_LINES = 350

PURE = ("events", "people", "features", "models", "social", "decisions", "policy")
ORDERED = (*PURE, "lanes")
# Lanes keep state on disk; the pure rooms touch nothing outside their arguments.
CLOCK_AND_CHANCE = {"time", "random", "secrets", "uuid"}
OUTSIDE = {
    *("logging", "os", "pathlib", "io", "shutil", "tempfile", "sqlite3", "socket"),
    *("subprocess", "threading", "multiprocessing", "asyncio"),
}
NOW = {"now", "utcnow", "today", "localtime", "monotonic", "perf_counter"}
SEEDED = {"default_rng", "Generator", "Philox", "PCG64", "SeedSequence"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[str], Iterator[str]]


def code_lines(function: Function) -> int:
    """Count the lines of a function from `def` to its end, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def too_long(source: str) -> Iterator[str]:
    """Complain of functions and files over budget."""
    if (lines := source.count("\n")) > FILE_LINES:
        yield f"1: {lines} lines, at most {FILE_LINES}; what is its second purpose?"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (lines := code_lines(node)) > FUNCTION_LINES:
            yield f"{node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES}"


def undocumented(source: str) -> Iterator[str]:
    """Complain of public names, and modules, without a docstring."""
    for name, node in _public("module", ast.parse(source)):
        if not ast.get_docstring(node):
            yield f"{getattr(node, 'lineno', 1)}: {name} has no docstring"


def _public(name: str, node: Documented) -> Iterator[tuple[str, Documented]]:
    yield name, node
    if isinstance(node, Function):
        return
    for child in node.body:
        if isinstance(child, ast.ClassDef | Function) and _wants_docstring(child):
            yield from _public(child.name, child)


def _wants_docstring(node: ast.ClassDef | Function) -> bool:
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    return not node.name.startswith("_") and not decorators & {"overload", "typing.overload"}


def clock_or_chance(source: str) -> Iterator[str]:
    """Complain of clocks and of random numbers without a seed."""
    tree = ast.parse(source)
    yield from _imports_of(CLOCK_AND_CHANCE, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in NOW:
            yield f"{node.lineno}: {ast.unparse(node)} reads a clock"
        if isinstance(node, ast.expr) and _is_unseeded(node):
            yield f"{node.lineno}: {ast.unparse(node)} has no seed"


def _is_unseeded(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=module, attr=name):
            return ast.unparse(module).endswith("random") and name not in SEEDED
        case ast.Call(func=function, args=[], keywords=[]):
            return ast.unparse(function).endswith("default_rng")
    return False


def reaches_outside(source: str) -> Iterator[str]:
    """Complain of files, processes, threads, logs and prints."""
    tree = ast.parse(source)
    yield from _imports_of(OUTSIDE, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "print", "input"}:
            yield f"{node.lineno}: {ast.unparse(node.func)} reaches outside"


def _imports_of(modules: set[str], tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] in modules:
                yield f"{node.lineno}: imports {name}"


def files(rooms: tuple[str, ...] = ("",)) -> list[Path]:
    """Return the package's files, or those of some rooms."""
    return sorted(path for room in rooms for path in (PACKAGE / room).rglob("*.py"))


RULES: list[tuple[Rule, list[Path]]] = [
    (too_long, files()),
    (undocumented, files()),
    (clock_or_chance, files(ORDERED)),
    (reaches_outside, files(PURE)),
]


@pytest.mark.parametrize(("rule", "paths"), RULES, ids=[rule.__name__ for rule, _ in RULES])
def test_house_rule_holds(rule: Rule, paths: list[Path]) -> None:
    """No file of the rooms that a rule speaks of breaks it."""
    assert paths

    found = [
        f"{path.relative_to(PACKAGE.parent)}:{complaint}"
        for path in paths
        for complaint in rule(path.read_text(encoding="utf-8"))
    ]

    assert not found, "\n".join(found)


BROKEN: list[tuple[Rule, str]] = [
    (too_long, "def f():\n" + "    pass\n" * FUNCTION_LINES),
    (too_long, "\n" * (FILE_LINES + 1)),
    (undocumented, "x = 1\n"),
    (undocumented, '"""Doc."""\nclass C:\n    """Doc."""\n    def f(self): ...\n'),
    (clock_or_chance, "import time\n"),
    (clock_or_chance, "from random import choice\n"),
    (clock_or_chance, "when = datetime.now(UTC)\n"),
    (clock_or_chance, "x = np.random.rand()\n"),
    (clock_or_chance, "rng = np.random.default_rng()\n"),
    (reaches_outside, "from logging import getLogger\n"),
    (reaches_outside, "import os.path\n"),
    (reaches_outside, "with open('x') as file: ...\n"),
]


@pytest.mark.parametrize(("rule", "source"), BROKEN)
def test_house_rule_sees_what_breaks_it(rule: Rule, source: str) -> None:
    """Each rule complains of a source that breaks it."""
    assert list(rule(source))


SOUND: list[tuple[Rule, str]] = [
    (too_long, 'def f():\n    """' + "Doc.\n" * FUNCTION_LINES + '"""\n' + "    pass\n" * 38),
    (undocumented, '"""Doc."""\ndef f():\n    """Doc."""\n    def g(): ...\ndef _h(): ...\n'),
    (clock_or_chance, "rng = np.random.default_rng(7)\ntime_ms = event.time\n"),
    (reaches_outside, "import numpy as np\n"),
]


@pytest.mark.parametrize(("rule", "source"), SOUND)
def test_house_rule_lets_sound_code_be(rule: Rule, source: str) -> None:
    """No rule complains of what it allows: long docstrings, private names, seeds."""
    assert not list(rule(source))
