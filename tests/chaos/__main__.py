"""Break jobs off at random and compare: `make chaos`, or `python -m tests.chaos --help`.

A history is played into topics of a broker, the job that reads them is killed again and again, at
any moment, and started again with another number of workers; at the end its outputs must be those
of a run over the exported history: nothing lost, nothing twice, nothing else. `--fault NAME` (or
`all`) does something else to it than killing: what must be refused is refused with one sentence,
and once mended the outputs must be the same. Each round has a seed of its own, which is printed;
`--seed` and `--rounds 1` repeat it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.compared import Differences
from tests.chaos.faults import FAULTS, CannotPlayError, meet
from tests.chaos.scenario import play
from tests.kafka.broker import Broker, real_kafka
from tests.kafka.mock_cluster import mock_kafka

Round = Callable[[int, Broker, Path], dict[str, Differences]]
"""A seed played on a broker, in an empty folder."""


def main(arguments: list[str] | None = None) -> int:
    """Play the rounds; the status is 1 if anything differed."""
    parsed = _parser().parse_args(arguments)
    wrong = [
        f"{name}, seed {seed}"
        for name, one in _rounds(parsed.fault, parsed.kills, parsed.broker).items()
        for seed in range(parsed.seed, parsed.seed + parsed.rounds)
        if not _sound(name, seed, one, parsed.broker)
    ]
    print(
        "; ".join(["not as it should be", *wrong]) if wrong else "all as it should be", flush=True
    )
    return 1 if wrong else 0


def _rounds(fault: str | None, kills: int, broker: str) -> dict[str, Round]:
    """Return what is played, by name."""
    if fault is None:
        return {f"{kills} kills": lambda seed, on, folder: play(seed, kills, on, folder)}
    names = [one for one in FAULTS if fault in ("all", one)]
    names = [one for one in names if broker == "mock" or FAULTS[one].anywhere]
    return {one: lambda seed, on, folder, one=one: meet(one, seed, on, folder) for one in names}  # type: ignore[misc]


def _sound(name: str, seed: int, one: Round, kind: str) -> bool:
    """Play a round, print what came of it, and return whether it is as it should be."""
    began = time.monotonic()
    try:
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            found = one(seed, _broker(kind, folder, held), folder)
        sound = all(differences.none for differences in found.values())
        told = "; ".join(f"{output}: {differences}" for output, differences in found.items())
    except CannotPlayError as error:
        sound, told = True, f"not played: {error}"
    except RuntimeError as error:
        sound, told = False, str(error)
    print(f"{name}, seed {seed}: {time.monotonic() - began:.0f} s; {told}", flush=True)
    return sound


def _broker(kind: str, folder: Path, held: ExitStack) -> Broker:
    if kind == "mock":
        return held.enter_context(mock_kafka())
    (folder / "kafka").mkdir()
    return held.enter_context(real_kafka(folder / "kafka"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--broker", choices=["mock", "real"], default="mock")
    parser.add_argument("--fault", choices=["all", *FAULTS], help="instead of kills")
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--rounds", type=int, default=10, help="each with a broker of its own")
    parser.add_argument("--kills", type=int, default=20, help="a round")
    return parser


if __name__ == "__main__":
    sys.exit(main())
