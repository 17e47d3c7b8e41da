"""Hypothesis profiles for all tests.

RTM_HYPOTHESIS names the one to use; without it, `ci` where CI is set, else `dev`. No profile has
a deadline: a shared machine stalls, and a stall is no failure. Every failure prints the line
(`@reproduce_failure`) which repeats it.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# `too_slow` measures the machine, not the test.
settings.register_profile(
    "dev", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# What lands must not turn red by chance: the same examples for the same code.
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile("proofs", settings.get_profile("dev"), max_examples=2_000)
settings.load_profile(os.environ.get("RTM_HYPOTHESIS") or ("ci" if os.environ.get("CI") else "dev"))
