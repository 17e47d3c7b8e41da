"""Packed JSON Lines files, read from front to back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.files import InputFiles
from rtm_flows.errors import InputError
from tests.connectors.packed import PACKED
from tests.connectors.plain_parser import PlainParser, drain, places, read_all
from tests.connectors.test_blocks import contents, expected

SUFFIXES = st.sampled_from(sorted(PACKED))


def pair(
    folder: Path,
    found: Sequence[bytes],
    *,
    stripes: int,
    block_bytes: int,
    limit: int,
    suffix: str = ".gz",
) -> tuple[ArrivalInput, ArrivalInput]:
    """Return an input of plain files, and one of the same files packed."""
    plain, packed = [], []
    for number, content in enumerate(found):
        plain.append(folder / f"{number}.jsonl")
        packed.append(folder / f"{number}.jsonl{suffix}")
        plain[-1].write_bytes(content)
        half = len(content) // 2  # two parts, as appending to a packed file makes them
        pack = PACKED[suffix]
        packed[-1].write_bytes(pack(content[:half]) + pack(content[half:]))
    return tuple(
        ArrivalInput(
            InputFiles(
                paths=tuple(map(str, paths)),
                file_format="jsonl",
                stripes=stripes,
                block_bytes=block_bytes,
                max_record_bytes=limit,
            ),
            PlainParser(),
        )
        for paths in (plain, packed)
    )  # type: ignore[return-value]


@given(
    st.lists(contents(), min_size=1, max_size=3),
    st.integers(1, 200),
    st.integers(1, 3),
    st.sampled_from([30, 60, 1000]),
    SUFFIXES,
)
def test_packing_changes_nothing_but_the_names(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[bytes],
    block_bytes: int,
    stripes: int,
    limit: int,
    suffix: str,
) -> None:
    """Packed files give the same records at the same places as plain ones."""
    folder = tmp_path_factory.mktemp("input")
    plain, packed = pair(
        folder, found, stripes=stripes, block_bytes=block_bytes, limit=limit, suffix=suffix
    )

    batches = read_all(packed)

    good, bad = expected(plain)
    assert sorted(places(batches)) == [(f"{path}{suffix}", number) for path, number in good]
    assert sorted((dead.file, dead.line, dead.reason) for b in batches for dead in b.dead) == [
        (f"{path}{suffix}", number, reason) for path, number, reason in bad
    ]


@given(contents(), st.integers(1, 100), st.integers(0, 6), st.sampled_from([30, 1000]), SUFFIXES)
def test_a_position_resumes_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    content: bytes,
    block_bytes: int,
    stop: int,
    limit: int,
    suffix: str,
) -> None:
    """What a reader returns after a stop is what it would have returned without."""
    folder = tmp_path_factory.mktemp("input")
    found = [content, content, content]
    options = {"stripes": 2, "block_bytes": block_bytes, "limit": limit}
    source = pair(folder, found, **options, suffix=suffix)[1]
    whole = drain(source.open(0))

    reader = source.open(0)
    before = [batch for _ in range(stop) if (batch := reader.next()) is not None]
    after = drain(source.open(0, reader.position()))
    reader.close()

    assert [(places([b]), b.dead) for b in before + after] == [(places([b]), b.dead) for b in whole]


def test_a_byte_order_mark_is_no_part_of_a_line(tmp_path: Path) -> None:
    """Also where a line too long follows in the first piece."""
    content = b"\xef\xbb\xbf" + b'{"t":0,"id":"1234"}\n' + b"x" * 200 + b'\n{"t":0,"id":"5"}\n'
    for source in pair(tmp_path, [content], stripes=1, block_bytes=30, limit=19):
        batches = read_all(source)

        assert [number for _, number in places(batches)] == [1, 3]
        assert [letter.line for batch in batches for letter in batch.dead] == [2]


def test_each_packed_file_belongs_to_one_partition(tmp_path: Path) -> None:
    """Files are dealt to the partitions in the order of their paths."""
    source = pair(tmp_path, [b'{"t":0,"id":1}\n'] * 3, stripes=2, block_bytes=1, limit=99)[1]

    dealt = [{path for path, _ in places(drain(source.open(number)))} for number in range(2)]

    first, second, third = source.files.paths
    assert dealt == [{first, third}, {second}]


def test_bytes_read_are_those_of_the_packed_file(tmp_path: Path) -> None:
    """Progress is measured in packed bytes, which is all that is known of the size."""
    content = b"".join(b'{"t":%d,"id":"%d"}\n' % (n, n * n) for n in range(20_000))
    source = pair(tmp_path, [content], stripes=1, block_bytes=50_000, limit=99)[1]

    read = [batch.bytes_read for batch in read_all(source)]

    assert source.total_bytes == Path(source.files.paths[0]).stat().st_size
    assert 0.9 * source.total_bytes < sum(read) <= source.total_bytes


@pytest.mark.parametrize("suffix", sorted(PACKED))
@pytest.mark.parametrize("damage", ["cut off", "flipped", "not packed"])
def test_a_damaged_file_is_named_with_place_and_remedy(
    tmp_path: Path, damage: str, suffix: str
) -> None:
    """What could be read is delivered; then an error names file, line and remedy."""
    lines = b"".join(b'{"t":%d,"id":"%d"}\n' % (n, n * n * n) for n in range(5_000))
    data = bytearray(PACKED[suffix](lines[:100_000]) + PACKED[suffix](lines[100_000:]))
    if damage == "cut off":
        del data[-2000:]
    elif damage == "flipped":
        data[-20] ^= 0xFF
    else:
        data[:2] = b"ab"
    path = tmp_path / f"events.jsonl{suffix}"
    path.write_bytes(data)
    files = InputFiles(paths=(str(path),), file_format="jsonl", block_bytes=10_000, stripes=1)
    reader = ArrivalInput(files, PlainParser()).open(0)
    test = "gzip -t" if suffix == ".gz" else "zstd -t"

    with pytest.raises(InputError, match=rf"events\.jsonl{suffix}.*after line \d+.*{test}"):
        drain(reader)
    again = ArrivalInput(files, PlainParser()).open(0, b'{"piece":0,"offset":200000,"line":9}')
    with pytest.raises(InputError, match=test):
        again.next()
