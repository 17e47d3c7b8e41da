"""What the world may do to a job: one person who does half of everything, and a silent partition.

Each is played with a stage whose job has not begun, and leaves it so that it can be run to its end.
"""

from __future__ import annotations

import random
import time

import msgspec

from tests.chaos.running import wait_until
from tests.chaos.stage import PARTITIONS, Stage, partition_of


def hot_key(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Half of all events are one person's, in one partition; the job is killed in the middle."""
    stage.produce([_made_hot(line) if rng.random() < 0.5 else line for line in lines])
    with stage.job.running(rng.choice([1, 2])) as process:
        stage.at(rng.uniform(0.05, 0.5) * len(lines), process)


def silent_partition(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """One partition has no records for long and is passed over; what then comes there is late."""
    silent = rng.randrange(PARTITIONS)
    stage.produce([line for line in lines if partition_of(line) != silent])
    with stage.job.running(rng.choice([1, 2])) as process:
        wait_until(lambda: _passed_over(stage, silent), process)
        wait_until(stage.written, process)
        stage.produce([line for line in lines if partition_of(line) == silent])
        time.sleep(rng.uniform(0.0, 1.0))
    stage.job.to_end()
    if not any(stage.high(stage.topic("late"), number) for number in range(PARTITIONS)):
        msg = f"nothing was late that came to partition {silent} after its silence"
        raise RuntimeError(msg)


def _passed_over(stage: Stage, number: int) -> bool:
    """Return whether a partition of events is known to be idle."""
    path = stage.job.recovery / "rounds"
    told = path.read_bytes() if path.exists() else b""
    return b'"idle":' in told and f"shop.events/{number}".encode() in told


def _made_hot(line: bytes) -> bytes:
    """Return a line as one of the person who does everything."""
    try:
        tree = msgspec.json.decode(line)
        return msgspec.json.encode({**tree, "user_id": "hot"}) + b"\n"
    except (ValueError, TypeError):
        return line
