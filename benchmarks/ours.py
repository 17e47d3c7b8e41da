"""Our own party: the peers' job by configuration alone, as a Bytewax flow in one process."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import rtm_flows as rtm
from benchmarks.protocol import count_lines, paths, say
from rtm_flows.config import with_input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.flows.execute import execute

JOB = Path(__file__).parent / "rtm_peers_job.toml"


def run(source: str, out: str) -> None:
    """Run the flow from a file of events to a file of records."""
    job = with_input(rtm.load(JOB), (source,))
    with tempfile.TemporaryDirectory() as folder:
        execute(rtm.flows.build(job, open_input(job, None), Path(folder)))
        (Path(folder) / "decisions.jsonl").replace(out)


if __name__ == "__main__":
    source, out = paths()
    # As with every party, imports are not timed; the first use of a lazy one would be.
    build = rtm.flows.build
    start = time.perf_counter()
    run(source, out)
    seconds = time.perf_counter() - start
    say("rtm_flows", count_lines(out), seconds)
