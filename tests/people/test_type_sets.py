"""Type sets: which rows are of which declared types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import as_text
from rtm_flows.people.type_sets import Types, TypeSets, contains

KINDS = ("search", "purchase", "view_item", "custom.a")
SETS = st.one_of(
    st.just(("*",)),
    st.lists(st.sampled_from(KINDS), max_size=3).map(tuple),
    st.lists(st.sampled_from(KINDS), max_size=3).map(lambda kinds: ("!", *kinds)),
)


@pytest.mark.parametrize(
    ("types", "kind", "expected"),
    [
        (("*",), "custom.anything", True),
        (("search",), "search", True),
        (("search",), "searches", False),
        (("!", "search"), "search", False),
        (("!", "search"), "purchase", True),
        (("!",), "search", True),
        ((), "search", False),
    ],
)
def test_a_set_holds_what_it_declares(types: Types, kind: str, expected: bool) -> None:
    """All, some, or all but some."""
    assert contains(types, kind) is expected


@given(
    st.lists(SETS, max_size=4),
    st.lists(st.lists(st.sampled_from(KINDS), max_size=6), max_size=4),
)
def test_masks_are_the_membership_of_each_row(sets: list[Types], calls: list[list[str]]) -> None:
    """Types that were never met before make no difference, nor does the order of the calls."""
    memory = TypeSets(sets)

    for kinds in calls:
        masks = memory.masks(as_text(kinds))
        assert set(masks) == set(sets)
        for types, mask in masks.items():
            assert mask.tolist() == [contains(types, kind) for kind in kinds]


def test_thousands_of_custom_types_are_no_burden() -> None:
    """What is remembered of types is bounded, and stays right when it starts anew."""
    memory = TypeSets([("!", "custom.5"), ("search",)])
    for start in range(0, 12_000, 1000):
        kinds = ["search", *(f"custom.{i}" for i in range(start, start + 1000))]
        masks = memory.masks(as_text(kinds))
        assert masks["search",].tolist() == [True] + [False] * 1000
        assert masks["!", "custom.5"].tolist() == [kind != "custom.5" for kind in kinds]

    assert len(memory._code) < 6_000
