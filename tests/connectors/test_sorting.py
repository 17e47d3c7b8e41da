"""Sorted inputs, in memory and through the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors import runs
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Batch, Input
from rtm_flows.connectors.files import InputFiles
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.connectors.sorted_files import SortedInput
from rtm_flows.connectors.sorting import sort_files
from rtm_flows.errors import InputError, OutputError, RecoveryError
from tests.connectors.plain_parser import (
    PlainParser,
    Row,
    drain,
    line,
    places,
    rows_of,
)

TEXTS = st.sampled_from(["", "a", "b", "ab", "é", "z", "\U0001f600", "\ufffd"])
ROWS = st.lists(
    st.tuples(st.integers(0, 3), TEXTS, TEXTS, TEXTS.map(lambda t: t or None), st.integers(-9, 11)),
    max_size=40,
)


def source_of(folder: Path, parts: Sequence[Sequence[bytes]], stripes: int = 2) -> ArrivalInput:
    """Return an input of files with these lines."""
    paths = []
    for number, lines in enumerate(parts):
        path = folder / f"{number}.jsonl"
        path.write_bytes(b"".join(each + b"\n" for each in lines))
        paths.append(str(path))
    files = InputFiles(paths=tuple(paths), file_format="jsonl", stripes=stripes, block_bytes=90)
    return ArrivalInput(files, PlainParser())


def dealt(source: Input) -> list[Batch]:
    """Return the batches of all partitions in the order in which they were dealt."""
    readers = [source.open(number) for number in range(source.partitions)]
    batches: list[Batch] = []
    while (batch := readers[len(batches) % len(readers)].next()) is not None:
        batches.append(batch)
    assert all(reader.next() is None for reader in readers)
    for reader in readers:
        reader.close()
    return batches


def key(row: Row) -> tuple[object, ...]:
    """Return a row's canonical place, the plain way."""
    time, source, event_id, text, price = row
    return time, source, event_id, price, text is not None, text or ""


@given(ROWS, st.integers(1, 7), st.integers(1, 9), st.integers(1, 3), st.integers(1, 3))
def test_both_sorts_agree_with_the_plain_one(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Row],
    memory_rows: int,
    rows_per_batch: int,
    stripes: int,
    piece_rows: int,
) -> None:
    """Rows come in canonical order, ties in file order, whatever the sizes of runs and batches."""
    folder = tmp_path_factory.mktemp("input")
    source = source_of(folder, [[line(row) for row in rows]], stripes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "PIECE_ROWS", piece_rows)
        on_disk = sort_files(
            source, folder / "sorted", memory_rows=memory_rows, rows_per_batch=rows_per_batch
        )
    in_memory = sort_in_memory(source, rows_per_batch=rows_per_batch)

    path = source.files.paths[0]
    order = sorted(range(len(rows)), key=lambda n: key(rows[n]))
    for found in (in_memory, on_disk):
        batches = dealt(found)
        assert rows_of(batches) == [rows[n] for n in order]
        assert places(batches) == [(path, n + 1) for n in order]
        assert [len(b.table) for b in batches[:-1]] == [rows_per_batch] * (len(batches) - 1)
        assert sum(b.bytes_read for b in batches) == found.total_bytes
        assert found.final_time == max((row[0] for row in rows), default=None)
        assert sum(b.clamped for b in batches) == sum(row[0] % 2 for row in rows)
    assert sorted(p.name for p in on_disk.folder.iterdir()) == [
        "dead_letters.jsonl", "sorted.arrow", "sorted.json"
    ]  # fmt: skip


@given(ROWS, st.data())
def test_the_cut_into_files_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    """The same records give equal tables, whatever file each is in."""
    folder = tmp_path_factory.mktemp("input")
    other = tmp_path_factory.mktemp("other")
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    parts = [[line(row) for row in shuffled[:cut]], [line(row) for row in shuffled[cut:]]]

    one = sort_files(source_of(folder, [[line(row) for row in rows]]), folder / "s", memory_rows=9)
    two = sort_files(source_of(other, parts), other / "s", memory_rows=5)

    assert rows_of(dealt(one)) == rows_of(dealt(two))


