"""The auditor's own reading of what rests after it was shown in vain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.audit.stories import TIMERS, at_the_end, by_timer, candidate, known, told

PAUSE = {"name": "tired", "after": 2, "within": "PT1H", "lasts": "P1D"}
CONFIG: dict[str, Any] = {
    "actions": [
        {"name": "mail", "group": "news", "channel": "email"},
        {"name": "push", "group": "news", "channel": "push"},
        {"name": "greet", "treatments": [
            {"name": "greet", "channel": "onsite"}, {"name": "shout", "channel": "push"},
        ]},
    ],
}  # fmt: skip


def believed(story: Sequence[str], name: str, *, at: str = "", **pause: Any) -> list[str]:
    """Return what may become of an offer at the end of a story: `won`, or held back as `tired`."""
    config = CONFIG | TIMERS | {"pauses": [PAUSE | pause]}
    found = []
    for reason in (None, "tired"):
        sole = {"candidates": [candidate(name, reason)]}
        record = by_timer(at, **sole) if at else at_the_end(story, **sole)
        if told(known(config, story), record, "pauses") == []:
            found.append(reason or "won")
    return found


TWICE = ["0 impression @mail", "59 impression @mail"]
RESTS: list[tuple[str, list[str], dict[str, Any], str]] = [
    ("mail", TWICE[:1], {}, "won"),
    ("mail", TWICE, {}, "tired"),
    ("mail", ["0 impression @mail", "60 impression @mail"], {}, "won"),
    ("mail", ["0 impression @mail", "1 impression @push"], {}, "won"),
    ("mail", ["0 impression @mail", "1 impression @other", "2 impression"], {}, "won"),
    ("mail", ["0 impression @mail/mail", "1 impression @mail/other"], {}, "won"),
    ("mail", [*TWICE, "1d page_view"], {}, "tired"),
    ("mail", [*TWICE, "1499 page_view"], {}, "won"),
    ("mail", [*TWICE, "60 clicked @mail"], {}, "won"),
    ("mail", [*TWICE, "60 clicked @push"], {}, "tired"),
    ("mail", ["0 impression @mail", "1 converted @mail", "2 impression @mail"], {}, "won"),
    ("mail", [*TWICE, "60 rejected @mail"], {}, "tired"),
    ("mail", [*TWICE, "1499 impression @mail"], {}, "won"),
    ("mail", [*TWICE, "1498 impression @mail", "1499 impression @mail"], {}, "tired"),
    ("push", TWICE, {}, "won"),
    ("push", TWICE, {"by": "group"}, "tired"),
    ("greet", TWICE, {"by": "group"}, "won"),
    ("push", TWICE, {"by": "channel"}, "won"),
    ("greet", TWICE, {"by": "all"}, "tired"),
    ("greet", TWICE, {"by": "all", "except_actions": "mail"}, "won"),
    ("greet", TWICE, {"by": "all", "channels": ["email"]}, "won"),
    ("greet", ["0 impression @greet", "1 impression @greet"], {}, "tired"),
    ("greet", ["0 impression @greet/greet", "1 impression @greet/shout"], {}, "tired"),
    ("greet", ["0 impression @greet/greet", "1 impression @greet/shout"], {"by": "treatment"},
     "won"),
    ("greet", ["0 impression @greet/greet", "1 impression @greet/greet"], {"by": "treatment"},
     "tired"),
    ("greet", ["0 impression @greet", "1 impression @greet"], {"by": "treatment"}, "won"),
    ("greet", ["0 impression @greet", "1 impression @greet"],
     {"by": "channel", "channels": "onsite"}, "won"),
    ("greet", ["0 impression @greet", "1 impression @greet"], {"channels": "onsite"}, "tired"),
    ("push", ["0 impression @greet/shout", "1 impression @greet/shout"], {"by": "channel"},
     "tired"),
    ("mail", ["0 impression @mail", "1 impression @mail"], {"by": "treatment"}, "tired"),
    ("mail", ["0 impression @mail"], {"after": 1}, "tired"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "story", "pause", "reason"), RESTS)
def test_what_was_shown_in_vain_rests(
    name: str, story: list[str], pause: dict[str, Any], reason: str
) -> None:
    """And nothing else does; whatever else is told is found."""
    assert believed(story, name, **pause) == [reason]


@pytest.mark.parametrize(
    ("at", "reason"), [("58", "won"), ("59", "tired"), ("1498.99", "tired"), ("1499", "won")]
)
def test_a_pause_ends_without_an_event(at: str, reason: str) -> None:
    """A timer finds it over from its end on."""
    assert believed(TWICE, "mail", at=at) == [reason]
