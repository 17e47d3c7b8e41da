"""Frames: the outputs of a replay as polars frames, with the same columns whatever came out.

In: the lines of an output. Out: a frame. A column has its type also where no row
has a value for it, and an output of no lines has all its columns.
"""

from __future__ import annotations

import msgspec
import polars as pl

from rtm_flows.connectors.output_columns import columns
from rtm_flows.lanes.plan import Plan


def frame(output: str, lines: bytes, plan: Plan) -> pl.DataFrame:
    """Return the lines of an output as a frame."""
    rows = msgspec.json.Decoder().decode_lines(lines)
    return pl.DataFrame(rows, schema=columns(output, plan))
