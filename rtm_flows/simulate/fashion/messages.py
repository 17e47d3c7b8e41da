"""The shop's random programme: who gets a campaign's message, and what becomes of it.

In: people and a message that leaves. Out: rows, and people who are a little more tired. It is an
experiment: whether somebody is written to, on which channel and in which form, is chance, with the
probabilities below, so that what messages do can be learned from what is seen.

Notes
-----
Of those who may be written to, one half is; with leave on both channels, half of these get a mail
and half a push message; half of each is in the personal form. A mail is opened with the person's
own chance, halved for every four messages of late, halved with an open case, and a fifth larger in
the personal form; push messages likewise. Of those who open, more click who like to buy. After an
opened mail somebody who is tired or has an open case may unsubscribe.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion import types as t
from rtm_flows.simulate.fashion.campaigns import Send
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.places import HOUR_MS
from rtm_flows.simulate.fashion.rows import MESSAGES, USER_ONLY, Rows, rows_of
from rtm_flows.simulate.fashion.touch import MAILS, PUSHES

SENT = 0.5
BOUNCED = 0.012
"""Share of those who may be written to, and of mails that come back."""
PERSONAL = 1.2
"""How much likelier the personal form is opened."""
CLICKED = {"email": 0.16, "push": 0.30}
"""Of what is opened, the share that is clicked by somebody who likes to buy as most do."""
TIRES = {"email": 4.0, "push": 3.0}
"""So many messages of late halve the chance that one is opened."""

_PURPOSE = 1 << 20
_OPENED_AFTER = np.clip(2 * HOUR_MS * np.exp(1.1 * d.normal_quantiles()), 30_000, 36 * HOUR_MS)
A_SEND = 8
"""Room in `seq` for what becomes of one message."""


class Reached(NamedTuple):
    """People who get a message; one row each."""

    rows: Ints
    key: Hashes
    mail: Bools
    personal: Bools
    bounced: Bools
    delivered_at: Ints


def open_chance(liking: Floats, mail: Bools, fatigue: Floats, case: Bools) -> Floats:
    """Return the chance that a message in the plain form is opened.

    Parameters
    ----------
    liking
        The person's own chance on this channel.
    mail
        A mail, else a push message.
    fatigue
        Messages of late, this one not among them.
    case
        The person has an open case.
    """
    rests = np.where(mail, TIRES["email"], TIRES["push"])
    chance: Floats = liking * np.exp2(-fatigue / rests) * np.where(case, 0.5, 1.0)
    return chance


def click_chance(eager: Floats, mail: Bools) -> Floats:
    """Return the chance that somebody clicks who has opened a message."""
    base = np.where(mail, CLICKED["email"], CLICKED["push"])
    return np.minimum(base * eager, 0.8)


def unsubscribe_chance(fatigue: Floats, case: Bools) -> Floats:
    """Return the chance that somebody wants no more mails who has opened one."""
    return np.minimum(0.004 + 0.004 * fatigue + np.where(case, 0.08, 0.0), 0.5)


def send(people: People, message: Send) -> Rows:
    """Send a message; return all that becomes of it but the visits that it brings about."""
    reached = _reach(people, message)
    rows, time = reached.rows, reached.delivered_at
    fatigue, case = people.fatigue(rows, time), people.has_case(rows, time)
    liking = np.where(reached.mail, people.mail[rows], people.push[rows])
    chance = open_chance(liking, reached.mail, fatigue, case)
    chance = chance * np.where(reached.personal, PERSONAL, 1.0)
    opened = ~reached.bounced & (_uniform(reached.key, 3) < chance)
    opened_at = time + d.pick(_OPENED_AFTER, d.draw(reached.key, 4)).astype(np.int64)
    eager = click_chance(people.eager[rows], reached.mail)
    clicked = opened & (_uniform(reached.key, 5) < eager)
    fed_up = opened & ~clicked & reached.mail
    fed_up &= _uniform(reached.key, 6) < unsubscribe_chance(fatigue, case)
    spam = fed_up & (_uniform(reached.key, 7) < 0.1)
    _change(people, message, reached, clicked, opened_at, fed_up, fatigue)
    mail, gone = reached.mail, reached.bounced
    where = (people, message, reached)
    return np.concatenate(
        [
            _told(*where, mail & gone, t.MAIL_BOUNCED, 0, time),
            _told(*where, mail & ~gone, t.MAIL_DELIVERED, 1, time),
            _told(*where, ~mail, t.PUSH_DELIVERED, 1, time),
            _told(*where, opened & mail, t.MAIL_OPENED, 2, opened_at),
            _told(*where, opened & ~mail, t.PUSH_OPENED, 2, opened_at),
            _told(*where, fed_up & ~spam, t.UNSUBSCRIBED, 4, opened_at + 20_000),
            _told(*where, spam, t.SPAM, 4, opened_at + 20_000),
            _told(*where, fed_up & ~spam, t.CONSENT, 5, opened_at + 20_050),
        ]
    )


def _reach(people: People, message: Send) -> Reached:
    may = np.flatnonzero(people.mail_ok | people.push_ok)
    key = d.draw_each(people.key[may], np.full(len(may), _PURPOSE + message.number))
    sent = _uniform(key, 0) < SENT
    rows, key = may[sent], key[sent]
    mail_ok, push_ok = people.mail_ok[rows], people.push_ok[rows]
    hashes = d.draw(key, 1)
    mail = mail_ok & (~push_ok | (d.unit(hashes) < 0.5))
    personal = (hashes & np.uint64(1)) == 1
    bounced = mail & (_uniform(key, 2) < BOUNCED)
    # Mails leave within an hour, push messages within two minutes.
    within = np.where(mail, HOUR_MS, 120_000) * _uniform(key, 8)
    return Reached(rows, key, mail, personal, bounced, message.time + within.astype(np.int64))


def _change(
    people: People,
    message: Send,
    reached: Reached,
    clicked: Bools,
    opened_at: Ints,
    fed_up: Bools,
    fatigue: Floats,
) -> None:
    rows, whole = reached.rows, ~reached.bounced
    people.tired[rows[whole]] = fatigue[whole] + 1.0
    people.tired_at[rows[whole]] = reached.delivered_at[whole]
    after = 4_000 + (_uniform(reached.key, 9) * 90_000).astype(np.int64)
    people.click[rows[clicked]] = (opened_at + after)[clicked]
    people.campaign[rows[clicked]] = (
        message.number * 4 + reached.personal.astype(np.int64) * 2 + reached.mail
    )[clicked]
    people.mail_ok[rows[fed_up]] = False


def _told(
    people: People,
    message: Send,
    reached: Reached,
    which: Bools,
    kind: int,
    place: int,
    time: Ints,
) -> Rows:
    at = np.flatnonzero(which)
    return rows_of(
        len(at),
        time=time[at],
        person=people.person[reached.rows[at]],
        seq=MESSAGES + message.number * A_SEND + place,
        type=kind,
        ids=USER_ONLY,
        place=np.where(reached.mail[at], MAILS, PUSHES),
        locale=people.locale[reached.rows[at]],
        a=message.campaign,
        b=reached.personal[at],
    )


def _uniform(key: Hashes, purpose: int) -> Floats:
    return d.unit(d.draw(key, purpose))
