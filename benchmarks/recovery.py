"""What recovery costs a whole job that knows many people: `python -m benchmarks.recovery`.

In: how many people there are, of whom one in a hundred has events in each second of the job. Out:
the seconds of processor time that the job takes from file to file with a snapshot each second, and
without recovery.
The file begins with one event of everybody; so both are run over that beginning alone, too, and
what is compared is the rest. It is to be as many events a second as the job can take (`--rate`).
"""

from __future__ import annotations

import argparse
import itertools
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.make_events import CHANNELS, DEVICES, START_MS, TYPES

JOB = Path(__file__).parent / "rtm_peers_job.toml"
ACTIVE = 0.01
_LINE = (
    '{"event_id":"%016x","ts":%d,"user_id":"u%07d","session_id":"s%08d","type":"%s",'
    '"channel":"%s","device":"%s","price":%.2f,"url":"https://shop.example.com/dresses/1?utm=abc"}\n'
)


def lines(persons: Iterator[int], start: int, first: int, each_ms: float) -> Iterator[str]:
    """Give one event of each of some people."""
    for at, person in enumerate(persons):
        number = first + at
        kind, channel = TYPES[number * 7 % len(TYPES)], CHANNELS[person % len(CHANNELS)]
        device, price = DEVICES[person % len(DEVICES)], 1.0 + number % 9_900 / 100
        when = start + int(at * each_ms)
        yield _LINE % (number, when, person, person, kind, channel, device, price)


def write(people: int, seconds: int, rate: int, folder: Path) -> tuple[Path, Path]:
    """Write the beginning alone, and the whole; return both files."""
    beginning, whole = folder / "beginning.jsonl", folder / "whole.jsonl"
    rng = np.random.default_rng(7)
    with beginning.open("w", encoding="ascii") as file:
        file.writelines(lines(iter(range(people)), START_MS, 0, 1_000 / rate))
    start = START_MS + 1_000 * people // rate
    with whole.open("w", encoding="ascii") as file:
        file.write(beginning.read_text("ascii"))
        for second in range(seconds):
            some = rng.choice(people, int(ACTIVE * people), replace=False).tolist()
            chosen = itertools.islice(itertools.cycle(some), rate)
            first = people + second * rate
            file.writelines(lines(chosen, start + 1_000 * second, first, 1_000 / rate))
    return beginning, whole


def took(events: Path, folder: Path, *, recovery: bool) -> float:
    """Run the job over a file; return the seconds of processor time that it took."""
    name = f"{events.stem}-{'with' if recovery else 'without'}"
    run = [
        sys.executable,
        "-m",
        "rtm_flows.cli",
        "run",
        str(JOB),
        "--input",
        str(events),
        "--quiet",
    ]
    run += ["--output", str(folder / name), "--overwrite"]
    with tempfile.TemporaryDirectory(dir=folder) as state:
        if recovery:
            run += ["--recovery", f"{state}/state", "--snapshot-every", "1"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print a line a pair as it comes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=20, help="of events, after the beginning")
    parser.add_argument("--rate", type=int, default=130_000, help="events of each of them")
    parser.add_argument("--pairs", type=int, default=2)
    parsed = parser.parse_args(arguments)
    print("| pair | without, beginning | whole | with, beginning | whole | recovery costs |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="recovery-") as made:
        folder = Path(made)
        files = write(parsed.people, parsed.seconds, parsed.rate, folder)
        for pair in range(1, parsed.pairs + 1):
            spent = [took(one, folder, recovery=which) for which in (False, True) for one in files]
            cost = (spent[3] - spent[2]) / (spent[1] - spent[0]) - 1
            told = " | ".join(f"{one:.1f} s" for one in spent)
            print(f"| {pair} | {told} | {100 * cost:.0f}% |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