@given(ROWS, st.integers(0, 5), st.integers(1, 3))
def test_a_position_resumes_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], stop: int, stripes: int
) -> None:
    """After a stop the same batches follow, and the counts come once."""
    folder = tmp_path_factory.mktemp("input")
    source = source_of(folder, [[line(row) for row in rows], [b"?"]], stripes)
    on_disk = sort_files(source, folder / "sorted", rows_per_batch=3)
    for found in (on_disk, sort_in_memory(source, rows_per_batch=3)):
        whole = drain(found.open(0))

        reader = found.open(0)
        before = [batch for _ in range(stop) if (batch := reader.next()) is not None]
        after = drain(found.open(0, reader.position()))
        reader.close()

        assert _seen(before + after) == _seen(whole)


def _seen(batches: list[Batch]) -> list[object]:
    return [(rows_of([b]), places([b]), b.dead, b.records, b.ignored) for b in batches]


@pytest.mark.parametrize("rows", [[], [(0, "web", "a", None, 0)] * 9])
def test_counts_and_dead_letters_come_first(tmp_path: Path, rows: list[Row]) -> None:
    """The first batch of partition 0 brings them all, in file order, even where no row is."""
    lines = [line(row) for row in rows]
    source = source_of(tmp_path, [[b"?", *lines, b"{}"], [b"{}", b"?", b"!"]])
    for found in (sort_in_memory(source), sort_files(source, tmp_path / "s", rows_per_batch=2)):
        first, *others = dealt(found)

        one, two = source.files.paths
        assert [letter[:3] for letter in first.dead] == [
            (one, 1, "not_an_object"), (two, 2, "not_an_object"), (two, 3, "not_an_object")
        ]  # fmt: skip
        assert (first.records, first.ignored) == (len(rows) + 5, 2)
        assert not any(b.dead or b.records or b.ignored for b in others)


def test_no_records_at_all_are_fine(tmp_path: Path) -> None:
    """Empty files make one empty batch that has the columns of any other."""
    source = source_of(tmp_path, [[]])
    files = InputFiles(paths=source.files.paths, file_format="csv", columns=("t", "id"))
    csv_source = ArrivalInput(files, PlainParser())
    for found in (
        sort_in_memory(csv_source),
        sort_in_memory(source),
        sort_files(source, tmp_path / "sorted"),
    ):
        (batch,) = dealt(found)

        assert len(batch.table) == 0
        assert {"time", "id", "row", "file", "line"} <= set(batch.table)
        assert found.final_time is None


def test_columns_keep_their_types(tmp_path: Path) -> None:
    """What comes back from the disk has the types that went there."""
    rows = [(n, "web", f"{n}", None if n % 2 else "x", n) for n in range(5)]
    source = source_of(tmp_path, [[line(row) for row in rows]])

    (batch,) = dealt(sort_files(source, tmp_path / "sorted"))
    (memory,) = dealt(sort_in_memory(source))

    kinds = {name: column.dtype for name, column in batch.table.columns.items()}
    assert kinds == {name: column.dtype for name, column in memory.table.columns.items()}
    assert batch.table["channel"].tolist() == ["x", None, "x", None, "x"]
    assert batch.table["derived"].tolist() == [False] * 5


def test_a_finished_sort_is_found_again(tmp_path: Path) -> None:
    """It serves while its inputs are the same and it is whole; otherwise it is passed over."""
    source = source_of(tmp_path, [[line((0, "web", "a", None, 0))]])
    folder = tmp_path / "new" / "sorted"
    assert SortedInput.open_existing(folder, source.fingerprint) is None
    sort_files(source, folder)

    again = SortedInput.open_existing(folder, source.fingerprint)
    assert again is not None
    assert rows_of(dealt(again)) == [(0, "web", "a", None, 0)]
    assert again.partitions == source.partitions
    assert SortedInput.open_existing(folder, "other") is None

    rows = folder / "sorted.arrow"
    rows.write_bytes(rows.read_bytes()[:-1])
    assert SortedInput.open_existing(folder, source.fingerprint) is None


