"""Small worlds: decisions of a log and of another run, made by hand, with known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.measure.merging import Pair, merged
from rtm_flows.measure.scan import Line
from rtm_flows.measure.worth.choices import Offer
from rtm_flows.measure.worth.gathering import Asked, Gathered, Gathering, Reward
from rtm_flows.measure.worth.successes import Successes
from tests.measure.recorded import Record, as_lines, decision, nothing

LATE = "2100-01-01T00:00:00.000Z"
VALUE = 2.0

Slate = Mapping[str, float]
"""Chances by action; empty where nothing is done."""


class Step(NamedTuple):
    """A moment in a world: whose, and what either strategy may do there."""

    person: str
    log: Slate
    strategy: Slate


def record(number: int, step: Step, slate: Slate, chosen: str | None, **changed: object) -> Record:
    """Return what a run writes of a moment."""
    common = {"subject_id": step.person, **changed}
    if chosen is None:
        return nothing(number, **common)
    candidates = [
        {"name": name, "treatment": f"{name}_banner", "priority": 1.0, "action_prob": chance,
         "stage_dropped": None, "reason": None}
        for name, chance in slate.items()
    ]  # fmt: skip
    own = {"name": chosen, "treatment": f"{chosen}_banner", "value": VALUE}
    told = {"action_prob": slate[chosen], "candidates": candidates, "held_out": False, "arms": []}
    return decision(number, **{**own, **told, **common})


def any_of(slate: Slate) -> str | None:
    """Return what a strategy may have chosen."""
    return next(iter(slate), None)


def lines_of(records: Sequence[Record]) -> list[Line]:
    """Return records as lines with their places."""
    at, found = 0, []
    for line in as_lines(records).splitlines(keepends=True):
        found.append(Line(at, line.rstrip(b"\n")))
        at += len(line)
    return found


def paired(log: Sequence[Record], other: Sequence[Record]) -> list[Pair]:
    """Return the decisions of two runs in pairs."""
    return list(merged(lines_of(log), lines_of(other), ("log", "other")))


def gathered(
    log: Sequence[Record],
    other: Sequence[Record],
    welcome: Sequence[Record] = (),
    *,
    reward: Reward = "success",
    until: str = LATE,
    arm: tuple[str, str] | None = None,
) -> Gathered:
    """Return two runs added up; `welcome` are decisions of the log that were a success."""
    offers: dict[str, Offer] = {
        one["decision_id"]: (one["name"], one["treatment"]) for one in welcome
    }
    told = Successes(len(offers), offers)
    gathering = Gathering(Asked(reward, until, arm), told, ("log", "other"))
    return gathering.add_all(paired(log, other))


class World(NamedTuple):
    """Moments, and how welcome each action is at each of them."""

    steps: list[Step]
    rates: list[dict[str, float]]

    def truth(self) -> float:
        """Return the expected successes a decision of the strategy."""
        each = (
            sum(chance * rates[name] for name, chance in step.strategy.items())
            for step, rates in zip(self.steps, self.rates, strict=True)
        )
        return sum(each) / len(self.steps)

    def other(self) -> list[Record]:
        """Return what the strategy writes."""
        told = enumerate(self.steps)
        return [record(n, one, one.strategy, any_of(one.strategy)) for n, one in told]

    def drawn(self, rng: np.random.Generator) -> tuple[list[Record], list[Record]]:
        """Return a log of the world, and those of its decisions that were a success."""
        log, welcome = [], []
        for number, (step, rates) in enumerate(zip(self.steps, self.rates, strict=True)):
            chosen = drawn(step.log, rng)
            one = record(number, step, step.log, chosen)
            log.append(one)
            if chosen is not None and rng.random() < rates[chosen]:
                welcome.append(one)
        return log, welcome


def drawn(slate: Slate, rng: np.random.Generator) -> str | None:
    """Draw what a strategy does."""
    point = rng.random()
    for name, chance in slate.items():
        point -= chance
        if point < 0.0:
            return name
    return any_of(slate)


def world(seed: int, *, people: int, visits: int, idle: float = 0.3) -> World:
    """Return a world drawn at random; the strategy does only what the log could have done."""
    rng = np.random.default_rng(seed)
    actions = ["call", "mail", "note"][: int(rng.integers(2, 4))]
    rates = {name: float(rng.uniform(0.1, 0.9)) for name in actions}
    steps, own = [], []
    for person in np.repeat(np.arange(people), visits).tolist():
        log = _chances(actions, rng) if rng.random() >= idle else {}
        some = actions[: int(rng.integers(1, len(actions) + 1))]
        strategy = _chances(some, rng) if log and rng.random() >= idle else {}
        steps.append(Step(f"p{person:05}", log, strategy))
        taste = float(rng.uniform(0.5, 1.1))
        own.append({name: rate * taste for name, rate in rates.items()})
    return World(steps, own)


def _chances(actions: Sequence[str], rng: np.random.Generator) -> dict[str, float]:
    parts = rng.integers(1, 5, len(actions)).tolist()
    return {name: round(part / sum(parts), 6) for name, part in zip(actions, parts, strict=True)}
