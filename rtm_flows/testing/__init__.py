"""Testing: what a user's own tests can prove of the user's own code.

`check_feature` proves that a feature written in Python keeps to its contract, `check_model` that a
model does.
"""

from __future__ import annotations

from rtm_flows.testing.features import check_feature
from rtm_flows.testing.models import check_model

__all__ = ["check_feature", "check_model"]
