"""The source of a rule: its text, where it stands, and the syntax tree that Python reads in it.

In: a text from a configuration. Out: a node of `ast`, or a complaint that names the place and the
column. It refuses to know names and types; it never compiles or executes anything.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import NoReturn

from rtm_flows.errors import ConfigError

MOST_CHARACTERS = 1000
MOST_DEPTH = 32
"""How deep a tree may be: a sum of 32 terms is as deep as 32 brackets in each other."""

_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_INSTEAD = (
    (re.compile(r"&&|\bAND\b"), "and"),
    (re.compile(r"\|\||\bOR\b"), "or"),
    (re.compile(r"\bNOT\b|!(?!=)"), "not"),
    (re.compile(r"\bIN\b"), "in"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"(?<![<>=!:])=(?!=)"), "=="),
)
"""What other languages write, and what is written here."""

_COMMENT = "`#` cannot be used in a rule; a comment stands outside of the text"
_SHOWN = 40


@dataclass(frozen=True)
class Source:
    """A rule as written, and the key of the configuration under which it stands."""

    place: str
    text: str

    def refuse(self, what: str, node: ast.expr | None = None) -> NoReturn:
        """Refuse the rule, for what is wrong with it or with a node of it.

        Raises
        ------
        ConfigError
            Always; its text begins with the place.
        """
        at = "" if node is None else f", column {self._start(node) + 1}"
        msg = f"{self.place}{at}: {what}"
        raise ConfigError(msg)

    def piece(self, node: ast.expr) -> str:
        """Return the text of a node as it was written."""
        whole = self.plain.encode()
        end = len(whole) if node.end_col_offset is None else node.end_col_offset
        return whole[node.col_offset : end].decode()

    def shown(self, node: ast.expr) -> str:
        """Return the text of a node for a complaint: in quotes, and not too long."""
        piece = self.piece(node)
        return f"`{piece}`" if len(piece) <= _SHOWN else f"`{piece[:_SHOWN]}...`"

    def parsed(self) -> ast.expr:
        """Return the syntax tree of the text.

        Raises
        ------
        ConfigError
            If the text is empty, too long, too deep, or no expression.

        Examples
        --------
        >>> Source("actions[0].eligible[0]", "views = 3").parsed()
        Traceback (most recent call last):
            ...
        rtm_flows.errors.ConfigError: actions[0].eligible[0], column 7: `=` cannot be used in a \
rule; write `==`
        """
        self._check_text()
        try:
            with warnings.catch_warnings():
                # What Python only warns of (`1or x`) is a mistake here.
                warnings.simplefilter("error")
                node = ast.parse(self.plain, mode="eval").body
        except SyntaxError as error:
            # Without a place, it is the end that comes too early.
            column = self._indent + (error.offset or len(self.plain) + 1)
            self._refuse_at(column, f"no rule: {error.msg}")
        except (ValueError, MemoryError, RecursionError):
            self.refuse("cannot be read: it is nested too deep, or holds what is no text")
        if _depth(node) > MOST_DEPTH:
            self.refuse(f"is nested more than {MOST_DEPTH} deep; write several rules")
        return node

    @property
    def plain(self) -> str:
        """The text on one line, from its first character on."""
        return re.sub(r"\s", " ", self.text).strip()

    @property
    def _indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())

    def _start(self, node: ast.expr) -> int:
        """Return how many characters stand before a node; `ast` counts bytes."""
        return self._indent + len(self.plain.encode()[: node.col_offset].decode())

    def _check_text(self) -> None:
        if not self.plain:
            self.refuse('must not be empty; write what must hold, like "cart_value >= 50"')
        if len(self.text) > MOST_CHARACTERS:
            self.refuse(
                f"has {len(self.text):,} characters, at most {MOST_CHARACTERS:,}; write several"
                " rules"
            )
        if "\\" in self.text:
            self._refuse_at(self.text.index("\\") + 1, "`\\` cannot be used in a rule")
        bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), self.text)
        if "#" in bare:
            self._refuse_at(bare.index("#") + 1, _COMMENT)
        for wrong, right in _INSTEAD:
            if found := wrong.search(bare):
                what = f"`{found[0]}` cannot be used in a rule; write `{right}`"
                self._refuse_at(found.start() + 1, what)

    def _refuse_at(self, column: int, what: str) -> NoReturn:
        msg = f"{self.place}, column {column}: {what}"
        raise ConfigError(msg)


def _depth(node: ast.expr) -> int:
    """Return how deep a tree is, without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [
            child
            for parent in level
            for child in ast.iter_child_nodes(parent)
            if isinstance(child, ast.expr)
        ]
    return deepest
