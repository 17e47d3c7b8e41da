"""The roll of crossings: whoever moved is written, and everybody is, again and again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.lanes.sides_roll import Sides, SidesRoll

MOVES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=5)


@given(st.integers(1, 5), st.lists(MOVES, max_size=25), st.sets(st.integers(0, 25)))
def test_the_latest_saves_hold_everybody(
    saves: int, history: list[list[tuple[int, int]]], restarts: set[int]
) -> None:
    """So many as are said to be needed, and hardly more than were asked for; over restarts too."""
    roll, sides, parts = SidesRoll(saves), Sides(), list[tuple[Sides, list[str]]]()
    for number, moves in enumerate(history):
        for who, side in moves:
            roll.touch(f"u:{who}")
            sides[f"u:{who}"] = side
            if not side:
                del sides[f"u:{who}"]
        due = roll.take(sides)
        parts = [(due.sides, due.gone), *parts][: due.depth]
        assert len(parts) == due.depth <= saves
        assert read(parts) == sides
        if number in restarts:
            roll, known = SidesRoll(saves), set[str]()
            for age, (some, gone) in enumerate(parts):
                roll.restore({who: side for who, side in some.items() if who not in known}, age)
                known.update(some, gone)


def read(parts: list[tuple[Sides, list[str]]]) -> Sides:
    """Return where people stand by parts, the newest first."""
    found: Sides = {}
    for some, gone in reversed(parts):
        found = {who: side for who, side in found.items() if who not in gone} | some
    return found
