"""The way out: one Bytewax sink partition an output, each the only writer of its file."""

from __future__ import annotations

from pathlib import Path

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from rtm_flows.connectors.output_files import open_writer
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import SUMMARY, Written, outputs
from rtm_flows.operators.housekeeping import Housekeeping

STEP = "write"


class OutputPartition(StatefulSinkPartition[Written, bytes]):
    """The writer of one output."""

    def __init__(self, sink: Write, output: str, state: bytes | None) -> None:
        self._house = sink.house
        self._number = sink.outputs.index(output)
        saved = self._house.opened(STEP, self._number, state)
        self._writer = open_writer(sink.folder, output, sink.plan, saved)

    def write_batch(self, items: list[Written]) -> None:
        """Write what is ready."""
        with self._house.stages.timed(STEP):
            self._writer.write(items)

    def snapshot(self) -> bytes:
        """Return the state, sealed."""
        return self._house.sealed(STEP, self._number, self._writer.save)

    def close(self) -> None:
        """Let go of the file."""
        self._writer.close()


class Write(FixedPartitionedSink[Written, bytes]):
    """All outputs of a job, in one folder.

    Parameters
    ----------
    folder
        Where the files go; must exist.
    plan
        The job's constants.
    house
        What it shares with the other steps.
    """

    def __init__(self, folder: Path, plan: Plan, house: Housekeeping) -> None:
        self.folder = folder
        self.plan = plan
        self.house = house
        self.outputs = sorted([*outputs(plan), SUMMARY])

    def list_parts(self) -> list[str]:
        """Return the names of the outputs."""
        return self.outputs

    def part_fn(self, item_key: str) -> int:
        """Return the place of an output among all."""
        return self.outputs.index(item_key)

    def build_part(
        self, step_id: str, for_part: str, resume_state: bytes | None
    ) -> OutputPartition:
        """Open one output."""
        with self.house.failures.noted():
            return OutputPartition(self, for_part, resume_state)
