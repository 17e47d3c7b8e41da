"""Drift, measured: `python -m benchmarks.learning.drift`.

In: options of the command line. Out: Markdown tables on standard output, of false alarms and
delays of detection, and of what each response to an alarm is worth.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning import responses
from benchmarks.learning.rivals import RIVALS, Rival
from benchmarks.learning.streams import KINDS, chances, new_model, stream

Predicted = tuple[NDArray[np.float64], NDArray[np.bool_]]

RATES = (0.02, 0.1, 0.3)
SIZES = {"none": 100_000, "daily rhythm": 50_000}
SIZE = 40_000
FIRST_SEED = 1000


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning.drift")
    parser.add_argument("--seeds", type=int, default=8, help="streams a cell (%(default)s)")
    parser.add_argument(
        "--shrink", type=int, default=1, help="divide the streams' lengths (%(default)s)"
    )
    options = parser.parse_args(arguments)
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    streams = {
        (kind, rate): [_predicted(kind, rate, seed, options.shrink) for seed in seeds]
        for kind in KINDS
        for rate in RATES
    }
    _print_detectors(streams)
    responses.print_table(seeds, SIZE // options.shrink)
    return 0


def _predicted(kind: str, rate: float, seed: int, shrink: int) -> Predicted:
    x, labels = stream(kind, rate, seed, SIZES.get(kind, SIZE) // shrink)
    return chances(new_model(), x, labels), labels


def _print_detectors(streams: dict[tuple[str, float], list[Predicted]]) -> None:
    rows = [_row(rival, streams) for rival in RIVALS]
    still = [cell for cell in streams if cell[0] in SIZES]
    drifting = [cell for cell in streams if cell[0] not in SIZES]
    for cells in (still, drifting):
        heads = [f"{kind}, {rate:.0%}" for kind, rate in cells]
        print(f"| detector | us | {' | '.join(heads)} |\n|---{'|---' * (len(heads) + 1)}|")
        for rival, (spent, texts) in zip(RIVALS, rows, strict=True):
            told = " | ".join(texts[cell] for cell in cells)
            print(f"| {rival.name} | {spent:.1f} | {told} |")
        print()


def _row(
    rival: Rival, streams: dict[tuple[str, float], list[Predicted]]
) -> tuple[float, dict[tuple[str, float], str]]:
    """Return the microseconds that an example took, and what to print for each kind of stream."""
    count, spent, texts = 0, 0.0, {}
    for (kind, rate), predicted in streams.items():
        signals = [rival.signal(*one) for one in predicted]
        start = time.process_time()
        alarms = [rival.alarms(signal) for signal in signals]
        spent += time.process_time() - start
        sizes = [len(signal) for signal in signals]
        count += sum(sizes)
        texts[kind, rate] = (_false if kind in SIZES else _delay)(alarms, sizes)
    return spent / count * 1e6, texts


def _false(alarms: Sequence[list[int]], sizes: Sequence[int]) -> str:
    """Return alarms in 100,000 examples."""
    return f"{sum(map(len, alarms)) * 1e5 / sum(sizes):.1f}"


def _delay(alarms: Sequence[list[int]], sizes: Sequence[int]) -> str:
    """Return how many streams alarmed in time, after how many examples, and alarms before."""
    found, early = [], 0
    for places, size in zip(alarms, sizes, strict=True):
        early += sum(place < size // 2 for place in places)
        after = [place - size // 2 + 1 for place in places if place >= size // 2]
        found += after[:1]
    middle = f", {statistics.median(found):,.0f}" if found else ""
    return f"{len(found)}/{len(alarms)}{middle}{f' ({early} early)' if early else ''}"


if __name__ == "__main__":
    sys.exit(main())
