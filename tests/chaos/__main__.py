"""Break jobs off at random and compare: `make chaos`, or `python -m tests.chaos --help`.

A history is played into topics of a broker, the job that reads them is killed again and again, at
any moment, and started again with another number of workers; at the end its outputs must be those
of a run over the exported history: nothing lost, nothing twice, nothing else. Each round has a seed
of its own, which is printed; `--seed` and `--rounds 1` repeat it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.scenario import play
from tests.kafka.broker import Broker, real_kafka
from tests.kafka.mock_cluster import mock_kafka


def main(arguments: list[str] | None = None) -> int:
    """Play the rounds; the status is 1 if anything differed."""
    parsed = _parser().parse_args(arguments)
    wrong = 0
    for seed in range(parsed.seed, parsed.seed + parsed.rounds):
        began = time.monotonic()
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            broker = _broker(parsed.broker, folder, held)
            found = list(play(seed, parsed.kills, broker, folder))
        wrong += sum(not differences.none for _, differences in found)
        told = "; ".join(f"{output}: {differences}" for output, differences in found)
        seconds = time.monotonic() - began
        print(f"seed {seed}: {parsed.kills} kills in {seconds:.0f} s; {told}", flush=True)
    return min(wrong, 1)


def _broker(kind: str, folder: Path, held: ExitStack) -> Broker:
    if kind == "mock":
        return held.enter_context(mock_kafka())
    (folder / "kafka").mkdir()
    return held.enter_context(real_kafka(folder / "kafka"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--broker", choices=["mock", "real"], default="mock")
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--rounds", type=int, default=10, help="each with a broker of its own")
    parser.add_argument("--kills", type=int, default=20, help="a round")
    return parser


if __name__ == "__main__":
    sys.exit(main())
