"""Identity: ids depend on what caused a decision, and on nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.identity import Place, decision_id, decision_ids

CAUSE = ("u:7", "event:view_item", (1_710_325_274_000, "web", "e-1"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=5)
PLACES = st.tuples(st.integers(0, 10**13), TEXTS, TEXTS)


def test_the_id_of_a_known_cause_never_changes() -> None:
    """A golden value: ids are written into other systems."""
    assert decision_id("shop", *CAUSE) == "f869c9a58283a7776adec4d18fd77e30"


def test_the_id_is_the_documented_hash() -> None:
    """Anyone can compute it from the decision and the page."""
    plain = "shop\x1fu:7\x1fevent:view_item\x1f1710325274000\x1fweb\x1fe-1"

    expected = hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()

    assert decision_id("shop", *CAUSE) == expected


@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS, PLACES), max_size=5))
def test_many_ids_are_those_of_one_each(job: str, causes: list[tuple[str, str, Place]]) -> None:
    """A column of ids is that of its rows."""
    persons, triggers = [cause[0] for cause in causes], [cause[1] for cause in causes]

    ids = decision_ids(job, persons, triggers, [cause[2] for cause in causes])

    assert ids == [decision_id(job, *cause) for cause in causes]


@given(st.tuples(TEXTS, TEXTS, TEXTS, PLACES), st.tuples(TEXTS, TEXTS, TEXTS, PLACES))
def test_other_causes_have_other_ids(
    a: tuple[str, str, str, Place], b: tuple[str, str, str, Place]
) -> None:
    """Two ids are equal only for the same cause."""
    assert (decision_id(*a) == decision_id(*b)) == (a == b)
