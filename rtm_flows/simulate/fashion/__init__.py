"""The fashion shop: web, app, e-mail, push, call centre, store and posts in four languages.

In: a `Fashion`. Out: canonical JSON Lines in the order of time, and the truth behind them, which
also tells what an action would have changed. Nothing here knows the job that will read the lines.
"""

from __future__ import annotations

from rtm_flows.simulate.fashion.run import Written, simulate_fashion
from rtm_flows.simulate.fashion.settings import Fashion

__all__ = ["Fashion", "Written", "simulate_fashion"]
