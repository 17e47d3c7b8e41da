"""Testing: what a user's own tests can prove of the user's own code.

`check_feature` proves that a feature written in Python keeps to its contract.
"""

from __future__ import annotations

from rtm_flows.testing.features import check_feature

__all__ = ["check_feature"]
