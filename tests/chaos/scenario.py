"""A history played into topics while the job that reads it is broken off again and again.

In: a seed, a broker, and how many kills. Out: what sets the topics that it wrote apart from what a
run over the exported history writes. The seed says all that is drawn.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.chaos.compared import Differences
from tests.chaos.running import kills
from tests.chaos.stage import Stage, history
from tests.kafka.broker import Broker


def play(seed: int, count: int, broker: Broker, folder: Path) -> dict[str, Differences]:
    """Break a job off `count` times; return what differs, output by output."""
    rng = random.Random(seed)
    stage, lines = Stage(broker, folder), history(seed)
    cuts = [0, *sorted(rng.sample(range(1, len(lines)), count)), len(lines)]
    for at, kill in enumerate(kills(rng, count, 4.0)):
        stage.produce(lines[cuts[at] : cuts[at + 1]])
        stage.job.broken(kill)
    stage.produce(lines[cuts[count] :])
    stage.job.to_end(rng.choice([1, 2]))
    return stage.differences()
