"""Simulate: seeded shops whose truth is known.

In: a `Shop`, or a `Fashion`. Out: canonical JSON Lines, and what is true of them: of a `Shop`, with
copies, delays and damage, its exact counts; of a `Fashion`, the chances behind what people did, and
what an action would have changed. Nothing here knows the job that will read the lines.
"""

from __future__ import annotations

from rtm_flows.simulate.fashion import Fashion, Written, simulate_fashion
from rtm_flows.simulate.run import simulate
from rtm_flows.simulate.shop import Shop
from rtm_flows.simulate.truth import Truth

__all__ = ["Fashion", "Shop", "Truth", "Written", "simulate", "simulate_fashion"]
