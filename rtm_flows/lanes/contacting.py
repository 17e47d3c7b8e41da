"""Contacting: what decide knows of people beside their scores, and what of a choice is permitted.

In: scored rows, which of them fire, and a way to choose among what is not held back. Out: the
people's arms, and for every row the limits that hold offers back. Rows of one person are gone
through one after the other, those of different people side by side. It refuses to know by what
offers are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.decisions.arbitration import NONE, Choice
from rtm_flows.decisions.offers import Offer
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.lanes.pausing import Pausing
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.rolling import Rolling, Run
from rtm_flows.lanes.superseding import Superseding, Won
from rtm_flows.people.roll import SAVES
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.state import Field, People
from rtm_flows.people.type_sets import TypeSets
from rtm_flows.policy.contacts import NEVER, Contacts, Reservation, decision_keys
from rtm_flows.policy.groups import Groups, Treated
from rtm_flows.policy.holds import Held, first_of
from rtm_flows.policy.limits import compile_limits
from rtm_flows.policy.waves import waves
from rtm_flows.policy.zones import Zones

CONTACTS, SHOWINGS, DELIVERIES = "contacts", "showings", "deliveries"
"""What people have many of: see `Contacting.runs`."""

Choose = Callable[[Ints, Held], Choice]
"""Chooses in some of the rows that fire, given for these what holds offers back."""


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
    """(rows, offers): the first of the job's holds that keeps the offer back, or `FREE`."""
    counts: Ints
    """(rows, limits): the contacts that count, before this one."""
    supersedes: Column
    """Ids of the decisions that those of the rows supersede; None where they do not."""


class _Zoned(People):
    """People with a zone each, which travels by name: its number is another in every process."""

    def __init__(self, zones: Zones) -> None:
        super().__init__([Field("zone", "i8", (), 0)])
        self._zones = zones

    def export(self, slots: Ints) -> Table:
        """Return the rows of some people as a table with their keys."""
        table = super().export(slots)
        names = [self._zones.names[code] for code in table["zone"].tolist()]
        return table.with_columns({"zone": as_text(names)})

    def restore(self, table: Table, lane: int) -> Ints:
        """Enter people from a table that `export` made; returns their slots."""
        codes = self._zones.codes(table["zone"].tolist())
        return super().restore(table.with_columns({"zone": codes}), lane)


