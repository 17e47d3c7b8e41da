"""Parsers: what makes events of a job's records, as its configuration says.

In: a job. Out: a parser. It refuses to know where the records come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.config import Job
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.parser import Parser
from rtm_flows.times import parse_duration


def parser_of(
    job: Job, text: Sequence[str] | None = None, mapping: Mapping | None = None
) -> Parser:
    """Return what makes events of the job's records, or of those of another mapping.

    `text` names other text fields to read than those that the job looks at.
    """
    return Parser(
        mapping or job.mapping,
        source=job.source,
        text=job.text if text is None else text,
        ahead_ms=parse_duration(job.time.ahead),
        max_bytes=job.input.max_record_bytes,
        decimal=job.input.csv.decimal,
    )
