"""Where an event happens: channel, device and client, by number.

In: nothing. Out: numbers, and what a line says of each.
"""

from __future__ import annotations

from rtm_flows.simulate.fashion.people import DEVICES

_WHERE = (
    "",
    *(f',"channel":"web","device":"{device}","platform":"web"' for device in DEVICES),
    ',"channel":"app","device":"mobile","platform":"ios"',
    ',"channel":"app","device":"mobile","platform":"android"',
    ',"channel":"store"',
    ',"channel":"call_center","direction":"inbound"',
    ',"channel":"social","direction":"inbound"',
    ',"channel":"email","direction":"outbound"',
    ',"channel":"push","direction":"outbound"',
    ',"channel":"web","direction":"inbound"',
)
(NOWHERE, WEB, _, _, IOS, ANDROID, STORE, CALLS, POSTS, MAILS, PUSHES, WEBSITE) = range(12)
TEXTS = tuple(_WHERE)
"""What a line says of each place."""
