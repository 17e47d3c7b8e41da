"""Delivery: whether a newer decision makes an older one void that is still on its way.

In: the keys under `[delivery]`. Out: a record of them. It refuses to know how anything is
delivered.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, Protocol

import msgspec


class Sent(Protocol):
    """What of an offer says where it is delivered."""

    @property
    def name(self) -> str:
        """Of the action."""

    @property
    def channel(self) -> str:
        """By which it is delivered."""

    @property
    def placement(self) -> str | None:
        """At which place there."""


class DeliveryRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a decision that is still on its way when the next one is made.

    Attributes
    ----------
    supersede
        Which earlier decision of the person a new one makes void, if it has not gone out: none,
        that of the same channel, of the same channel and placement, or of the same action and
        channel.

    Examples
    --------
    >>> DeliveryRule(supersede="channel").active
    True
    """

    supersede: Literal["none", "channel", "placement", "action"] = "none"

    @property
    def active(self) -> bool:
        """Whether anything is ever superseded."""
        return self.supersede != "none"

    def place_of(self, offer: Sent) -> Hashable:
        """Return where an offer is delivered; of two at one place the newer supersedes."""
        places = {
            "channel": (offer.channel,),
            "placement": (offer.channel, offer.placement),
            "action": (offer.channel, offer.name),
        }
        return places[self.supersede]
