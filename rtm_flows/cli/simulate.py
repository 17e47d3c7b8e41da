"""`rtm simulate`: the events of a simulated shop, as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rtm_flows.cli.progress import Bar
from rtm_flows.errors import ConfigError, OutputError
from rtm_flows.simulate import Fashion, Shop, simulate_fashion
from rtm_flows.simulate import simulate as simulate_small

_STEPS = 1000
_DAMAGE = ("duplicates", "late", "broken")

Progress = Callable[[int, float], object]


def simulate(parsed: argparse.Namespace) -> int:
    """Write the events, and say how many of what."""
    write = _fashion if parsed.shop == "fashion" else _small
    sys.stdout.write(f"{parsed.output}: {write(parsed)}\n")
    return 0


def _small(parsed: argparse.Namespace) -> str:
    damage = {name: getattr(parsed, name) for name in _DAMAGE}
    shop = Shop(
        people=parsed.people,
        days=parsed.days,
        seed=parsed.seed,
        start=parsed.start,
        **{name: share for name, share in damage.items() if share is not None},
    )
    with _writing(parsed.output) as (file, progress):
        truth = simulate_small(shop, file.write, progress=progress)
    return (
        f"{truth.records:,} records of {truth.people:,} people in {truth.sessions:,} sessions, "
        f"{truth.purchases:,} purchases; {truth.duplicates:,} told twice, "
        f"{sum(truth.broken.values()):,} broken"
    )


def _fashion(parsed: argparse.Namespace) -> str:
    shop = fashion_of(parsed)
    with _writing(parsed.output) as (file, progress):
        written = simulate_fashion(shop, file.write, progress=progress)
    return (
        f"{written.events:,} events of {written.people:,} people in {written.visits:,} visits, "
        f"{written.purchases:,} purchases; {written.left:,} people left for good"
    )


def fashion_of(parsed: argparse.Namespace) -> Fashion:
    """Return the fashion shop of the arguments.

    Raises
    ------
    ConfigError
        If they ask of it what it does not have, or a value is out of its range.
    """
    for name in _DAMAGE:
        if getattr(parsed, name) is not None:
            msg = (
                f"--{name} is of the small shop only: the fashion shop tells each event once, "
                "whole, and in the order of time; leave it out, or say --shop small"
            )
            raise ConfigError(msg)
    return Fashion(people=parsed.people, days=parsed.days, seed=parsed.seed, start=parsed.start)


@contextmanager
def _writing(output: str) -> Iterator[tuple[BinaryIO, Progress]]:
    """Open the file, and show how much of the time is done."""
    path = Path(output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, Bar("simulating", _STEPS, quiet=False) as bar:
            yield file, lambda _, share: bar.reached(int(share * _STEPS))
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise OutputError(msg) from None
