"""Plain tables: a file of rows and columns, as a polars frame.

In: the path of a CSV, JSON Lines or Parquet file. Out: a frame whose columns have the types their
values have. It refuses to know what the columns are for.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from rtm_flows.connectors.packing import DAMAGED, packing_of, unpacked
from rtm_flows.errors import ConfigError, InputError

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL"]
"""Texts of a CSV file that mean nothing is there."""

_CSV = (".csv", ".tsv", ".txt")
_JSON = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")


def read_table(path: str | Path, delimiter: str | None = None) -> pl.DataFrame:
    """Read a table whole; its rows stay in the order of the file.

    Parameters
    ----------
    path
        A file ending in `.csv`, `.tsv`, `.txt`, `.jsonl`, `.ndjson`, `.parquet` or `.pq`; any
        may be packed besides (`.gz`, `.zst`).
    delimiter
        One character between the fields of a CSV file: by default a comma, in `.tsv` a tab.

    Raises
    ------
    ConfigError
        If the ending is not known, or the delimiter is none.
    InputError
        If the file cannot be read, or is no such table.
    """
    file = Path(path)
    packed = packing_of(file.name)
    name = file.stem.lower() if packed else file.name.lower()
    kind = next((ends for ends in (_CSV, _JSON, _PARQUET) if name.endswith(ends)), None)
    if kind is None:
        known = ", ".join((*_CSV, *_JSON, *_PARQUET))
        msg = f"{file}: the ending must tell the format, one of {known}, perhaps with .gz or .zst"
        raise ConfigError(msg)
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii()):
        msg = f"a delimiter must be one ASCII character; got {delimiter!r}"
        raise ConfigError(msg)
    try:
        with file.open("rb") as raw, unpacked(raw, packed) as opened:
            content = opened.read()
        return _parsed(content, kind, delimiter or ("\t" if name.endswith(".tsv") else ","))
    except (pl.exceptions.PolarsError, msgspec.DecodeError, TypeError, *DAMAGED) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = f"{file}: is no table that can be read: {reason}"
        raise InputError(msg) from None
    except OSError as error:
        msg = f"{file}: cannot be read: {error.strerror or error}"
        raise InputError(msg) from None


def _parsed(content: bytes, kind: tuple[str, ...], delimiter: str) -> pl.DataFrame:
    if not content.strip():
        return pl.DataFrame()
    if kind is _PARQUET:
        return pl.read_parquet(io.BytesIO(content))
    if kind is _JSON:
        rows = msgspec.json.Decoder(dict[str, Any]).decode_lines(content)
        # None: columns and types are those of all rows, not of the first hundred.
        return pl.from_dicts(rows, infer_schema_length=None)
    return pl.read_csv(
        io.BytesIO(content), separator=delimiter, null_values=MISSING, infer_schema_length=None
    )
