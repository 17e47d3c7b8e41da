"""The event types of the fashion shop, by number.

In: nothing. Out: names and numbers; the first are the steps of a visit, in the order of the chain.
"""

from __future__ import annotations

from rtm_flows.simulate.fashion.chain import STEPS

TYPES = (
    *STEPS,
    *("sign_up", "login", "identify", "modify_consent"),
    *("order_completed", "order_shipped", "order_delayed", "order_delivered", "order_cancelled"),
    *("refund", "call_center_contact", "case_opened", "case_closed", "social_mention"),
    *("email_delivered", "email_bounced", "email_opened", "email_link_clicked"),
    *("unsubscribed", "email_marked_as_spam", "delivered", "opened", "clicked"),
)
SIGN_UP, LOGIN, IDENTIFY, CONSENT = range(len(STEPS), len(STEPS) + 4)
COMPLETED, SHIPPED, DELAYED, DELIVERED, CANCELLED = range(CONSENT + 1, CONSENT + 6)
REFUND, CALL, CASE_OPENED, CASE_CLOSED, MENTION = range(CANCELLED + 1, CANCELLED + 6)
MAIL_DELIVERED, MAIL_BOUNCED, MAIL_OPENED, MAIL_CLICKED = range(MENTION + 1, MENTION + 5)
UNSUBSCRIBED, SPAM, PUSH_DELIVERED, PUSH_OPENED, PUSH_CLICKED = range(
    MAIL_CLICKED + 1, MAIL_CLICKED + 6
)
