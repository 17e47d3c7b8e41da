"""Plain JSON Lines files, read in blocks by several readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import InputFiles
from rtm_flows.errors import InputError, RecoveryError
from tests.connectors.plain_parser import PlainParser, drain, line, places, read_all

LINE_ENDS = st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n", b"\n \n"])


def source_of(folder: Path, contents: Sequence[bytes], **options: Any) -> ArrivalInput:
    """Return an input of files with these contents."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.jsonl"
        path.write_bytes(content)
        paths.append(str(path))
    files = InputFiles(paths=tuple(paths), file_format="jsonl", **options)
    return ArrivalInput(files, PlainParser())


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Return a file with lines of any length, some broken, and any line ends."""
    lines = draw(st.lists(st.tuples(st.integers(0, 60), st.booleans(), LINE_ENDS), max_size=12))
    parts = [b"\xef\xbb\xbf" if draw(st.booleans()) else b""]
    for number, (length, broken, end) in enumerate(lines):
        good = line((number, "web", "i" * length, None, 0))
        parts += [good[:-1] if broken else good, end]
    if draw(st.booleans()) and lines:
        parts.pop()
    return b"".join(parts)


def expected(source: ArrivalInput) -> tuple[list[tuple[str, int]], list[tuple[str, int, str]]]:
    """Return the places of all good and all bad lines, found without blocks."""
    good, bad = [], []
    for path in source.files.paths:
        content = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
        for number, text in enumerate(content.split(b"\n"), start=1):
            if len(text.removesuffix(b"\r")) > source.files.max_record_bytes:
                bad.append((path, number, "too_large"))
            elif text.strip() and text.strip().endswith(b"}"):
                good.append((path, number))
            elif text.strip():
                bad.append((path, number, "not_an_object"))
    return good, bad


@given(
    st.lists(contents(), min_size=1, max_size=3),
    st.integers(1, 200),
    st.integers(1, 5),
    st.sampled_from([30, 60, 1000]),
)
def test_every_line_is_read_once_and_knows_its_place(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[bytes],
    block_bytes: int,
    stripes: int,
    limit: int,
) -> None:
    """All partitions together hold each line once, however blocks cut the lines."""
    folder = tmp_path_factory.mktemp("input")
    source = source_of(
        folder, found, block_bytes=block_bytes, stripes=stripes, max_record_bytes=limit
    )

    batches = read_all(source)

    good, bad = expected(source)
    assert sorted(places(batches)) == good
    assert sorted(dead[:3] for batch in batches for dead in batch.dead) == bad
    assert sum(batch.records for batch in batches) == len(good) + len(bad)
    assert sum(batch.bytes_read for batch in batches) == source.total_bytes
    in_order = drain(source.in_file_order())
    assert places(in_order) == good
    assert [dead[:3] for batch in in_order for dead in batch.dead] == bad


@given(contents(), st.integers(1, 100), st.integers(1, 3), st.integers(0, 6))
def test_a_position_resumes_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    content: bytes,
    block_bytes: int,
    stripes: int,
    stop: int,
) -> None:
    """What a reader returns after a stop is what it would have returned without."""
    folder = tmp_path_factory.mktemp("input")
    source = source_of(folder, [content, content], block_bytes=block_bytes, stripes=stripes)
    whole = drain(source.open(stripes - 1))

    reader = source.open(stripes - 1)
    before = [batch for _ in range(stop) if (batch := reader.next()) is not None]
    after = drain(source.open(stripes - 1, reader.position()))

    assert _seen(before + after) == _seen(whole)


def _seen(batches: list[Batch]) -> list[object]:
    return [(b.table["id"].tolist(), places([b]), b.dead, b.records) for b in batches]


def test_blocks_are_dealt_in_turn_over_all_files(tmp_path: Path) -> None:
    """Block j of all files in order belongs to partition j modulo the number of partitions."""
    row = line((0, "web", "a", None, 0)) + b"\n"
    source = source_of(tmp_path, [row * 3, b"", row * 2], block_bytes=len(row), stripes=2)

    dealt = [places(drain(source.open(number))) for number in range(2)]

    first, _, last = source.files.paths
    assert dealt == [[(first, 1), (first, 3), (last, 2)], [(first, 2), (last, 1)]]


def test_partitions_without_blocks_are_empty(tmp_path: Path) -> None:
    """An empty file has no records, and more partitions than blocks are no error."""
    source = source_of(tmp_path, [b""], stripes=3)

    assert read_all(source) == []
    assert source.total_bytes == 0


def test_a_huge_line_is_not_held(tmp_path: Path) -> None:
    """A line far beyond the limit costs one dead letter and leaves its neighbours alone."""
    row = line((0, "web", "a", None, 0))
    content = row + b"\n" + b"x" * 100_000 + b"\n" + row
    source = source_of(tmp_path, [content], block_bytes=1000, max_record_bytes=500)

    batches = drain(source.in_file_order())

    path = source.files.paths[0]
    assert places(batches) == [(path, 1), (path, 3)]
    assert [dead[:3] for batch in batches for dead in batch.dead] == [(path, 2, "too_large")]


@pytest.mark.parametrize("block_bytes", [1, 25, 1000])
def test_a_file_that_shrinks_is_refused(tmp_path: Path, block_bytes: int) -> None:
    """A file that became shorter since it was listed is an error, not a silent loss."""
    source = source_of(tmp_path, [line((0, "web", "a", None, 0))], block_bytes=block_bytes)
    Path(source.files.paths[0]).write_bytes(b"{}")

    with pytest.raises(InputError, match="became shorter while it was read"):
        read_all(source)


def test_a_file_that_grows_is_read_as_far_as_it_was(tmp_path: Path) -> None:
    """Lines appended after listing are left alone."""
    row = line((0, "web", "a", None, 0))
    source = source_of(tmp_path, [row])
    Path(source.files.paths[0]).write_bytes(row + b"\n" + row)

    assert len(places(read_all(source))) == 1


@pytest.mark.parametrize("position", [b"", b"{}", b'{"piece":"1"}', b'{"piece":1}'])
def test_a_foreign_position_is_refused(tmp_path: Path, position: bytes) -> None:
    """A position that is broken or of another partition is an error."""
    source = source_of(tmp_path, [b""], stripes=2)

    with pytest.raises(RecoveryError, match="saved position"):
        source.open(0, position)
