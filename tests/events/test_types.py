"""Tests of the tracking plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.types import EVENT_TYPES, custom_type, is_event_type


def test_types_are_each_named_once() -> None:
    """No type stands in the list twice, and all of them are event types."""
    assert len(set(EVENT_TYPES)) == len(EVENT_TYPES)
    assert all(map(is_event_type, EVENT_TYPES))


@pytest.mark.parametrize("name", ["", "custom.", "custom", "View_item", "view_item ", "view"])
def test_other_names_are_no_types(name: str) -> None:
    """A name that is neither listed nor custom is no event type."""
    assert not is_event_type(name)


@pytest.mark.parametrize(
    ("foreign", "snake"),
    [
        ("Order Completed", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("HTTPError", "http_error"),
        ("page.view/2", "page_view_2"),
        ("__größe--Ärmel__", "größe_ärmel"),
    ],
)
def test_custom_types_are_snake_case(foreign: str, snake: str) -> None:
    """Spaces, humps and marks become single underscores; letters become small."""
    assert custom_type(foreign) == f"custom.{snake}"


@given(st.text())
def test_custom_types_are_event_types(foreign: str) -> None:
    """Whatever a foreign name is, its custom type is an event type, or there is none."""
    made = custom_type(foreign)

    assert made is None or is_event_type(made)
