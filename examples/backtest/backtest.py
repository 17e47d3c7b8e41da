"""Backtest a change of rules: one history under two configurations, and what would be different.

    python examples/backtest/backtest.py [FOLDER]

The history is a week of a simulated shop; the folder keeps it and both runs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rtm_flows.cli import main
from rtm_flows.simulate import Shop, simulate

HERE = Path(__file__).parent
BEFORE = HERE.parent / "shop.toml"
AFTER = HERE / "free_shipping_60.toml"


def backtest(folder: Path, *, people: int = 200, days: float = 7.0) -> int:
    """Play the history through both configurations, and print how the decisions differ.

    Returns the status of `rtm diff`: 1 where any decision differs.
    """
    events = folder / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=people, days=days, seed=1), file.write)

    replay = ["replay", str(BEFORE), "--input", str(events), "--quiet", "--overwrite"]
    main([*replay, "--output", str(folder / "before")])
    main([*replay, "--output", str(folder / "after"), "--config", str(AFTER)])

    return main(["diff", str(folder / "before"), str(folder / "after"), "--limit", "2"])


if __name__ == "__main__":
    if sys.argv[1:]:
        place = Path(sys.argv[1])
        place.mkdir(parents=True, exist_ok=True)
        backtest(place)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            backtest(Path(temporary))
