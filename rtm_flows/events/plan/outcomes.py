"""Requests and outcomes: a decision is asked for, and what came of one.

In: nothing. Out: the types that refer to a decision. It knows nothing of what counts as success.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rtm_flows.events.plan.event import Event, Money, Text, Time


class DecisionRequested(Event, frozen=True, kw_only=True, tag="decision_requested"):
    """A channel asks what to do for this person now."""

    creative_slot: Annotated[Text | None, Meta(description="The place to be filled.")] = None


class Outcome(Event, frozen=True, kw_only=True):
    """What came of a decision, named by `decision_id`."""

    action: Annotated[Text | None, Meta(description="The action that was chosen.")] = None
    treatment: Annotated[Text | None, Meta(description="Its form.")] = None
    rank: Annotated[Text | None, Meta(description="Its place in what was shown, from 1.")] = None
    outcome: Annotated[Text | None, Meta(description="As the channel calls it.")] = None
    outcome_time: Annotated[
        Time | None, Meta(description="When it came about, where that is not `time`.")
    ] = None
    value: Annotated[
        Money | None,
        Meta(description="What it was worth, in currency units."),
    ] = None
    currency: Annotated[Text | None, Meta(description="ISO 4217 code of value.")] = None


class Delivered(Outcome, frozen=True, kw_only=True, tag="delivered"):
    """It reached the person's device or mailbox."""


class Failed(Outcome, frozen=True, kw_only=True, tag="failed"):
    """It could not be delivered."""


class Impression(Outcome, frozen=True, kw_only=True, tag="impression"):
    """It was shown."""

    item_id: Annotated[Text | None, Meta(description="The item that was shown.")] = None


class Opened(Outcome, frozen=True, kw_only=True, tag="opened"):
    """It was opened."""


class Clicked(Outcome, frozen=True, kw_only=True, tag="clicked"):
    """It was clicked."""


class Accepted(Outcome, frozen=True, kw_only=True, tag="accepted"):
    """The person took what was offered."""


class Rejected(Outcome, frozen=True, kw_only=True, tag="rejected"):
    """The person said no."""


class Converted(Outcome, frozen=True, kw_only=True, tag="converted"):
    """What the action was for came about."""


class NoResponse(Outcome, frozen=True, kw_only=True, tag="no_response"):
    """Nothing came of it in time."""
