"""Identity, privacy and control: identify, alias and group as Segment has them, and commands.

In: nothing. Out: the types of what is told about a person's ids and wishes, and of what people who
run the system order. It knows nothing of how any of it is obeyed.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rtm_flows.events.plan.event import Event, Text, Time


class Identify(Event, frozen=True, kw_only=True, tag="identify"):
    """The anonymous id belongs to the user id (Segment)."""


class Alias(Event, frozen=True, kw_only=True, tag="alias"):
    """Two ids are the same person (Segment)."""

    previous_id: Annotated[Text | None, Meta(description="The id so far.")] = None


class Group(Event, frozen=True, kw_only=True, tag="group"):
    """The person belongs to the group (Segment)."""


class Privacy(Event, frozen=True, kw_only=True):
    """What a person wishes to be done with what is known of them."""

    purpose: Annotated[Text | None, Meta(description="What for: marketing, analytics ...")] = None
    jurisdiction: Annotated[Text | None, Meta(description="Whose law holds.")] = None


class ModifyConsent(Privacy, frozen=True, kw_only=True, tag="modify_consent"):
    """Leave was given or taken back (as Unomi's modifyConsent)."""

    consent_status: Annotated[
        Text | None, Meta(description="`GRANTED`, `DENIED` or `REVOKED`.")
    ] = None
    revoke_date: Annotated[Time | None, Meta(description="When leave given ends.")] = None


class PrivacySuppress(Privacy, frozen=True, kw_only=True, tag="privacy_suppress"):
    """Keep nothing new of this person."""


class PrivacyDelete(Privacy, frozen=True, kw_only=True, tag="privacy_delete"):
    """Delete what is known of this person."""


class PrivacySuppressWithDelete(
    Privacy, frozen=True, kw_only=True, tag="privacy_suppress_with_delete"
):
    """Delete what is known of this person, and keep nothing new."""


class PrivacyUnsuppress(Privacy, frozen=True, kw_only=True, tag="privacy_unsuppress"):
    """Things may be kept of this person again."""


class Control(Event, frozen=True, kw_only=True):
    """What somebody who runs the system orders; `user_id` is who does."""

    action: Annotated[Text | None, Meta(description="The action it is about.")] = None
    outcome: Annotated[Text | None, Meta(description="What was ordered: on, off ...")] = None


class CatalogueUpsert(Control, frozen=True, kw_only=True, tag="catalogue_upsert"):
    """An action or item is new or changed."""


class PolicyUpsert(Control, frozen=True, kw_only=True, tag="policy_upsert"):
    """A contact rule is new or changed."""


class CalendarUpsert(Control, frozen=True, kw_only=True, tag="calendar_upsert"):
    """A day in the calendar is new or changed."""


class KillSwitch(Control, frozen=True, kw_only=True, tag="kill_switch"):
    """Stop an action, or everything, at once."""


class Approval(Control, frozen=True, kw_only=True, tag="approval"):
    """What waited for somebody's leave may go out, or may not."""


class ModelPromote(Control, frozen=True, kw_only=True, tag="model_promote"):
    """A challenger takes the champion's place."""
