"""Inputs of a job: which format, which order, and what is used again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.arriving import arrival, source_key
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.memory_input import MemorySortedInput
from rtm_flows.connectors.sorted_files import SortedInput
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.events.formats import columns_of
from tests.connectors.packed import PACKED

LINE = '{"id": "%d", "time": "2026-03-02T10:00:%02dZ", "user_id": "u", "type": "search"}\n'
LINES = "".join(LINE % (n, 59 - n) for n in range(50))
CSV = "id,when,who\n" + "".join(f"{n},2026-03-02T10:00:{59 - n:02d}Z,u\n" for n in range(50))
MAPPING = {
    "time": "when", "id": "id", "user_id": "who", "constants": {"type": "search"},
}  # fmt: skip


def job(**rule: Any) -> Job:
    """Return a job with an input."""
    return load({"name": "tiny", "input": rule})


def ids(source: Input) -> list[str]:
    """Return the ids of all events, partition by partition."""
    found: list[str] = []
    for number in range(source.partitions):
        reader = source.open(number)
        while (batch := reader.next()) is not None:
            assert batch.dead == []
            found += batch.table["id"].tolist()
        reader.close()
    return found


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("events.jsonl", {}),
        ("events.ndjson", {}),
        ("events.json", {}),
        ("EVENTS.LOG", {"file_format": "jsonl"}),
        ("events.csv", {"format": "mapping", "mapping": MAPPING}),
        ("events.txt", {"format": "mapping", "mapping": MAPPING}),
        ("events.csv.gz", {"format": "mapping", "mapping": MAPPING}),
        ("events.csv.zst", {"format": "mapping", "mapping": MAPPING}),
        ("events.jsonl.gz", {}),
        ("events.ndjson.ZST", {}),
        ("events.csv.2026", {"format": "mapping", "mapping": MAPPING}),
        ("events.dat", {"format": "mapping", "mapping": MAPPING, "file_format": "csv"}),
    ],
)
def test_the_format_is_told_by_the_name_or_by_the_job(
    tmp_path: Path, name: str, rule: dict[str, Any]
) -> None:
    """JSON Lines or CSV, packed or plain; what the name does not tell, the configuration does."""
    text = (CSV if "mapping" in rule else LINES).encode()
    path = tmp_path / name
    pack = PACKED.get(path.suffix.lower(), bytes)
    path.write_bytes(pack(text))

    source = arrival(job(paths=[str(path)], stripes=1, **rule))
    assert ids(source) == [str(n) for n in range(50)]


def test_a_format_that_cannot_be_told_is_asked_for() -> None:
    """The message names the file and the key."""
    with pytest.raises(ConfigError, match=r"what\.dat: is it JSON Lines, CSV or Parquet"):
        arrival(job(paths=["what.dat"]))


def test_a_job_without_files_is_refused() -> None:
    """The message names the key, and the flag that stands in for it."""
    with pytest.raises(ConfigError, match=r"input\.paths: names no file; .* --input PATH"):
        arrival(job())


def test_a_missing_file_is_named() -> None:
    """Before anything else is done."""
    with pytest.raises(InputError, match=r"nowhere\.jsonl cannot be read: No such file"):
        arrival(job(paths=["nowhere.jsonl"]))


def test_a_job_reads_in_order_of_arrival_or_of_time(tmp_path: Path) -> None:
    """Sorted in memory without a folder, on disk with one; the order is the same."""
    path = tmp_path / "events.jsonl"
    path.write_text(LINES)
    straight = open_input(job(paths=[str(path)], sort=False, stripes=1), tmp_path / "work")
    in_memory = open_input(job(paths=[str(path)], stripes=1), None)
    seen: list[int] = []
    on_disk = open_input(job(paths=[str(path)], stripes=1), tmp_path / "work", seen.append)

    assert isinstance(straight, ArrivalInput)
    assert isinstance(in_memory, MemorySortedInput)
    assert isinstance(on_disk, SortedInput)
    assert ids(straight) == [str(n) for n in range(50)]
    assert ids(in_memory) == ids(on_disk) == [str(n) for n in reversed(range(50))]
    assert sum(seen) == path.stat().st_size


def test_what_was_sorted_is_used_again_by_the_same_job_only(tmp_path: Path) -> None:
    """Another configuration reads the same files otherwise."""
    path = tmp_path / "events.jsonl"
    path.write_text(LINES)
    ours = job(paths=[str(path)], stripes=1)
    seen: list[int] = []
    open_input(ours, tmp_path / "work", seen.append)
    open_input(ours, tmp_path / "work", seen.append)
    assert sum(seen) == path.stat().st_size

    other = job(paths=[str(path)], stripes=1, source="other")
    open_input(other, tmp_path / "work", seen.append)
    assert sum(seen) == 2 * path.stat().st_size


def test_inputs_are_told_apart_by_files_and_configuration(tmp_path: Path) -> None:
    """A file that grew, another file, another key that changes answers; not how much is read."""
    path = tmp_path / "events.jsonl"
    path.write_text(LINES)
    (tmp_path / "copy.jsonl").write_text(LINES)
    ours = job(paths=[str(path)])

    def key(one: Job) -> str:
        return source_key(one, arrival(one))

    first = key(ours)
    assert key(ours) == key(job(paths=[str(path)], block_bytes=1 << 12)) == first
    assert key(with_input(ours, (str(tmp_path / "copy.jsonl"),))) != first
    assert key(job(paths=[str(path)], source="other")) != first
    path.write_text(LINES * 2)
    assert key(ours) != first


def test_rows_of_snowplow_may_begin_with_quotes(tmp_path: Path) -> None:
    """Tab-separated enriched events quote nothing: a title may open with a quote."""
    names = columns_of("snowplow", "\t")
    told = {"derived_tstamp": "2024-03-13T07:00:00Z", "domain_userid": "b", "event": "page_view"}
    titles = ('"Sale" today', '"', "plain")
    rows = [{**told, "event_id": str(n), "page_title": title} for n, title in enumerate(titles)]
    text = "".join("\t".join(row.get(name, "") for name in names) + "\n" for row in rows)
    (tmp_path / "enriched.tsv").write_text(text)
    rule = {"format": "snowplow", "csv": {"delimiter": "\t"}, "file_format": "csv"}
    found = load({"name": "shop", "input": {"paths": [str(tmp_path / "enriched.tsv")], **rule}})

    assert ids(arrival(found)) == ["0", "1", "2"]
