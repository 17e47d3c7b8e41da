"""Random topics, cut into rounds, and what the page says becomes of them: one record at a time.

It shares with the package the parser of a record and nothing of how rounds are judged and ordered.
"""

from __future__ import annotations

import json
import math
import random
from functools import cache
from typing import Any, NamedTuple

from rtm_flows.config import Job, load
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.topic_records import Record
from rtm_flows.events.parser import Parser

LATENESS = 5_000
BEGAN = 1_700_000_000_000
BROKEN = (b"{", b"", b" ", None, b"[1]", b'{"time": 1, "type": "search"}')

Log = dict[str, list[Record]]
"""The records of all partitions."""


@cache
def job_of(order: str = "log") -> Job:
    """Return a job of three topics, one of them of control."""
    return load(
        {
            "name": "tiny",
            "lanes": 3,
            "input": {"kind": "kafka", "max_record_bytes": 400},
            "outputs": {"kind": "files"},
            "time": {"order": order, "lateness": "PT5S", "tick": "PT1S"},
            "kafka": {
                "topics": [
                    {"name": "web"},
                    {"name": "consents", "control": True},
                    {
                        "name": "crm",
                        "format": "mapping",
                        "mapping": {
                            "id": "nr",
                            "time": "at",
                            "user_id": "who",
                            "type": "what",
                            "types": {"call": "search", "order": "purchase"},
                            "ignore": ["note"],
                        },
                    },
                ]
            },
        }
    )


def topics(seed: int, records: int = 60) -> Log:
    """Return the records of a seed, of up to two partitions a topic."""
    rng = random.Random(seed)
    names = ["web/0", "web/1", "crm/0", "crm/1", "consents/0"]
    log: Log = {name: [] for name in [*rng.sample(names, rng.randint(1, 5)), "web/0"]}
    now, offsets = BEGAN, {name: rng.choice([0, 7]) for name in log}
    for number in range(records):
        now += rng.choice([0, 0, 500, 1000, 3000, 30_000])
        name = rng.choice(list(log))
        offsets[name] += rng.choice([0, 0, 0, 2])  # what a transaction leaves behind
        log[name].append(Record(offsets[name], _value(rng, name, number, now)))
        offsets[name] += 1
    return log


def _value(rng: random.Random, name: str, number: int, now: int) -> bytes | None:
    if rng.random() < 0.1:
        return rng.choice([*BROKEN, b'{"a": "' + b"x" * 400 + b'"}'])
    ahead = [0, 0, 4000, 60_000] if name == "consents/0" else [0]
    time = now - rng.choice([0, 0, 1000, 5000, 5001, 20_000]) + rng.choice(ahead)
    if name.startswith("crm"):
        what = rng.choice(["call", "order", "note"])
        told: dict[str, Any] = {"nr": number, "at": time, "who": rng.choice("abc"), "what": what}
    else:
        told = {"id": f"e{number}", "time": time, "type": "search", "user_id": rng.choice("abc")}
    return json.dumps(told, indent=rng.choice([None, 1])).encode()


def cut(seed: int, log: Log) -> list[Round]:
    """Return rounds that read all of a log, partitions joining and falling silent on the way."""
    rng = random.Random(f"rounds {seed}")
    left = {name: list(records) for name, records in log.items()}
    starts = {name: records[0].offset if records else 0 for name, records in log.items()}
    late = rng.choice([None, *log])
    joined = {name: start for name, start in starts.items() if name != late}
    known, rounds = set(joined), list[Round]()
    while any(left.values()) or joined:
        if late is not None and late not in known and (rng.random() < 0.2 or len(rounds) > 30):
            joined = {**joined, late: starts[late]}
            known.add(late)
        ends = {}
        for name in sorted(known):
            if left[name] and rng.random() < 0.6:
                taken = rng.randint(1, min(6, len(left[name])))
                ends[name] = left[name][taken - 1].offset + 1
                del left[name][:taken]
        silent = [name for name in sorted(known - set(ends)) if rng.random() < 0.1]
        idle = tuple(name for name in silent if not name.startswith("consents"))
        if ends or idle or joined:
            rounds.append(Round(number=len(rounds), joined=joined, ends=ends, idle=idle))
        joined = {}
        if late is not None and late not in known and not any(left[n] for n in known):
            joined = {late: starts[late]}
            known.add(late)
    return [*rounds, Round(number=len(rounds), last=True)]


