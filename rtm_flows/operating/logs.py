"""Logs: one line an event to standard error, JSON unless somebody reads it on a terminal.

In: the name of an event, and fields. Out: a line. No field tells of people: topics, partitions,
numbers and what a client or a broker says. A library must not set up logging for everybody, so this
logger is its own and asks nothing of what the program around it has set up.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from structlog.types import EventDict, FilteringBoundLogger, WrappedLogger


class _ToStandardError:
    """Writes lines to what is standard error at that moment."""

    def msg(self, line: str) -> None:
        """Write a line."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    info = warning = error = msg


@cache
def log() -> FilteringBoundLogger:
    """Return the logger of this package: `log().warning("broker_trouble", reason="...")`."""
    # Loaded with the first line: many runs have nothing to say.
    import structlog

    for_people = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    for_programs = structlog.processors.JSONRenderer(ensure_ascii=False)

    def rendered(logger: WrappedLogger, level: str, event: EventDict) -> Any:
        """Return the line of an event, as whoever reads it wants it."""
        return (for_people if sys.stderr.isatty() else for_programs)(logger, level, event)

    made = structlog.wrap_logger(
        _ToStandardError(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=True,
    )
    return cast("FilteringBoundLogger", made)
