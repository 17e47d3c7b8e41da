"""Policy: who may be contacted how often, and which people are treated otherwise on purpose.

How a caller with rows of many people goes through them, each person's in order:

>>> import numpy as np
>>> from rtm_flows.decisions.catalogue import Action
>>> from rtm_flows.policy.contacts import Contacts, Reservation, decision_keys
>>> from rtm_flows.policy.limits import FREE, compile_limits
>>> from rtm_flows.policy.rules import Limit
>>> from rtm_flows.policy.waves import waves
>>> from rtm_flows.policy.zones import Zones
>>> actions = [Action(name="mail", channel="email"), Action(name="banner")]
>>> limits = compile_limits([Limit(name="gap", channels="email", interval="P1D")], actions)
>>> zones = Zones("Europe/Berlin")
>>> contacts = Contacts(limits.limits, zones)
>>> slots, clocks = np.array([4, 4, 9]), np.array([5_000, 6_000, 5_500])
>>> codes = zones.codes([None, None, "Asia/Baku"])
>>> keys, expires = decision_keys(["a", "b", "c"]), clocks + 60_000
>>> winners = np.full(3, FREE)
>>> for rows in waves(slots):
...     used = contacts.used(slots[rows], clocks[rows], codes[rows])
...     passed = limits.held_back(used.up) == FREE
...     winner = passed.argmax(axis=1)  # in life: arbitration among what passed
...     masks = limits.masks[winner]
...     contacts.reserve(
...         Reservation(slots[rows], clocks[rows], masks, keys[rows], expires[rows])
...     )
...     winners[rows] = winner
>>> [actions[winner].name for winner in winners.tolist()]
['mail', 'banner', 'mail']

A row for which no action under a limit has passed the rules, and which tells of no delivery, needs
no wave: limits change nothing for it, nor it for them.
"""
