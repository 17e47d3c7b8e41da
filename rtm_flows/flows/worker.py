"""One process of a cluster: `python -m rtm_flows.flows.worker TICKET INDEX`."""

from __future__ import annotations

import sys
from pathlib import Path

from rtm_flows.errors import RtmError
from rtm_flows.flows.cluster import run_worker

if __name__ == "__main__":
    try:
        run_worker(Path(sys.argv[1]), int(sys.argv[2]))
    except RtmError as error:
        sys.stderr.write(f"rtm: {error}\n")
        sys.exit(1)
