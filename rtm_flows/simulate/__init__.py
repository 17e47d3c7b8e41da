"""Simulate: a seeded shop whose true counts are known.

In: a `Shop`. Out: canonical JSON Lines in arrival order, and the `Truth` about them. Nothing here
knows the job that will read the lines.
"""

from __future__ import annotations

from rtm_flows.simulate.run import simulate
from rtm_flows.simulate.shop import Shop
from rtm_flows.simulate.truth import Truth

__all__ = ["Shop", "Truth", "simulate"]
