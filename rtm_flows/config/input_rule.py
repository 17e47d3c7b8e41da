"""The input of a job: the keys under `[input]` and `[input.csv]` as typed records.

In: values that are of the right types. Out: records of them. Whether they fit each other is for
`checks` to say; the keys under `[input.mapping]` are `rtm_flows.events.mapping`'s.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.events.mapping import Mapping

Format = Literal["canonical", "mapping", "segment", "rudderstack", "snowplow", "ga4", "cloudevents"]
"""What the records are; all but the first two are mappings that come with the package."""

STANDARD_INPUT = "-"
"""The path that stands for standard input."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration."""


class Csv(Section, frozen=True, kw_only=True):
    """How a CSV file is written.

    Attributes
    ----------
    delimiter
        One character between fields.
    quote
        One character around fields, doubled within; `""` where nothing is quoted.
    decimal
        What stands before the decimals of price, quantity and value.
    columns
        The header, for files that have none.
    encoding
        Any encoding with the line ends of ASCII, and UTF-16 and UTF-32.
    """

    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"


class Input(Section, frozen=True, kw_only=True):
    """Where events come from and what their columns mean.

    Attributes
    ----------
    kind
        What is read: files, or the topics under `[kafka]`.
    paths
        Files, folders and patterns, relative to the configuration; `-` is standard input.
    file_format
        How the files are written; by their names where it is left out.
    format
        What the records are: our own names, those of `[input.mapping]`, or those of a product.
    mapping
        Which foreign column is which field; with the format of a product, what differs from it.
    csv
        How CSV files are written.
    source
        Who gives the ids of events that do not say; the name of the job where it is left out.
    sort
        Whether all records are put in order of their times first: then nothing is late.
    stripes
        Parts that each file is divided into, from 1 to 64, so that several processes can share it.
        Without sorting it is part of the answer.
    block_bytes
        Bytes that are read at a time, at least 1; changes no answer of a sorted input.
    max_record_bytes
        The longest record in bytes, at least 1; longer ones are dead letters.
    """

    kind: Literal["files", "kafka"] = "files"
    paths: tuple[str, ...] = ()
    file_format: Literal["jsonl", "csv", "parquet"] | None = None
    format: Format = "canonical"
    mapping: Mapping | None = None
    csv: Csv = Csv()
    source: str | None = None
    sort: bool = True
    stripes: int = 4
    block_bytes: int = 1 << 20
    max_record_bytes: int = 1 << 20