class Contacting:
    """The people of some lanes, as decide knows them.

    Parameters
    ----------
    plan
        The job's constants.
    offers
        The catalogue.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, offers: Sequence[Offer], saves: int = SAVES) -> None:
        self._rule = plan.contacts
        self._lifetime = np.array([offer.lifetime_ms for offer in offers], dtype=np.int64)
        self._groups = Groups(plan.experiments, offers)
        self._limits = compile_limits(plan.limits, offers)
        self._first_limit = len(plan.holds) - len(plan.limits)
        self._pausing = Pausing(plan, offers) if plan.pauses else None
        self._zones = Zones(plan.contacts.zone)
        self._contacts = Contacts(plan.limits, self._zones)
        self._people = _Zoned(self._zones)
        self._rolling = Rolling(self._people, saves)
        self._since: Ints = np.zeros(plan.lanes, dtype=np.int64)
        """By lane what the clocks of its people are never less than, as it was last told."""
        self._reports = TypeSets([plan.contacts.settled, plan.contacts.released])
        self._superseding = Superseding(plan, offers) if plan.delivery.active else None
        self.followed: Bools = (self._limits.masks > 0) | plan.delivery.active
        """Of each offer whether it matters later that it was chosen."""
        self.active = bool(plan.pauses or plan.limits or plan.experiments or plan.delivery.active)
        """Whether anything depends on who a person is; if not, nothing here is called."""

    def slots_of(self, rows: Table, lanes: Ints) -> Ints:
        """Return the person of each row, entering new people."""
        slots = self._people.slots_of(rows["person"].tolist(), lanes.astype(np.int16))
        # Whatever follows is about people who have rows.
        self._rolling.touch(slots)
        return slots

    def treated(self, slots: Ints) -> Treated:
        """Return the arms of people, and what follows from them."""
        return self._groups.of(slots, self._people.keys)

    def permitted(
        self, asked: Asked, standing: Held, followed: Bools, held_out: Bools, choose: Choose
    ) -> Permitted:
        """Tell what pauses and limits hold back too, and remember what is chosen.

        Parameters
        ----------
        asked
            The rows, in the order of each person.
        standing
            (rows that fire, offers): what is held back before pauses and limits are looked at.
        followed
            Of each row that fires, whether it passed an offer that is followed.
        held_out
            (rows that fire, offers): it will not be delivered, so it is no contact.
        choose
            Asked for some rows at a time, each of another person.
        """
        rows, fired = asked.rows, asked.fired
        if self._pausing is not None:
            rests = self._pausing.held(rows, asked.slots, fired)
            standing = first_of(standing, rests, self._first_limit - len(self._pausing.pauses))
        counts = np.zeros((len(fired), len(self._limits.limits)), dtype=np.int64)
        supersedes = as_text([None] * len(fired))
        if not self.followed.any():
            return Permitted(standing, counts, supersedes)
        held = standing.copy()
        zones = self._zones_of(asked) if self._limits.limits else np.zeros_like(asked.slots)
        place = np.full(len(rows), -1, dtype=np.int64)
        place[fired[followed]] = np.flatnonzero(followed)
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
            held[at] = first_of(standing[at], self._limits.held_back(used.up), self._first_limit)
            counts[at] = used.counts
            won, at = self._won(asked, at, held_out, choose(at, held[at]).winner)
            if self._superseding is not None:
                supersedes[at] = self._supersede(self._superseding, won)
            self._reserve(won)
        return Permitted(held, counts, supersedes)

    def drop(self, persons: Sequence[str]) -> None:
        """Forget people, of whom some may not be known; each is named once."""
        slots = self._people.known(persons)
        self._groups.forget(slots)
        self._rolling.forget(slots, [*self.runs.values()])

    def save(self, lanes: Sequence[int], since: Sequence[int]) -> list[Kept]:
        """Return who of each lane has changed since the last save, and some others, as a part.

        Their clocks are never less than `since` from now on.
        """
        self._since[[*lanes]] = since
        return self._rolling.save(lanes, [*self.runs.values()])

    def whole(self, lane: int, since: int, person: str | None = None) -> Kept:
        """Return all people of a lane, or one of them, as one part; `since` as of `save`."""
        self._since[lane] = since
        return self._rolling.whole(lane, [*self.runs.values()], person)

    def load(self, lane: int, parts: Sequence[Bytes], since: int) -> None:
        """Restore the people of a lane from its parts; `since` as it was at the last save."""
        self._since[lane] = since
        self._rolling.load(lane, parts, [*self.runs.values()])

    @property
    def people(self) -> People:
        """The people that decide knows."""
        return self._people

    @property
    def numbered(self) -> dict[str, tuple[Hashable, ...]]:
        """By run of `runs`, what the numbers in it stand for."""
        told: dict[str, tuple[Hashable, ...]] = {
            CONTACTS: tuple(limit.name for limit in self._limits.limits)
        }
        if self._pausing is not None:
            told[SHOWINGS] = self._pausing.counters.keys
        if self._superseding is not None:
            told[DELIVERIES] = self._superseding.places
        return told

    @property
    def runs(self) -> dict[str, Run]:
        """Return all of which every person has another number, by name and in order."""
        runs: dict[str, Run] = {CONTACTS: self._contacts}
        if self._pausing is not None:
            runs[SHOWINGS] = self._pausing.since(self._people, self._since)
        if self._superseding is not None:
            runs[DELIVERIES] = self._superseding.deliveries
        return runs

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
        """Take in what rows report of deliveries, at most one of a person."""
        if not len(reported):
            return
        masks = self._reports.masks(rows["type"][reported])
        keys = decision_keys(rows["decision_id"][reported].tolist())
        if self._superseding is not None:
            told = masks[self._rule.settled] | masks[self._rule.released]
            self._superseding.hear(slots[reported][told], keys[told])
        for types, note in (
            (self._rule.settled, self._contacts.settle),
            (self._rule.released, self._contacts.release),
        ):
            if masks[types].any():
                note(slots[reported][masks[types]], keys[masks[types]])

    def _won(
        self, asked: Asked, at: Ints, held_out: Bools, winner: NDArray[np.int16]
    ) -> tuple[Won, Ints]:
        """Return what of some rows that fire is to be delivered, and by which of these rows."""
        done = np.flatnonzero(winner != NONE)
        done = done[~held_out[at[done], winner[done]]]
        at, chosen = at[done], winner[done].astype(np.int64)
        rows = asked.fired[at]
        ids = [asked.ids[one] for one in at.tolist()]
        won = Won(asked.slots[rows], asked.rows["time"][rows], chosen, ids, decision_keys(ids))
        return won, at

    def _supersede(self, superseding: Superseding, won: Won) -> Column:
        """Return the ids of what decisions supersede; what has not gone out is no contact more."""
        voided = superseding.follow(won)
        unsent = voided.at[voided.unsent]
        self._contacts.lapse(won.slots[unsent], voided.keys[voided.unsent], won.clocks[unsent])
        ids = as_text([None] * len(won.ids))
        ids[voided.at] = as_text(voided.ids)
        return ids

    def _reserve(self, won: Won) -> None:
        """Remember the contacts of decisions that are to be delivered."""
        until = np.full_like(won.clocks, NEVER)
        if self._rule.reports:
            until = won.clocks + self._lifetime[won.offers]
        masks = self._limits.masks[won.offers]
        self._contacts.reserve(Reservation(won.slots, won.clocks, masks, won.keys, until))
