"""Texts: shared or not, a column is what it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.texts import Shared


@given(st.lists(st.lists(st.one_of(st.none(), st.text("ab", max_size=3)), max_size=20)))
def test_shared_texts_are_the_same_texts(columns: list[list[str | None]]) -> None:
    """Whatever came before, a column is what it was; equal texts are one object."""
    shared = Shared()
    for column in columns:
        texts = shared([text and "".join(text) for text in column])

        assert list(texts) == column
        assert len(set(map(id, texts))) == len(set(column))


def test_texts_are_no_longer_shared_when_they_are_many() -> None:
    """A column in which every text is another does not fill the memory."""
    shared = Shared()
    shared([f"{number:064d}" for number in range(257)])
    texts = ["".join(["a", "b"]) for _ in range(2)]

    assert shared(texts) is texts
