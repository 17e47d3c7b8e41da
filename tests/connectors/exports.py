"""Folders of exported topics, written from what lies in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rtm_flows.connectors.exported import ROUNDS, partition_path
from rtm_flows.connectors.partition_files import StoredRecord, partition_writer
from rtm_flows.connectors.rounds import Round, encode
from tests.connectors.sequenced import Log


def write_export(folder: Path, log: Log, rounds: Iterable[Round]) -> Path:
    """Write a log and its rounds as `rtm export` does."""
    for name, records in log.items():
        path = partition_path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with partition_writer(path) as file:
            for one in records:
                file.add(StoredRecord(one.offset, 0, b"k", one.value))
    (folder / ROUNDS).write_bytes(b"".join(encode(one) + b"\n" for one in rounds))
    return folder
