"""From lines of JSON to a batch.

In: whole lines and a parser. Out: a batch whose rows and dead letters know their places. It
refuses to know how the lines were found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rtm_flows.connectors.batches import Batch, DeadLetter, Origins
from rtm_flows.connectors.lines import Lines
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.events.outcome import Parsed


def jsonl_batch(
    lines: Lines, source: SourceFile, *, first_line: Callable[[], int], bytes_read: int
) -> Batch:
    """Parse lines of a file, of which the first is number `first_line()`.

    That number may be costly to find; it is asked for only where a place is needed.
    """
    parsed = source.parser.parse_block(lines.data)
    dead: list[DeadLetter] = []
    if parsed.bad or lines.oversized:
        dead = _dead_letters(parsed, lines.oversized, source, first_line())

    def origins() -> Origins:
        rows = parsed.table["row"]
        count = int(rows.max()) + 1 if len(rows) else 0
        numbers = np.arange(count, dtype=np.int64) + first_line()
        return Origins(source.files.paths, np.full_like(numbers, source.number), numbers)

    return Batch(
        table=parsed.table,
        dead=dead,
        records=parsed.records + len(lines.oversized),
        ignored=parsed.ignored,
        clamped=parsed.clamped,
        bytes_read=bytes_read,
        find_origins=origins,
    )


def _dead_letters(
    parsed: Parsed, oversized: list[int], source: SourceFile, first: int
) -> list[DeadLetter]:
    path, detail = source.path, too_large(source.limit)
    found = [
        DeadLetter(path, first + bad.row, bad.reason, bad.field, bad.detail) for bad in parsed.bad
    ]
    found += [DeadLetter(path, first + row, "too_large", None, detail) for row in oversized]
    return sorted(found, key=lambda letter: letter.line)


def too_large(limit: int) -> str:
    """Return the detail of the dead letter of a record that is too long."""
    return f"the record is longer than {limit} bytes"
