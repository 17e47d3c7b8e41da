"""Service and social: cases, calls, posts; our own names.

In: nothing. Out: the types of what people ask, and of what they say about the brand. It knows
nothing of sentiment or of how urgent a case is.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rtm_flows.events.plan.event import Event, Text


class Case(Event, frozen=True, kw_only=True):
    """What is about a case of the customer service."""

    case_id: Annotated[Text | None, Meta(description="The case.")] = None
    case_status: Annotated[Text | None, Meta(description="As the service calls it.")] = None
    case_topic: Annotated[Text | None, Meta(description="What it is about.")] = None
    priority: Annotated[Text | None, Meta(description="How urgent it is.")] = None
    text: Annotated[Text | None, Meta(description="What the person wrote.")] = None
    lang: Annotated[Text | None, Meta(description="The language of the text, BCP 47.")] = None


class CaseOpened(Case, frozen=True, kw_only=True, tag="case_opened"):
    """Somebody has a problem."""


class CaseClosed(Case, frozen=True, kw_only=True, tag="case_closed"):
    """The problem is settled."""


class CallCenterContact(Case, frozen=True, kw_only=True, tag="call_center_contact"):
    """Somebody called, or was called."""


class SubscriptionCancelled(Case, frozen=True, kw_only=True, tag="subscription_cancelled"):
    """A contract was ended."""


class Social(Event, frozen=True, kw_only=True):
    """What is said in public."""

    post_id: Annotated[Text | None, Meta(description="The post.")] = None
    author_id: Annotated[Text | None, Meta(description="Who wrote it.")] = None
    author_followers: Annotated[
        Text | None, Meta(description="How many follow the author, a number.")
    ] = None
    text: Annotated[Text | None, Meta(description="What it says.")] = None
    lang: Annotated[Text | None, Meta(description="The language of the text, BCP 47.")] = None
    in_reply_to: Annotated[Text | None, Meta(description="The post it answers or is about.")] = None
    case_topic: Annotated[Text | None, Meta(description="What it is about, if known.")] = None


class SocialMention(Social, frozen=True, kw_only=True, tag="social_mention"):
    """A post speaks of the brand."""


class SocialReply(Social, frozen=True, kw_only=True, tag="social_reply"):
    """A post answers another; `direction` tells the brand's own answers."""


class SocialLike(Social, frozen=True, kw_only=True, tag="social_like"):
    """A post was liked."""


class SocialShare(Social, frozen=True, kw_only=True, tag="social_share"):
    """A post was passed on."""


class SocialFollow(Social, frozen=True, kw_only=True, tag="social_follow"):
    """Somebody follows the brand from now on."""
