"""How often the long proofs kill what they run: `RTM_KILLS` rounds; `make chaos` plays more."""

from __future__ import annotations

import os

ROUNDS = int(os.environ.get("RTM_KILLS", "1"))
