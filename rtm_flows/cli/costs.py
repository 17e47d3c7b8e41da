"""What a run cost, stage by stage, as a table that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.table import Table

_MEANING: Final = {
    "open": "open the input; sort it where the job wants that, which parses it too",
    "read": "read and parse; of sorted input, read back",
    "enter": "judge lateness, deal to lanes",
    "identity": "the hop by anonymous id",
    "know": "order, duplicates, sessions, features, examples",
    "fold": "learn, and judge the model",
    "decide": "score, rules, arbitration, records",
    "write": "put lines in order, write files",
    "snapshot": "save the state of lanes",
}
_ENGINE: Final = "the engine's queues, messages between the steps, and what no stage counts"


def costs(seconds: Mapping[str, float], wall: float, events: int) -> Table:
    """Return the table of a run.

    Parameters
    ----------
    seconds
        By stage, in any order.
    wall
        Seconds of the whole run, by the clock on the wall.
    events
        Records that were read.
    """
    table = Table("stage", "seconds", "us a record", "share", "what it does", box=None)
    for column in table.columns[1:4]:
        column.justify = "right"
    rest = max(0.0, wall - sum(seconds.values()))
    told = [(name, seconds[name], text) for name, text in _MEANING.items() if name in seconds]
    for name, spent, text in [*told, ("engine", rest, _ENGINE), ("all", wall, "")]:
        each = f"{1e6 * spent / events:.2f}" if events else ""
        share = f"{100 * spent / wall:.0f}%" if wall else ""
        table.add_row(name, f"{spent:.2f}", each, share, text)
    return table
