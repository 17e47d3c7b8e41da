"""`rtm simulate`: the events of a simulated shop, as a file."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import structs

from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import run_in
from rtm_flows.errors import ConfigError, OutputError
from rtm_flows.simulate import Fashion, Shop, simulate_fashion
from rtm_flows.simulate import simulate as simulate_small
from rtm_flows.simulate.fashion.answers import respond, value_of
from rtm_flows.simulate.fashion.decided import NO_ACTION, read_decisions
from rtm_flows.simulate.fashion.truth import TruthFile

_STEPS = 1000
_DELAY_MS = 800
_DAMAGE = ("duplicates", "late", "broken")

Progress = Callable[[int, float], object]


def simulate(parsed: argparse.Namespace) -> int:
    """Write the events, and say how many of what."""
    if parsed.shop == "small":
        _refuse_what_small_has_not(parsed)
        write = _small
    else:
        write = _fashion if parsed.answer is None else _answers
    sys.stdout.write(f"{parsed.output}: {write(parsed)}\n")
    return 0


def _small(parsed: argparse.Namespace) -> str:
    shop = Shop(people=parsed.people, days=parsed.days, seed=parsed.seed, start=parsed.start)
    shop = structs.replace(shop, **_damage(parsed))
    with _writing(parsed.output) as (file, progress):
        truth = simulate_small(shop, file.write, progress=progress)
    return (
        f"{truth.records:,} records of {truth.people:,} people in {truth.sessions:,} sessions, "
        f"{truth.purchases:,} purchases; {truth.duplicates:,} told twice, "
        f"{sum(truth.broken.values()):,} broken"
    )


def _refuse_what_small_has_not(parsed: argparse.Namespace) -> None:
    for name in ("truth", "answer"):
        if getattr(parsed, name) is not None:
            msg = (
                f"--{name} is of the fashion shop only: of the small shop, no more is known than "
                "its counts; leave it out, or say --shop fashion"
            )
            raise ConfigError(msg)


def _fashion(parsed: argparse.Namespace) -> str:
    shop = _shop(parsed)
    truth = TruthFile(Path(parsed.truth), shop) if parsed.truth is not None else None
    watchers = () if truth is None else (truth,)
    with _writing(parsed.output) as (file, progress):
        written = simulate_fashion(shop, file.write, progress=progress, watchers=watchers)
        if truth is not None:
            truth.close()
    return (
        f"{written.records:,} records of {written.people:,} people in {written.visits:,} visits, "
        f"{written.purchases:,} purchases; {written.left:,} people left for good; "
        f"{written.duplicates:,} told twice, {sum(written.broken.values()):,} broken"
    )


def _answers(parsed: argparse.Namespace) -> str:
    if parsed.truth is not None:
        msg = "--truth goes with the events, not with --answer; leave one of them out"
        raise ConfigError(msg)
    with run_in(parsed.answer).reading("decisions") as opened:
        decisions = read_decisions(opened.file)
    shop = _shop(parsed)
    lines = respond(decisions, shop)
    actions = sum(one.name != NO_ACTION for one in decisions)
    worth = math.fsum(value_of(decisions, shop))
    with _writing(parsed.output) as (file, _):
        file.writelines(lines)
    return (
        f"{len(lines):,} outcomes of {actions:,} actions in {len(decisions):,} decisions; true "
        f"expected profit {worth:,.2f} GBP more than with no action"
    )


def _shop(parsed: argparse.Namespace) -> Fashion:
    shop = Fashion(people=parsed.people, days=parsed.days, seed=parsed.seed, start=parsed.start)
    damage = _damage(parsed)
    delay = _DELAY_MS if any(damage.values()) else 0
    return structs.replace(shop, **damage, disorder_ms=delay)


def _damage(parsed: argparse.Namespace) -> dict[str, float]:
    damage = {name: getattr(parsed, name) for name in _DAMAGE}
    return {name: share for name, share in damage.items() if share is not None}


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
