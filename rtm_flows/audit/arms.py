"""Arms, drawn again: who is in which, how is chosen for them, and what is held out from them.

In: a decision, and the experiments of its configuration. Out: sentences, one for each thing that is
not as it must be. It refuses to know what was chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal

from rtm_flows.audit.declared import Arm, Experiment
from rtm_flows.audit.record import Decision

_MILLION = 1_000_000


class Arms:
    """The experiments of a run.

    Parameters
    ----------
    experiments
        As they are written.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        self._experiments = experiments

    def prove(self, decision: Decision) -> Iterator[str]:
        """Tell what is not as the person's hashes have it."""
        arms = {one.name: _arm(one, decision.person) for one in self._experiments}
        names = [(name, None if arm is None else arm.name) for name, arm in arms.items()]
        told = [(one.experiment, one.arm) for one in decision.arms]
        if told != names:
            yield f"the arms are {told}, by the hash {names}"
        own = [arm for arm in arms.values() if arm is not None]
        policies = (arm.policy for arm in own if arm.policy not in ("full", "hold_out"))
        policy = next(policies, "full")
        if decision.policy != policy:
            yield f"the policy is {decision.policy!r}, by the arms {policy!r}"
        held = decision.acts and any(
            arm.policy == "hold_out" and arm.means(decision) for arm in own
        )
        if decision.held_out != held:
            yield f"held_out is {decision.held_out}, by the arms {held}"


def _arm(experiment: Experiment, person: str) -> Arm | None:
    text = f"{experiment.salt or experiment.name}\x1f{person}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    part = (int.from_bytes(digest[:4], "big") * _MILLION) // 2**32
    end = 0
    for arm in experiment.arms:
        end += int(Decimal(str(arm.share)) * _MILLION)
        if part < end:
            return arm
    return None
