"""Choices: what a decision could have been, and how likely each of it was.

In: lines of decisions by which something is done. Out: the offer chosen and the slate it was drawn
from. It refuses chances that are none, with the place of the line, and knows no rewards.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.recorded import Reading, Trigger
from rtm_flows.measure.scan import Line
from rtm_flows.measure.slates import ROUNDING

Offer = tuple[str, str]
"""An action, and the treatment in which it is delivered."""

NO_ACTION = "no_action"

COLUMNS = (
    "decision_id", "decision_time", "subject_id", "subject_type", "trigger", "name", "treatment",
    "value", "action_prob", "arms", "held_out", "candidates.list.element.name",
    "candidates.list.element.treatment", "candidates.list.element.action_prob",
)  # fmt: skip
"""Of Parquet, all that is read of a decision."""


class Choice(NamedTuple):
    """What one decision chose to do.

    Attributes
    ----------
    offer, chance
        What was chosen, and how likely that was.
    slate
        Of every offer that could have been chosen, its chance, above 0; together 1.
    value
        Of the action, as configured.
    held_out
        Whether it was not to be delivered, because the person is in a control group.
    trigger
        The name of what fired.
    """

    offer: Offer
    chance: float
    slate: dict[Offer, float]
    value: float
    held_out: bool
    trigger: str


class _Chance(msgspec.Struct, frozen=True, gc=False):
    name: str
    action_prob: float
    treatment: str | None = None


class _Chosen(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    name: str
    trigger: Trigger
    value: float
    action_prob: float
    candidates: tuple[_Chance, ...]
    treatment: str | None = None
    held_out: bool = False


class PersonArm(msgspec.Struct, frozen=True, gc=False):
    """The arm of an experiment that a person is in."""

    experiment: str
    arm: str | None = None


class _Grouped(msgspec.Struct, frozen=True, gc=False):
    arms: tuple[PersonArm, ...]


class Choices:
    """Reads what was chosen from the lines of one run.

    Parameters
    ----------
    path
        What errors call the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._chosen = Reading(_Chosen, path)
        self._grouped = Reading(_Grouped, path)

    def of(self, line: Line) -> Choice:
        """Return what was chosen by a line that chose an action.

        Raises
        ------
        InputError
            If the line lacks fields, or its chances do not add up to 1, or contradict one another.
        """
        found = self._chosen.of(line.data, line.offset)
        slate = {
            (one.name, one.treatment or ""): one.action_prob
            for one in found.candidates
            if one.action_prob
        }
        offer = found.name, found.treatment or ""
        choice = Choice(
            offer, found.action_prob, slate, found.value, found.held_out, found.trigger.type
        )
        self._demand_chances(choice, line.offset)
        return choice

    def arms(self, line: Line) -> tuple[PersonArm, ...]:
        """Return the arms of experiments that the person of a line is in."""
        return self._grouped.of(line.data, line.offset).arms

    def _demand_chances(self, choice: Choice, offset: int) -> None:
        slack = ROUNDING * (len(choice.slate) + 1)
        total, own = sum(choice.slate.values()), choice.slate.get(choice.offer, 0.0)
        sound = min(choice.slate.values(), default=0.0) > 0.0
        if sound and abs(total - 1.0) <= slack and abs(own - choice.chance) <= ROUNDING and own:
            return
        msg = (
            f"{self._path}, the line at byte {offset:,}: chose {choice.offer[0]} with chance"
            f" {choice.chance:g}, where its candidates have {own:g}, and {total:g} together;"
            " chances are above 0 and add up to 1: the file was changed, run the job again"
        )
        raise InputError(msg)