def test_the_fingerprint_follows_the_files(tmp_path: Path) -> None:
    """A changed file, another order of files or another reading is another input."""
    source = source_of(tmp_path, [[b"{}"], [b"{}"]])
    path = Path(source.files.paths[0])
    seen = {source.fingerprint}

    assert ArrivalInput(source.files, PlainParser()).fingerprint in seen
    swapped = source.files.paths[::-1]
    changes: list[dict[str, Any]] = [
        {"paths": swapped}, {"max_record_bytes": 5}, {"file_format": "csv"}
    ]  # fmt: skip
    for changed in changes:
        files = InputFiles(**{"paths": source.files.paths, "file_format": "jsonl", **changed})
        seen.add(ArrivalInput(files, PlainParser()).fingerprint)
    path.write_bytes(b"{}\n{}\n")
    seen.add(ArrivalInput(source.files, PlainParser()).fingerprint)

    assert len(seen) == 5


def test_a_caller_can_add_to_the_fingerprint(tmp_path: Path) -> None:
    """What the rows depend on besides the files is for the caller to say."""
    source = source_of(tmp_path, [[b"{}"]])
    sort_files(source, tmp_path / "sorted", fingerprint="files and mapping")

    assert SortedInput.open_existing(tmp_path / "sorted", "files and mapping") is not None
    assert SortedInput.open_existing(tmp_path / "sorted", source.fingerprint) is None


def test_progress_sums_up_to_the_input(tmp_path: Path) -> None:
    """Progress is told in bytes of the input."""
    source = source_of(tmp_path, [[b"{}"] * 100])
    told: list[int] = []

    sort_files(source, tmp_path / "sorted", progress=told.append)

    assert len(told) > 1
    assert sum(told) == source.total_bytes


def test_a_failed_sort_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    """Where an input fails, the former result is gone and no part of the new one stays."""
    source = source_of(tmp_path, [[line((0, "web", "a", None, 0))], [b"{}"]])
    folder = tmp_path / "sorted"
    sort_files(source, folder)
    Path(source.files.paths[1]).write_bytes(b"")

    with pytest.raises(InputError, match="became shorter"):
        sort_files(source, folder)

    assert SortedInput.open_existing(folder, source.fingerprint) is None
    assert not list(folder.glob("*.part"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the way is an error that names the folder."""
    (tmp_path / "taken").write_bytes(b"")

    with pytest.raises(OutputError, match="taken"):
        sort_files(source_of(tmp_path, [[b"{}"]]), tmp_path / "taken")


def test_a_damaged_result_is_named_with_a_remedy(tmp_path: Path) -> None:
    """Damage that keeps the size is found on reading, at the latest."""
    source = source_of(tmp_path, [[b"?", line((0, "web", "a", None, 0))]])
    found = sort_files(source, tmp_path / "sorted")
    for name in ("dead_letters.jsonl", "sorted.arrow"):
        path = tmp_path / "sorted" / name
        path.write_bytes(b"\0" * path.stat().st_size)

        with pytest.raises(RecoveryError, match="delete that folder"):
            dealt(found)


def test_no_damaged_byte_ends_in_anything_but_a_clear_error(tmp_path: Path) -> None:
    """A flipped byte is found, or changes a value; it never breaks out of the file."""
    rows = [line((n, "web", "é" * n, "x" if n % 2 else None, n)) for n in range(9)]
    found = sort_files(source_of(tmp_path, [rows]), tmp_path / "sorted", rows_per_batch=4)
    path = tmp_path / "sorted" / "sorted.arrow"
    whole = path.read_bytes()
    outcomes = 0
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            batches = drain(found.open(0))
        except RecoveryError:
            continue
        assert sum(len(batch.table) for batch in batches) <= len(rows)
        outcomes += 1
    assert outcomes > 0


@pytest.mark.parametrize("position", [b'{"piece":1}', b'{"piece":8}', b"?"])
def test_a_foreign_position_is_refused(tmp_path: Path, position: bytes) -> None:
    """A position of another partition or a longer input is an error."""
    source = source_of(tmp_path, [[b"{}"]])

    with pytest.raises(RecoveryError, match="saved position"):
        sort_in_memory(source).open(0, position)
