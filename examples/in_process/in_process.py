"""Decisions within a request: what to do now for the person who is on the line.

    python examples/in_process/in_process.py [EVENTS.jsonl]

Profiles are made once, from a history, and lie as bytes in some store: here a dictionary. A request
takes one of them, asks, and puts back what is known after. Nothing else takes part: no engine, no
broker, no files.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import MutableMapping
from pathlib import Path

import rtm_flows as rtm
from rtm_flows.simulate import Shop, simulate

JOB = rtm.load(Path(__file__).parent.parent / "shop.toml")
Store = MutableMapping[str, bytes]


def stored(people: rtm.Profiles) -> dict[str, bytes]:
    """Return the profiles of all people, by their keys."""
    return {person: people.of(person).to_bytes() for person in people.persons}


def answer(store: Store, person: str, now: int, kind: str = "decision_requested") -> rtm.Decided:
    """Decide what to do for a person, who is in the store, and keep what is known after."""
    profile = rtm.Profile.from_bytes(store[person])
    asked = {"time": max(now, profile.time or now), "type": kind}
    decided = rtm.decide(JOB, profile, asked)
    store[person] = decided.profile.to_bytes()
    return decided


def main(path: Path | None = None) -> None:
    """Learn a history, or four days of a simulated shop; then all look at their carts."""
    blocks: list[bytes] = [] if path is None else [path.read_bytes()]
    if path is None:
        simulate(Shop(people=100, days=4.0, seed=1), blocks.append)
    people = rtm.profiles(JOB, b"".join(blocks).splitlines())
    store, now = stored(people), (people.time or 0) + 1000
    counts = Counter[str]()
    for person in sorted(store):
        decision = answer(store, person, now, "view_cart").decision
        if decision is None:
            continue
        counts[decision.name] += 1
        if decision.name != "no_action" and counts[decision.name] == 1:
            print(f"{person}: {decision.name} by {decision.channel}, intent {decision.score:.3f}")
    for name, count in sorted(counts.items()):
        print(f"{name:<20} {count:>4}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
