"""What actions do: chances are chances, and each helps those whom it should help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.course import AWAY
from rtm_flows.simulate.fashion.response import CHANNELS, KINDS, State, chance, value

Change = dict[str, Any]

SHOPPER: Change = {
    "in_visit": True, "gone": False, "step": c.CART, "tried": False, "pieces": 2, "worth": 80.0,
    "chance": 0.4,
    "intent": c.PURCHASE, "hesitance": 1, "thrift": 0.5, "eager": 1.0, "mail": 0.3, "push": 0.1,
    "mail_ok": True, "push_ok": True, "fatigue": 0.0, "case": False, "window": False,
    "away_days": 0.0, "stays": 20.0, "repeats": 0, "shown": 0,
}  # fmt: skip
OUTSIDE: Change = {"in_visit": False, "step": AWAY, "intent": -1, "chance": 0.05}


def state(**changes: Any) -> State:
    """Return one shopper, changed."""
    return State(**{name: np.array([x]) for name, x in (SHOPPER | changes).items()})


def worth(kind: str, channel: str, **changes: Any) -> float:
    """Return what an action on one shopper is worth."""
    numbers = np.array([KINDS.index(kind)]), np.array([CHANNELS.index(channel)])
    return float(value(state(**changes), *numbers)[0])


def lift(kind: str, channel: str = "onsite", **changes: Any) -> float:
    """Return by how much an action that is seen makes a purchase likelier."""
    here = state(**changes)
    numbers = np.array([KINDS.index(kind)]), np.array([CHANNELS.index(channel)])
    return float(chance(here, *numbers).converts[0] - here.chance[0])


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    channel=st.sampled_from(CHANNELS),
    changes=st.fixed_dictionaries(
        {
            "in_visit": st.booleans(),
            "gone": st.booleans(),
            "step": st.integers(0, c.LEAVE - 1),
            "tried": st.booleans(),
            "pieces": st.integers(0, c.CART_MOST),
            "worth": st.floats(0, 900),
            "chance": st.floats(0, 1),
            "intent": st.integers(-1, 3),
            "hesitance": st.integers(0, c.HESITANCE - 1),
            "thrift": st.floats(0, 1),
            "eager": st.floats(0.05, 8),
            "mail": st.floats(0, 1),
            "push": st.floats(0, 1),
            "fatigue": st.floats(0, 400),
            "case": st.booleans(),
            "window": st.booleans(),
            "stays": st.floats(1, 50),
            "repeats": st.integers(0, 30),
            "shown": st.integers(0, 60),
        }
    ),
)
def test_chances_are_chances(kind: str, channel: str, changes: Change) -> None:
    """From 0 to 1 for whoever, whatever, wherever; and what it is worth is a number."""
    numbers = np.array([KINDS.index(kind)]), np.array([CHANNELS.index(channel)])
    found = chance(state(**changes), *numbers)

    for name in ("seen", "clicked", "converts"):
        assert 0.0 <= getattr(found, name)[0] <= 1.0, name
    assert -1.0 <= found.leaves[0] <= 1.0
    assert np.isfinite(worth(kind, channel, **changes))


def test_help_at_the_till_helps_those_who_hesitate() -> None:
    """Most who hesitate most, in the checkout or stepped back out of it; it disturbs the others."""
    assert lift("help", hesitance=2) > lift("help", hesitance=1) > 0 > lift("help", hesitance=0)
    assert lift("help", hesitance=2, step=c.VIEW, tried=True) > 0
    assert lift("help", hesitance=2, step=c.VIEW) < 0
    assert worth("help", "onsite", hesitance=2) > 0 > worth("help", "onsite", hesitance=0)


def test_a_discount_is_for_those_who_mind_the_price_and_would_not_buy_anyway() -> None:
    """To whom would have bought it only gives money away."""
    minds: Change = {"thrift": 0.95}
    wavering, sure = {"chance": 0.1}, {"chance": 0.9}

    assert lift("discount", **minds) > lift("discount", thrift=0.1) > 0
    assert lift("discount", **minds, pieces=0) == 0
    assert worth("discount", "onsite", **minds, **wavering) > 0
    assert worth("discount", "onsite", **minds, **sure) < 0
    assert worth("discount", "onsite", thrift=0.1, **wavering) < 0


def test_similar_items_are_for_those_who_look_around() -> None:
    """With something in the cart they only distract."""
    looking: Change = {"step": c.VIEW, "pieces": 0, "worth": 0.0, "chance": 0.02}

    assert lift("similar", **looking, intent=c.SEEK) > lift("similar", **looking, intent=c.BROWSE)
    assert lift("similar", **looking, intent=c.BROWSE) > 0 > lift("similar")


def test_an_accessory_is_welcome_while_the_order_is_on_its_way() -> None:
    """And hardly ever else."""
    waiting = {**OUTSIDE, "window": True}

    assert lift("accessory", "email", **waiting) > 5 * lift("accessory", "email", **OUTSIDE) > 0
    assert worth("accessory", "email", **waiting) > worth("accessory", "email", **OUTSIDE)


@pytest.mark.parametrize("kind", ["discount", "accessory", "reminder", "win_back", "thanks"])
@pytest.mark.parametrize("channel", ["email", "push"])
def test_selling_to_somebody_with_an_open_case_harms(kind: str, channel: str) -> None:
    """Nothing is sold, and some leave; an answer is what helps."""
    angry = {**OUTSIDE, "case": True, "window": True}

    assert worth(kind, channel, **angry) < 0
    assert worth("answer", "email", **angry) > 0 > worth("answer", "email", **OUTSIDE)


def test_messages_tire() -> None:
    """Each further one is opened less and drives more people away: in the end it costs."""
    away = {**OUTSIDE, "away_days": 9.0}
    values = [worth("win_back", "email", **away, fatigue=float(n)) for n in (0, 2, 4, 8)]

    assert values == sorted(values, reverse=True)
    assert values[0] > 0 > values[-1]


def test_a_message_reaches_only_who_gave_leave() -> None:
    """Without it nothing comes of it but its cost."""
    assert worth("win_back", "email", **OUTSIDE, away_days=9.0, mail_ok=False) == -0.01
    assert lift("win_back", "email", **OUTSIDE, away_days=9.0) > 0


def test_who_left_for_good_is_not_won_back() -> None:
    """Whatever is sent, nothing comes of it but its cost."""
    gone = {**OUTSIDE, "gone": True, "chance": 0.0, "window": True, "away_days": 20.0}
    for kind in KINDS:
        assert worth(kind, "push", **gone) == worth(kind, "push", **gone, case=True) == -0.005


def test_the_same_again_does_less_each_time() -> None:
    """By half, within a visit."""
    assert lift("help", hesitance=2, repeats=1) == pytest.approx(lift("help", hesitance=2) / 2)


def test_what_is_shown_on_the_site_wears_off() -> None:
    """Each further time in a visit it is noticed less, whatever was shown before; a mail is not."""
    values = [worth("help", "onsite", hesitance=2, shown=shown) for shown in (0, 1, 2)]

    assert values[1:] == pytest.approx([values[0] * 0.7, values[0] * 0.49])
    assert worth("reminder", "email", shown=3) == worth("reminder", "email")
