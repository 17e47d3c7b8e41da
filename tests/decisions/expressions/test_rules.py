"""Rules: a random expression over random columns is what it is row by row, whatever the batch."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rtm_flows.columns import as_text
from rtm_flows.decisions.expressions.checking import checked
from rtm_flows.decisions.expressions.names import names_of_events
from rtm_flows.decisions.expressions.program import Program, served
from rtm_flows.decisions.expressions.ranges import all_open
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.errors import ConfigError
from tests.reference.rules import holds
from tests.rule_strategies import Words, rules

Floats = np.ndarray[Any, np.dtype[np.float64]]
FEATURES = ("views", "größe", "gap")
SCORES = ("intent", "churn")
TYPES = ("search", "purchase", "custom.visit")
NAMES = names_of_events(FEATURES, SCORES)
RULES = rules(Words(exact=(*FEATURES, *SCORES), scores=SCORES, types=TYPES))
ROWS = 9
ODD = [0.0, -0.0, 1.0, 2.0, 5.0, -1.0, 0.3, 0.1 + 0.2, 0.0000004, 19.98, 1e9, 1e300, 1e305]
VALUES = st.one_of(
    st.sampled_from([*ODD, np.nan, np.inf, -np.inf]), st.floats(-30, 30, allow_nan=False)
)
COLUMNS = arrays(np.float64, (ROWS, len(FEATURES)), elements=VALUES)
CHANCES = arrays(
    np.float64, (ROWS, len(SCORES)), elements=st.sampled_from([0.0, 0.05, 0.090909, 0.5, 1.0])
)
KINDS = st.lists(st.sampled_from([*TYPES, "view_item"]), min_size=ROWS, max_size=ROWS)


def answers(texts: list[str], x: Floats, scores: Floats, kinds: list[str]) -> list[list[bool]]:
    """Return of each rule on which rows the package says that it holds."""
    program = Program([checked(Source("rule", text), NAMES) for text in texts])
    wanted = [name for name in program.numbers if name in FEATURES]
    numbers = {**dict(zip(SCORES, scores.T, strict=True)), **served(x, FEATURES, wanted)}
    masks = program.run(numbers, {"type": as_text(kinds)})
    return [mask.tolist() for mask in masks]


def row_by_row(text: str, x: Floats, scores: Floats, kinds: list[str]) -> list[bool]:
    """Return on which rows the reference says that a rule holds."""
    columns = zip(x.tolist(), scores.tolist(), kinds, strict=True)
    return [
        holds(
            text,
            {
                **dict(zip(FEATURES, of_row, strict=True)),
                **dict(zip(SCORES, chances, strict=True)),
                "type": kind,
            },
        )
        for of_row, chances, kind in columns
    ]


@given(st.lists(RULES, min_size=1, max_size=4), COLUMNS, CHANCES, KINDS)
def test_rules_are_what_they_are_row_by_row(
    texts: list[str], x: Floats, scores: Floats, kinds: list[str]
) -> None:
    """Vectorised, and joined into one program, each rule is the scalar walk of its own text."""
    assert answers(texts, x, scores, kinds) == [row_by_row(t, x, scores, kinds) for t in texts]


@given(RULES, COLUMNS, CHANCES, KINDS, st.integers(0, ROWS))
def test_the_batch_changes_nothing(
    text: str, x: Floats, scores: Floats, kinds: list[str], cut: int
) -> None:
    """Cut in two, rows have the same answers; also where a part has one row or none."""
    (whole,) = answers([text], x, scores, kinds)
    (one,) = answers([text], x[:cut], scores[:cut], kinds[:cut])
    (other,) = answers([text], x[cut:], scores[cut:], kinds[cut:])

    assert one + other == whole


@given(st.lists(RULES, min_size=1, max_size=3), COLUMNS, CHANCES, KINDS)
@example(["views > 3", "views < 2"], np.ones((ROWS, 3)), np.ones((ROWS, 2)), ["search"] * ROWS)
def test_what_is_said_to_be_impossible_never_holds(
    texts: list[str], x: Floats, scores: Floats, kinds: list[str]
) -> None:
    """Where the lint sees that rules exclude each other, no row satisfies all of them."""
    left = all_open(NAMES)
    for text in texts:
        after = left.where(checked(Source("rule", text), NAMES))
        if after is None:
            masks = [row_by_row(text, x, scores, kinds) for text in texts]
            assert not any(all(row) for row in zip(*masks, strict=True))
            return
        left = after


@given(RULES, COLUMNS, CHANCES, KINDS)
def test_not_never_makes_a_rule_hold_for_what_is_no_number(
    text: str, x: Floats, scores: Floats, kinds: list[str]
) -> None:
    """A rule and its negation never both hold; where all is known, exactly one does."""
    found, negated = answers([text, f"not ({text})"], x, scores, kinds)

    assert not any(one and other for one, other in zip(found, negated, strict=True))
    if "/" not in text and np.isfinite(x).all() and np.abs(x).max() < 1e100:
        assert all(one or other for one, other in zip(found, negated, strict=True))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("views >= 0.3", 0.1 + 0.2, True),
        ("views * 3 == 1", 1 / 3, False),  # 0.333333 x 3 is 0.999999
        ("views / 3 == 0.333333", 1.0, True),
        ("views + 0.1 + 0.2 == 0.3", 0.0, True),
        ("views / 0 > 1", 1.0, False),
        ("views / 0 <= 1", 1.0, False),
        ("not views / 0 > 1", 1.0, False),
        ("1 / (views / 0) == 0", 1.0, False),
        ("views != 1", np.nan, False),
        ("not views == 1", np.nan, False),
        ("views not in [1, 2]", np.nan, False),
        ("views < 5", np.inf, False),
        ("max(views, 3) > 2", np.nan, False),
        ("views > 1 or gap == 1", np.nan, True),
        ("-views == 0", 0.0, True),
        ("abs(-views) == min(2, views + 1, 9)", 2.0, True),
        ("1 < views <= 2", 2.0, True),
        ("not 1 < views <= 2", 1.0, True),
        ("views in [1, -2.5]", -2.5, True),
        ("not views in [1, 2]", 3.0, True),
        ("not not views > 1", 3.0, True),
        ("\n  views > 1\n  and gap == 1\n", 3.0, True),
        ("größe == 1 and 'search' == type and type not in ['purchase']", 0.0, True),
        ("not (views > 5 and gap > 5)", 3.0, True),
    ],
)
def test_rules_mean_what_the_page_says(text: str, value: float, expected: bool) -> None:
    """Cases worked out by hand, of a row whose other features are 1."""
    x = np.array([[value, 1.0, 1.0]])

    assert answers([text], x, np.array([[0.5, 0.5]]), ["search"]) == [[expected]]


@given(st.text(alphabet="abv <>=!()[]andornotin0123456789.,'\"+-*/%{}:#\\\n@&|~^äπ", max_size=40))
def test_any_text_is_a_rule_or_is_refused(text: str) -> None:
    """Nothing but a tree or a `ConfigError` that begins with the place comes of a text."""
    said = ""
    try:
        checked(Source("place", text), NAMES)
    except ConfigError as error:
        said = str(error)

    assert said.startswith("place") if said else ast.parse(" ".join(text.split()), mode="eval")
