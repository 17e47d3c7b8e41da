"""Two jobs: the one that state was kept of, and the one that is to go on with it.

In: their plans. Out: what both steps keep of people, as empty tables, and what is asked of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table
from rtm_flows.features.peek import unknown
from rtm_flows.lanes.deal import lane_of
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles
from rtm_flows.lanes.progress import START, Ints
from rtm_flows.lanes.refit.tables import codes


class Jobs:
    """The job as it was and as it goes on.

    Parameters
    ----------
    was, becomes
        Their constants: of the same input, and alike in all that `config.changes` does not let
        differ, save for the number of lanes.
    """

    def __init__(self, was: Plan, becomes: Plan) -> None:
        self.was, self.becomes = was, becomes

    @property
    def deals_anew(self) -> bool:
        """Whether people come to other lanes than they were in."""
        return self.was.lanes != self.becomes.lanes

    @cached_property
    def profiles(self) -> tuple[Profiles, Profiles]:
        """The profiles of both, of nobody."""
        return Profiles(self.was), Profiles(self.becomes)

    @cached_property
    def unknown(self) -> NDArray[np.float64]:
        """The features of somebody of whom nothing is known, of the job as it goes on."""
        someone = Profiles(self.becomes)
        return np.asarray(unknown(someone.features, someone.people)[0])

    @cached_property
    def accepted(self) -> tuple[Table, Table]:
        """The rows that know tells decide of, of both; there are none."""
        was, now = (Table(one.no_rows.columns) for one in self.profiles)
        return was, now

    @cached_property
    def moments(self) -> list[int]:
        """Of each moment there was the place that it comes to, from 0; -1 where it is no more."""
        return codes(self.was.moments, self.becomes.moments)

    def lanes_of(self, hashes: Column) -> Ints:
        """Return the lanes to which people come."""
        return lane_of(hashes, self.becomes.lanes)

    def least(self, known: Mapping[int, int]) -> dict[int, int]:
        """Return of each lane to come how far it has come, given that of each there was."""
        if not self.deals_anew:
            return dict(known)
        least = min(known.values()) if len(known) == self.was.lanes else START
        return dict.fromkeys(range(self.becomes.lanes), least)

    def heard(self, known: Mapping[int, Ints], *, by_lane: bool) -> dict[int, Ints]:
        """Return of each lane to come what it has heard of its feeds, shape (3, feeds).

        Parameters
        ----------
        known
            Of each lane there was.
        by_lane
            Whether the feeds are lanes too.
        """
        if not self.deals_anew:
            return dict(known)
        whole = np.stack(list(known.values()))
        if len(known) < self.was.lanes:
            whole = np.append(whole, np.full_like(whole[:1], START), axis=0)
        if by_lane:
            whole = np.moveaxis(whole, 2, 1).reshape(-1, 3, 1)
            whole = np.repeat(whole, self.becomes.lanes, axis=2)
        told = np.concatenate([whole[:, :2].min(axis=0), whole[:, 2:].max(axis=0)])
        return {lane: told.copy() for lane in range(self.becomes.lanes)}
