"""Pages: what the pages about decisions and people are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from rtm_flows.measure.explanation import Value, plain

_NOTHING_TO_SAY = ("", None)


def visible(text: str) -> str:
    r"""Return a text without what would move a terminal's cursor or change its colours.

    Examples
    --------
    >>> visible("u\x1b[31m7\n")
    'u\\x1b[31m7\\n'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shown(value: Value) -> str:
    """Return a value as pages write it.

    Examples
    --------
    >>> shown(2.0), shown("page_view"), shown(None)
    ('2', 'page_view', 'nothing')
    """
    if value is None:
        return "nothing"
    return visible(value) if isinstance(value, str) else plain(value)


def heading(out: Console, text: str) -> None:
    """Print the heading of a part of the page."""
    out.print()
    out.print(text, style="bold")


def facts(out: Console, rows: Iterable[tuple[str, str | None]]) -> None:
    """Print facts, each a name and what is known; what is not known is left out."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, text in rows:
        if text not in _NOTHING_TO_SAY:
            table.add_row(name, text)
    out.print(Padding(table, (0, 0, 0, 2), expand=False))


def grid(
    out: Console,
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    wide: Sequence[str] = (),
) -> None:
    """Print a table: `right` names columns of numbers, `wide` those whose texts may be folded."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            overflow="fold",
            no_wrap=name not in wide,
        )
    for row in rows:
        table.add_row(*row)
    out.print(Padding(table, (0, 0, 0, 2), expand=False))


def features(out: Console, values: Mapping[str, float | None]) -> None:
    """Print features side by side, as many columns of them as fit, read from top to bottom."""
    cells = [(name, shown(value)) for name, value in values.items()]
    if not cells:
        return
    widest = max(len(name) + len(text) for name, text in cells) + 5
    across = max(1, min(4, len(cells), (min(out.width, 160) - 2) // widest))
    down = -(-len(cells) // across)
    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in range(across):
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    for at in range(down):
        row = cells[at::down]
        table.add_row(*(text for cell in row for text in cell))
    out.print(Padding(table, (0, 0, 0, 2), expand=False))
