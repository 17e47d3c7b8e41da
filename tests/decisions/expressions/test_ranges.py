"""Ranges: what rules leave open, by cases worked out by hand."""

from __future__ import annotations

import pytest

from rtm_flows.decisions.expressions.names import names_of_events
from rtm_flows.decisions.expressions.reading import read_rules
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.errors import ConfigError

NAMES = names_of_events(["gap", "views"], ["intent"])


def read(*texts: str) -> int:
    """Read rules that must all hold; return how many they are."""
    return len(read_rules([Source(f"rules[{at}]", text) for at, text in enumerate(texts)], NAMES))


@pytest.mark.parametrize(
    "texts",
    [
        ("gap >= 2 and gap <= 2",),
        ("gap != 2", "2 <= gap < 3"),
        ("gap > 2", "gap != 3", "gap < 4"),
        ("gap < 1 or gap > 3", "gap > 2"),
        ("not gap > 3", "gap == 3"),
        ("intent >= 1",),
        ("intent == 0",),
        ("gap + 1 > 3", "gap < 0"),  # true of no number, which is not seen
        ("gap > views", "views > gap"),  # the same
        ('type in ["search", "purchase"]', 'type != "search"'),
        ('type == "search" or gap > 1', 'type != "search"'),
        ("1 > gap", "-1 <= gap", "gap in [0, 7]"),
    ],
)
def test_what_may_hold_together_passes(texts: tuple[str, ...]) -> None:
    """A point between two bounds is enough, and what is not understood is taken to be possible."""
    assert read(*texts) == len(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("gap > 2 and gap <= 2",),
        ("gap >= 2 and gap < 2",),
        ("2 < gap < 2",),
        ("gap == 2", "gap != 2"),
        ("gap == 2", "gap == 3"),
        ("gap >= 2", "gap <= 2", "gap != 2"),
        ("gap in [1, 2]", "gap > 2"),
        ("gap not in [1, 2]", "gap >= 2", "gap <= 2"),
        ("not (gap > 1 or views > 1)", "gap > 1"),
        ("3 < gap", "2 >= gap"),
        ("intent > 1",),
        ("intent >= 50",),
        ("intent < 0",),
        ('type == "search"', 'type == "purchase"'),
        ('type == "search"', 'type != "search"'),
        ('type in ["search", "purchase"]', 'type not in ["purchase", "search", "refund"]'),
        ('type != "search"', "gap > 1", 'type in ["search"]'),
        ("gap > 3 or (gap > 1 and gap < 1)", "gap < 2"),
    ],
)
def test_what_excludes_itself_is_refused(texts: tuple[str, ...]) -> None:
    """One rule alone, one beside another, or several."""
    with pytest.raises(ConfigError, match=r"^rules\[\d\]: `.*` can never hold"):
        read(*texts)
