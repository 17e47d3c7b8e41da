"""Contacting: what decide knows of people beside their scores, and what of a choice is permitted.

In: scored rows, which of them fire, and a way to choose among what is not held back. Out: the
people's arms, and for every row the limits that hold offers back. Rows of one person are gone
through one after the other, those of different people side by side. It refuses to know by what
offers are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, as_text, pack, unpack
from rtm_flows.decisions.arbitration import NONE, Choice
from rtm_flows.decisions.offers import Offer
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.state import Field, People
from rtm_flows.people.type_sets import TypeSets
from rtm_flows.policy.contacts import NEVER, Contacts, Reservation, decision_keys
from rtm_flows.policy.groups import Groups, Treated
from rtm_flows.policy.limits import FREE, compile_limits
from rtm_flows.policy.waves import waves
from rtm_flows.policy.zones import Zones

Held = NDArray[np.int16]
Choose = Callable[[Ints, Held], Choice]
"""Chooses in some of the rows that fire, given for these the limits that hold offers back."""


class Asked(NamedTuple):
    """The rows of a pass, and what decide asks of them."""

    rows: Table
    slots: Ints
    """Of each row its person."""
    fired: Ints
    """The rows that fire, ascending."""
    ids: Sequence[str]
    """Of each row that fires, the id of its decision."""


class Permitted(NamedTuple):
    """What the contact policy says of the rows that fire."""

    held: Held
    """(rows, offers): the first limit that holds the offer back, or `FREE`."""
    counts: Ints
    """(rows, limits): the contacts that count, before this one."""


class _Saved(msgspec.Struct, array_like=True):
    people: bytes
    counts: bytes
    contacts: bytes


class Contacting:
    """The people of some lanes, as decide knows them.

    Parameters
    ----------
    plan
        The job's constants.
    offers
        The catalogue.
    """

    def __init__(self, plan: Plan, offers: Sequence[Offer]) -> None:
        self._rule = plan.contacts
        self._offers = len(offers)
        self._lifetime = np.array([offer.lifetime_ms for offer in offers], dtype=np.int64)
        self._groups = Groups(plan.experiments, offers)
        self._limits = compile_limits(plan.limits, offers)
        self._zones = Zones(plan.contacts.zone)
        self._contacts = Contacts(plan.limits, self._zones)
        self._people = People([Field("zone", "i8", (), 0)])
        self._reports = TypeSets([plan.contacts.settled, plan.contacts.released])
        self.limited: Bools = self._limits.masks > 0
        """Of each offer whether it falls under a limit."""
        self.active = bool(plan.limits or plan.experiments)
        """Whether anything depends on who a person is; if not, nothing here is called."""

    def slots_of(self, rows: Table, lanes: Ints) -> Ints:
        """Return the person of each row, entering new people."""
        return self._people.slots_of(rows["person"].tolist(), lanes.astype(np.int16))

    def treated(self, slots: Ints) -> Treated:
        """Return the arms of people, and what follows from them."""
        return self._groups.of(slots, self._people.keys)

    def permitted(self, asked: Asked, limited: Bools, held_out: Bools, choose: Choose) -> Permitted:
        """Tell what limits hold back, and remember the contacts that are chosen.

        Parameters
        ----------
        asked
            The rows, in the order of each person.
        limited
            Of each row that fires, whether an offer that is open falls under a limit.
        held_out
            (rows that fire, offers): it will not be delivered, so it is no contact.
        choose
            Asked for some rows at a time, each of another person.
        """
        rows, fired = asked.rows, asked.fired
        held: Held = np.full((len(fired), self._offers), FREE, dtype=np.int16)
        counts = np.zeros((len(fired), len(self._limits.limits)), dtype=np.int64)
        if not self._limits.limits:
            return Permitted(held, counts)
        zones = self._zones_of(asked)
        place = np.full(len(rows), -1, dtype=np.int64)
        place[fired[limited]] = np.flatnonzero(limited)
        reported = np.array([bool(one) for one in rows["decision_id"].tolist()], dtype=np.bool_)
        concerned = np.flatnonzero((place >= 0) | reported)
        for wave in waves(asked.slots[concerned]):
            some = concerned[wave]
            self._hear(rows, asked.slots, some[reported[some]])
            at = place[some][place[some] >= 0]
            if not len(at):
                continue
            of = fired[at]
            used = self._contacts.used(asked.slots[of], rows["time"][of], zones[of])
            held[at], counts[at] = self._limits.held_back(used.up), used.counts
            self._reserve(asked, at, held_out, choose(at, held[at]).winner)
        return Permitted(held, counts)

    def save(self, lane: int, person: str | None = None) -> bytes:
        """Return what is known of the people of a lane, or of one person of it."""
        slots = self._people.of_lane(lane, person)
        people = self._people.export(slots)
        zones = [self._zones.names[code] for code in people["zone"].tolist()]
        counts, contacts = self._contacts.export(slots)
        named = people.only(("person",)).with_columns({"zone": as_text(zones)})
        return msgspec.msgpack.encode(_Saved(pack(named), counts.tobytes(), pack(contacts)))

    def load(self, lane: int, state: bytes) -> None:
        """Restore what is known of the people of a lane."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        people = unpack(saved.people)
        zones = self._zones.codes(people["zone"].tolist())
        slots = self._people.restore(people.with_columns({"zone": zones}), lane)
        counts = np.frombuffer(saved.counts, dtype=np.int64)
        self._contacts.restore(slots, counts, unpack(saved.contacts))

    def _zones_of(self, asked: Asked) -> Ints:
        """Return the zone of each row's person: the latest that is known."""
        names = asked.rows["timezone"].tolist()
        codes = self._zones.codes(names)
        told = (codes > 0) | np.array([name == self._rule.zone for name in names], dtype=np.bool_)
        order = np.argsort(asked.slots, kind="stable")
        runs = Rows(asked.slots[order], asked.rows["time"][order])
        found = pick_rows(runs, told[order], codes[order][told[order]], self._people["zone"])
        self._people["zone"][runs.people] = found[runs.ends]
        zones = np.empty_like(found)
        zones[order] = found
        return zones

    def _hear(self, rows: Table, slots: Ints, reported: Ints) -> None:
        """Settle and release the contacts that rows report of."""
        if not len(reported):
            return
        masks = self._reports.masks(rows["type"][reported])
        keys = decision_keys(rows["decision_id"][reported].tolist())
        for types, note in (
            (self._rule.settled, self._contacts.settle),
            (self._rule.released, self._contacts.release),
        ):
            if masks[types].any():
                note(slots[reported][masks[types]], keys[masks[types]])

    def _reserve(self, asked: Asked, at: Ints, held_out: Bools, winner: NDArray[np.int16]) -> None:
        """Remember the contacts of rows that fire; `winner` is theirs."""
        done = np.flatnonzero(winner != NONE)
        done = done[~held_out[at[done], winner[done]]]
        if not len(done):
            return
        rows, chosen = asked.fired[at[done]], winner[done]
        clocks = asked.rows["time"][rows]
        until = (
            clocks + self._lifetime[chosen] if self._rule.reports else np.full_like(clocks, NEVER)
        )
        keys = decision_keys([asked.ids[one] for one in at[done].tolist()])
        masks = self._limits.masks[chosen]
        self._contacts.reserve(Reservation(asked.slots[rows], clocks, masks, keys, until))
