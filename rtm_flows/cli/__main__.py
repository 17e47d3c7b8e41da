"""Let `python -m rtm_flows.cli` be `rtm`."""

from __future__ import annotations

import sys

from rtm_flows.cli import main

sys.exit(main())
