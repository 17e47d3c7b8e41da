"""Reports of deliveries: what settles a contact and what releases it, and whose zone days are in.

In: the keys under `[contacts]`. Out: a record of them. It refuses to know what a contact is.
"""

from __future__ import annotations

import msgspec


class ContactRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How contacts are counted.

    Attributes
    ----------
    zone
        IANA time zone of people whose events name none that is known.
    reports
        Whether every delivery is reported. If so a contact that was decided on counts until it
        expires, and on only if a report settles it; if not it counts for good.
    settled
        Types of events that report a delivery, by `decision_id`.
    released
        Types of events that report that there was none: the contact counts no more.
    """

    zone: str = "UTC"
    reports: bool = False
    settled: tuple[str, ...] = ("delivered", "email_delivered", "impression")
    released: tuple[str, ...] = ("failed", "email_bounced")
