"""What every event carries: when, who, from where.

In: nothing. Out: the base of all event types of the tracking plan. It knows nothing of parsing: the
parser reads the same fields, without these types, in columns.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Time: TypeAlias = str | int | float
"""RFC 3339 text, or a number of seconds (below 10^11) or milliseconds since 1970."""

Name: TypeAlias = str | int
"""An id or another name."""

Text: TypeAlias = str | int | float
"""Text; a number counts as it is written in decimal."""

Money: TypeAlias = Annotated[float, Meta(ge=-(10**10), le=10**10)]
"""An amount of money, in currency units."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=10**6)]
"""How many of something."""


class Event(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False
):
    """Something a person did or met; a user id or an anonymous id is required."""

    time: Annotated[
        Time,
        Meta(
            description="When it happened: RFC 3339, or a number of seconds (below 10^11) or"
            " milliseconds since 1970."
        ),
    ]
    id: Annotated[
        Name | None,
        Meta(description="With the source, tells copies apart; derived if missing."),
    ] = None
    source: Annotated[
        Name | None,
        Meta(description="The system that gave the id; the input's own name if missing."),
    ] = None
    received_at: Annotated[
        Time | None,
        Meta(description="When a collector got it; a time too far ahead of it is clamped."),
    ] = None
    user_id: Annotated[Name | None, Meta(description="The id of somebody known.")] = None
    anonymous_id: Annotated[Name | None, Meta(description="The id of a browser or device.")] = None
    group_id: Annotated[
        Text | None, Meta(description="The account, household or company of the person.")
    ] = None
    session_id: Annotated[
        Text | None, Meta(description="The sender's session; the job finds its own.")
    ] = None
    session_index: Annotated[
        Text | None, Meta(description="Which of the person's sessions, by the sender's count.")
    ] = None
    scope: Annotated[Text | None, Meta(description="The site or brand.")] = None
    channel: Annotated[
        Text | None, Meta(description="Where it happened, or how the person came: web, email ...")
    ] = None
    direction: Annotated[
        Text | None, Meta(description="`inbound` from the person, `outbound` to the person.")
    ] = None
    device: Annotated[Text | None, Meta(description="The kind of device: mobile ...")] = None
    platform: Annotated[Text | None, Meta(description="The kind of client: web, ios ...")] = None
    locale: Annotated[Text | None, Meta(description="Language and region, BCP 47.")] = None
    timezone: Annotated[Text | None, Meta(description="The person's IANA time zone.")] = None
    campaign: Annotated[Text | None, Meta(description="Name of the campaign.")] = None
    campaign_source: Annotated[Text | None, Meta(description="Who sent them: utm_source.")] = None
    campaign_medium: Annotated[Text | None, Meta(description="By what: utm_medium.")] = None
    campaign_term: Annotated[Text | None, Meta(description="Paid keyword: utm_term.")] = None
    campaign_content: Annotated[Text | None, Meta(description="Which link: utm_content.")] = None
    url: Annotated[Text | None, Meta(description="Address of the page.")] = None
    page_title: Annotated[Text | None, Meta(description="Title of the page.")] = None
    referrer: Annotated[Text | None, Meta(description="Address of the page before.")] = None
    decision_id: Annotated[
        Text | None, Meta(description="The decision that led here, as it was given out.")
    ] = None
