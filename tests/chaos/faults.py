"""Every fault by its name: played, then mended, then compared.

In: the name of a fault, a seed, a broker. Out: what sets the topics that the disturbed job wrote
apart from what a run over the exported history writes. The seed says all that is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.chaos import broker_faults, load_faults, state_faults
from tests.chaos.compared import Differences
from tests.chaos.stage import SLOWLY, Stage, history
from tests.chaos.state_faults import CannotPlayError
from tests.kafka.broker import Broker

__all__ = ["FAULTS", "CannotPlayError", "Fault", "meet"]

PEOPLE = 60

Play = Callable[[Stage, random.Random, list[bytes]], None]


class Fault(NamedTuple):
    """A fault.

    Attributes
    ----------
    play
        Disturbs a job that has not begun, and mends what it did.
    client
        Lines of `[kafka.client]` that it wants.
    anywhere
        Whether it can be played on any broker, not only on the mock cluster.
    """

    play: Play
    client: str = ""
    anywhere: bool = True


FAULTS = {
    "broker-away": Fault(broker_faults.away),
    "broker-away-too-long": Fault(broker_faults.away_too_long, broker_faults.IMPATIENT),
    "slow-network": Fault(broker_faults.slow_network, anywhere=False),
    "slow-sink": Fault(broker_faults.slow_sink, anywhere=False),
    "passing-errors": Fault(broker_faults.passing_errors, broker_faults.ONE_BY_ONE, anywhere=False),
    "refused-records": Fault(broker_faults.refused, anywhere=False),
    "retention": Fault(broker_faults.retention, anywhere=False),
    "hot-key": Fault(load_faults.hot_key),
    "silent-partition": Fault(load_faults.silent_partition),
    "full-disk": Fault(state_faults.full_disk),
    "damaged-state": Fault(state_faults.damaged),
    "other-job": Fault(state_faults.other_job),
}


def meet(name: str, seed: int, broker: Broker, folder: Path) -> dict[str, Differences]:
    """Play a fault, run the job to its end, and return what differs, output by output."""
    fault, rng = FAULTS[name], random.Random(f"{name} {seed}")
    stage = Stage(broker, folder, SLOWLY, fault.client, every=0.2)
    fault.play(stage, rng, history(seed, PEOPLE))
    stage.job.to_end(rng.choice([1, 2]))
    return stage.differences()
