"""Value another configuration before it goes live, by the log of one that explored.

    python examples/worth/worth.py [FOLDER]

The history is a week of a simulated shop in which it is known how welcome each offer truly is, so
that the answer can be checked. The folder keeps the events and both runs.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from rtm_flows.cli import main
from rtm_flows.simulate import Shop, simulate

HERE = Path(__file__).parent
EXPLORES = HERE / "explores.toml"
OTHER = HERE / "gift_wrap_first.toml"

SEEN = 0.8
WELCOME = {"free_shipping": 0.1, "gift_wrap": 0.2, "matching_item": 0.05}
"""How likely an offer is seen at all, and then welcome."""

Decision = dict[str, object]


def value(folder: Path, *, people: int = 200, days: float = 7.0) -> int:
    """Let the shop run, replay the other configuration, and print what each is worth."""
    events = folder / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=people, days=days, seed=1, broken=0.0), file.write)

    # What people do with what they are shown comes back as events.
    log = replayed(events, folder / "log")
    with events.open("ab") as file:
        for decision in log:
            file.writelines(outcomes(decision))

    replayed(events, folder / "log")
    other = replayed(events, folder / "other", OTHER)
    status = main(["worth", str(folder / "log"), str(folder / "other")])

    print(f"\nthe truth: {true_worth(other):.6f} a decision, as only a simulation knows")
    return status


def replayed(events: Path, output: Path, other: Path | None = None) -> list[Decision]:
    """Play the events through the job, as the other configuration says; return its decisions."""
    given = [str(EXPLORES), "--input", str(events), "--output", str(output)]
    given += [] if other is None else ["--config", str(other)]
    main(["replay", *given, "--quiet", "--overwrite"])
    lines = (output / "decisions.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines]


def outcomes(decision: Decision) -> Iterator[bytes]:
    """Yield the lines of what comes of a decision; drawn by its id, so always the same."""
    draw = random.Random(str(decision["decision_id"]))
    name = str(decision["name"])
    if name not in WELCOME or draw.random() >= SEEN:
        return
    told = ["impression", "clicked"] if draw.random() < WELCOME[name] else ["impression"]
    whose = "user_id" if decision["subject_type"] == "user" else "anonymous_id"
    time = datetime.fromisoformat(str(decision["decision_time"]))
    for number, kind in enumerate(told):
        record = {
            "id": f"{kind}-{decision['decision_id']}",
            "time": (time + timedelta(seconds=3 + 30 * number)).isoformat(),
            "type": kind,
            whose: decision["subject_id"],
            "decision_id": decision["decision_id"],
            "action": name,
            "treatment": decision["treatment"],
        }
        yield msgspec.json.encode(record) + b"\n"


def true_worth(decisions: list[Decision]) -> float:
    """Return the expected successes a decision."""
    welcome = [WELCOME.get(str(decision["name"]), 0.0) for decision in decisions]
    return SEEN * sum(welcome) / len(decisions)


if __name__ == "__main__":
    if sys.argv[1:]:
        place = Path(sys.argv[1])
        place.mkdir(parents=True, exist_ok=True)
        value(place)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            value(Path(temporary))
