"""Text columns: one way to write a record's value as text, whatever format it came in.

In: numbers, text and None, as decoded. Out: text or None, never empty text; and the digests that
stand for missing ids. It knows nothing of fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Final

from rtm_flows.events.numeric import Value

_MUCH: Final = 1 << 14
_TEXT_KINDS: Final = frozenset({str, type(None)})


def to_texts(values: Sequence[Value]) -> list[str | None]:
    """Return each value as text: numbers in decimal notation, None for missing or empty.

    Examples
    --------
    >>> to_texts(["a", 7, 0.5, 1e-7, "", None])
    ['a', '7', '0.5', '0.0000001', None, None]
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {type(None)} or (kinds <= _TEXT_KINDS and "" not in values):
        return [*values]  # type: ignore[list-item]
    return [_to_text(value) for value in values]


def without_blanks(values: Sequence[Value]) -> list[Value]:
    """Return the values with None for empty text.

    Examples
    --------
    >>> without_blanks([1, "", "x"])
    [1, None, 'x']
    """
    return [None if value == "" else value for value in values]


class Shared:
    """Gives equal texts of a column the same object, until there are too many different ones.

    Most columns of text hold a few values over and over. Every record brings its own copies, and
    to visit each of them again and again takes longer than to let go of them at once.

    Examples
    --------
    >>> first, second = Shared()(["".join(["we", "b"]), "web"])
    >>> first is second
    True
    """

    def __init__(self) -> None:
        self._known: dict[str | None, str | None] | None = {}

    def __call__(self, texts: Sequence[str | None]) -> Sequence[str | None]:
        """Return the same texts."""
        if self._known is None:
            return texts
        known = len(self._known)
        shared = list(map(self._known.setdefault, texts, texts))
        if len(self._known) > known and sum(map(len, filter(None, self._known))) > _MUCH:
            self._known = None
        return shared


def _to_text(value: Value) -> str | None:
    if type(value) is float:
        return format(Decimal(repr(value)), "f")
    return None if value is None or value == "" else str(value)


def digests(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """Return the derived id of each row: `~` and 16 hex digits of BLAKE2b over its texts.

    The texts are joined by 0x1F, a missing one written as 0x00. Lanes add the occurrence number.

    Examples
    --------
    >>> digests([["a", "a", "b"], [None, None, "c"]])
    ['~7a16a102c51266ea', '~7a16a102c51266ea', '~d1e8c2450ed0af6c']
    """
    rows = zip(*map(_filled, columns), strict=True)
    return [f"~{blake2b(chr(31).join(row).encode(), digest_size=8).hexdigest()}" for row in rows]


def _filled(column: Sequence[str | None]) -> Sequence[str]:
    """Return a column with 0x00 where text is missing, which most often is all or nothing."""
    missing = column.count(None)
    if missing == len(column):
        return ["\x00"] * missing
    return ["\x00" if text is None else text for text in column]
