"""Lane keys: every number of workers from 1 to 8 gets an even share of the lanes."""

from __future__ import annotations

import threading
from collections import Counter

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream
from bytewax.testing import TestingSink, TestingSource, cluster_main

from rtm_flows.config import MAX_LANES
from rtm_flows.lanes.lane_keys import lane_index, lane_key

MASK = (1 << 64) - 1


def siphash13(data: bytes) -> int:
    """Return SipHash-1-3 with the key 0 (Aumasson and Bernstein, 2012): what the engine hashes by.

    Examples
    --------
    >>> hex(siphash13(b""))
    '0xd1fba762150c532c'
    """
    v = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]
    whole = len(data) // 8 * 8
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) % 256) << 56)
    for word in words:
        v[3] ^= word
        _round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        _round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _round(v: list[int]) -> None:
    _half(v, 0, 1, 13, 32)
    _half(v, 2, 3, 16, None)
    _half(v, 0, 3, 21, None)
    _half(v, 2, 1, 17, 32)


def _half(v: list[int], a: int, b: int, turn: int, other: int | None) -> None:
    v[a] = (v[a] + v[b]) & MASK
    v[b] = _turned(v[b], turn) ^ v[a]
    if other is not None:
        v[a] = _turned(v[a], other)


def _turned(value: int, by: int) -> int:
    return ((value << by) | (value >> (64 - by))) & MASK


def worker_of(key: str, workers: int) -> int:
    """Return the worker to which the engine sends a key: its text is hashed with a last 0xFF."""
    return siphash13(key.encode() + b"\xff") % workers


def test_each_lane_has_a_key_of_its_own() -> None:
    """As many as a job may have lanes, and each can be told from its key."""
    keys = [lane_key(lane) for lane in range(MAX_LANES)]

    assert len(set(keys)) == MAX_LANES
    assert [lane_index(key) for key in keys] == list(range(MAX_LANES))


@pytest.mark.parametrize("workers", range(1, 9))
def test_lanes_go_round_the_workers(workers: int) -> None:
    """Lane l belongs to worker l modulo the workers, so that any first lanes are shared evenly."""
    found = [worker_of(lane_key(lane), workers) for lane in range(MAX_LANES)]

    assert found == [lane % workers for lane in range(MAX_LANES)]


@pytest.mark.parametrize("workers", [2, 3])
def test_the_engine_does_as_we_reckon(workers: int) -> None:
    """Threads of a real flow get the lanes that the hash says: any other hash would spoil this."""
    lanes, seen = 24, list[tuple[int, int]]()
    flow = Dataflow("lanes")
    keyed: KeyedStream[int] = op.map(
        "key",
        op.input("in", flow, TestingSource(range(lanes))),
        lambda lane: (lane_key(lane), lane),
    )
    told = op.key_rm("rm", op.stateful_map("whose", keyed, _whose))
    op.output("out", told, TestingSink(seen))
    cluster_main(flow, [], 0, worker_count_per_proc=workers)  # type: ignore[no-untyped-call]

    by_thread: dict[int, set[int]] = {}
    for lane, thread in seen:
        by_thread.setdefault(thread, set()).add(lane)
    expected = [set(range(first, lanes, workers)) for first in range(workers)]
    assert sorted(by_thread.values(), key=min) == expected
    assert Counter(len(own) for own in by_thread.values()) == {lanes // workers: workers}


def _whose(_: int | None, lane: int) -> tuple[int, tuple[int, int]]:
    return lane, (lane, threading.get_ident())
