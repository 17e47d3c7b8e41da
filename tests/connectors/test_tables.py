"""Plain tables: the same frame from every format, and a sentence for what is none."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from rtm_flows.connectors.tables import read_table
from rtm_flows.errors import ConfigError, InputError

TABLE = pl.DataFrame({
    "age": [31.5, None, 70.0],
    "visits": [1, 2, 3],
    "city": ["Ulm", None, "Köln; Süd"],
    "left": [True, False, True],
})  # fmt: skip


def write(path: Path) -> Path:
    """Write the table in the format of the ending."""
    if ".csv" in path.name or ".tsv" in path.name:
        content = TABLE.write_csv(separator="\t" if ".tsv" in path.name else ",").encode()
    elif ".parquet" in path.name:
        TABLE.write_parquet(path)
        content = path.read_bytes()
    else:
        content = TABLE.write_ndjson().encode()
    path.write_bytes(packed(content, path))
    return path


def packed(content: bytes, path: Path) -> bytes:
    """Return the content packed as the ending says."""
    if path.suffix == ".zst":
        return bytes(pa.Codec("zstd").compress(content, asbytes=True))
    return gzip.compress(content) if path.suffix == ".gz" else content


@pytest.mark.parametrize(
    "name",
    [
        *("t.csv", "t.csv.gz", "t.csv.zst", "t.tsv", "t.tsv.zst", "t.jsonl", "t.ndjson.gz"),
        *("t.jsonl.zst", "t.parquet", "t.parquet.zst"),
    ],
)
def test_every_format_gives_the_same_frame(tmp_path: Path, name: str) -> None:
    """Names, types and values are the same, missing ones included."""
    assert_frame_equal(read_table(write(tmp_path / name)), TABLE)


def test_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    """`T.CSV.GZ` is what `t.csv.gz` is."""
    path = write(tmp_path / "t.csv.gz").rename(tmp_path / "T.CSV.GZ")

    assert_frame_equal(read_table(path), TABLE)


def test_a_type_is_that_of_all_rows(tmp_path: Path) -> None:
    """A column of 2,000 whole numbers and one fraction holds fractions."""
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1\n" * 2_000 + "0.5\nNA\n")

    assert read_table(path)["x"].dtype == pl.Float64
    assert read_table(path)["x"].null_count() == 1


def test_rows_of_json_may_lack_fields(tmp_path: Path) -> None:
    """The columns are those of all rows, whole numbers and fractions are one type."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n' * 200 + '{"b": "x", "a": 0.5}\n')

    frame = read_table(path)

    assert frame["a"].dtype == pl.Float64
    assert frame["b"].null_count() == 200


def test_another_delimiter(tmp_path: Path) -> None:
    """One character, as asked for."""
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;x,y\n")

    assert read_table(path, ";").rows() == [(1, "x,y")]
    with pytest.raises(ConfigError, match="one ASCII character; got ';;'"):
        read_table(path, ";;")


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    """With the path, and what is wrong."""
    with pytest.raises(ConfigError, match=r"t\.xlsx: the ending must tell the format"):
        read_table(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match=r"t\.csv: cannot be read: No such file"):
        read_table(tmp_path / "t.csv")
    for name, content in [
        ("t.parquet", b"no parquet at all"),
        ("t.jsonl", b"{no json"),
        ("mixed.jsonl", b'{"a": 1}\n{"a": [2]}'),
        ("t.csv.gz", b"not packed"),
        ("half.csv.gz", gzip.compress(b"a,b\n" * 99)[:-9]),
        ("t.csv.zst", b"not packed"),
        ("half.csv.zst", packed(b"a,b\n" * 99, Path("t.zst"))[:-9]),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read_table(tmp_path / name)


def test_an_empty_file_is_a_table_of_nothing(tmp_path: Path) -> None:
    """It has neither rows nor columns."""
    (tmp_path / "t.csv").write_text("\n")

    assert read_table(tmp_path / "t.csv").shape == (0, 0)