def records_of(round_: Round, begun: dict[str, int], log: Log) -> dict[str, list[Record]]:
    """Return the records of a round, where `begun` tells how far the rounds before it came."""
    return {
        name: [one for one in log[name] if begun[name] <= one.offset < end]
        for name, end in round_.ends.items()
    }


class Expected(NamedTuple):
    """What must become of a round: ids in order, late ones with their places, and the mark."""

    rows: list[tuple[int, str]]
    late: list[tuple[str, int, int, int]]
    dead: list[tuple[str, int, int, str]]
    records: int
    ignored: int
    before: float
    mark: float
    top: float


@cache
def _parsers(order: str) -> dict[str, Parser]:
    job = job_of(order)
    assert job.kafka is not None
    topics = job.kafka.topics
    return {topic.name: parser_of(job, mapping=topic.mapping or job.mapping) for topic in topics}


class Naive:
    """The page, one record at a time."""

    def __init__(self, job: Job) -> None:
        self._parsers = _parsers(job.order)
        self._limit = job.input.max_record_bytes
        self._tops: dict[str, float] = {}
        self._idle: set[str] = set()
        self._waiting: list[tuple[int, str, int, int, str]] = []
        self._mark = -math.inf

    def take(self, round_: Round, records: dict[str, list[Record]]) -> Expected:
        """Return what must become of a round."""
        before, late, dead, ignored = self._mark, [], [], 0
        rows: list[tuple[int, str, int, int, str]] = []
        for name in round_.joined:
            self._tops[name] = -math.inf
        for name in sorted(records, key=lambda n: (n.split("/")[0], int(n.split("/")[1]))):
            self._idle.discard(name)
            topic, number = name.split("/")[0], int(name.split("/")[1])
            for offset, value in records[name]:
                fate = self._parsed(topic, value)
                if isinstance(fate, str):
                    dead.append((topic, offset, number, fate))
                elif fate is None:
                    ignored += 1
                elif topic == "consents":
                    self._waiting.append((fate[0], topic, number, offset, fate[1]))
                elif fate[0] < max(self._tops[name] - LATENESS, before):
                    first = max(self._tops[name], before + LATENESS)
                    late.append((topic, offset, number, int(first) - fate[0]))
                else:
                    self._tops[name] = max(self._tops[name], fate[0])
                    rows.append((fate[0], topic, number, offset, fate[1]))
        own = {name: top for name, top in self._tops.items() if not name.startswith("consents")}
        top = max(own.values(), default=-math.inf)
        due = [one for one in self._waiting if one[0] <= top]
        self._waiting = [one for one in self._waiting if one[0] > top]
        rows += [(max(time, int(max(before, 0))), *rest) for time, *rest in due]  # type: ignore[misc]
        if round_.last:
            ignored, self._waiting = ignored + len(self._waiting), []
        self._idle |= set(round_.idle)
        holding = [top - LATENESS for name, top in own.items() if name not in self._idle]
        self._mark = max(before, min(holding) if holding else top - LATENESS)
        count = len(rows) + len(late) + len(dead) + ignored
        ids = [(time, event) for time, *_, event in sorted(rows)]
        return Expected(ids, late, dead, count, ignored, before, self._mark, top)

    def _parsed(self, topic: str, value: bytes | None) -> tuple[int, str] | str | None:
        """Return time and id of an event, why it is none, or None for an ignored one."""
        if value is None:
            return "tombstone"
        if len(value) > self._limit:
            return "too_large"
        parsed = self._parsers[topic].parse_lines([value])
        if parsed.bad:
            return parsed.bad[0].reason
        if parsed.ignored:
            return None
        return int(parsed.table["time"][0]), str(parsed.table["id"][0])
