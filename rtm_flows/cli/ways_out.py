"""Ways out: where a run's outputs go, and what must be so before the first is written.

In: a job, and what the command line says. Out: a way out that is ready, or a refusal.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from rtm_flows.cli.jobs import output_of
from rtm_flows.cli.summary import show
from rtm_flows.config import Job
from rtm_flows.connectors.kafka.names import Begun
from rtm_flows.connectors.output_folder import WORK, is_complete, prepare
from rtm_flows.errors import ConfigError


class WayOut(Protocol):
    """Where outputs go."""

    @property
    def name(self) -> str:
        """What tells it apart; part of whose a recovery folder is."""

    @property
    def to(self) -> Path | Begun:
        """What `rtm_flows.flows.build` is given, once it is ready."""

    def alone(self, folder: Path | None) -> AbstractContextManager[None]:
        """Let nobody else write there meanwhile, as far as this run can see to it."""

    def begin(self) -> Begun:
        """Make ready for the first record; return where topics end, nothing for files."""

    def resume(self, begun: Begun) -> None:
        """Make ready to go on."""

    def work(self) -> Iterator[Path]:
        """Yield a folder for what a run without recovery needs for a while."""

    def is_complete(self, *, stopped: bool) -> bool:
        """Tell whether all is written."""

    def show(self, job: Job) -> None:
        """Show what came out."""


class ToFolder:
    """Files in a folder.

    Parameters
    ----------
    path
        The folder.
    overwrite
        Whether a run that is in it may be replaced.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.to = path
        self.name = str(path.resolve())
        self._overwrite = overwrite

    def alone(self, folder: Path | None) -> AbstractContextManager[None]:
        """Do nothing: a folder of outputs belongs to its recovery folder, which is locked."""
        return nullcontext()

    def begin(self) -> Begun:
        """Empty the folder, or refuse it."""
        prepare(self.to, overwrite=self._overwrite)
        return {}

    def resume(self, begun: Begun) -> None:
        """Make the folder, if it is missing."""
        self.to.mkdir(parents=True, exist_ok=True)

    def work(self) -> Iterator[Path]:
        """Yield a folder within."""
        yield self.to / WORK

    def is_complete(self, *, stopped: bool) -> bool:
        """Tell whether every file has its final name."""
        return is_complete(self.to)

    def show(self, job: Job) -> None:
        """Show the summary."""
        show(self.to, job)


def way_out(parsed: argparse.Namespace, job: Job) -> WayOut:
    """Return the way out of a job as the command line says.

    Raises
    ------
    ConfigError
        If the command line speaks of files where the job writes to topics, or the reverse.
    """
    if job.writes == "kafka":
        for option, given in (("--output", parsed.output), ("--overwrite", parsed.overwrite)):
            if given:
                msg = f'{option}: is for files; this job writes to topics (outputs.kind = "kafka")'
                raise ConfigError(msg)
        if parsed.profile:
            msg = '--profile: measures runs that write files; set outputs.kind = "files" for that'
            raise ConfigError(msg)
        # The client of the broker is loaded only where there is one.
        from rtm_flows.cli.to_topics import ToTopics

        return ToTopics(job, append=parsed.append)
    if parsed.append:
        msg = "--append: is for topics, and this job writes files; --overwrite replaces these"
        raise ConfigError(msg)
    return ToFolder(output_of(parsed, job), overwrite=parsed.overwrite)


@contextmanager
def working(out: WayOut) -> Iterator[Path]:
    """Yield a folder for what a run without recovery needs for a while."""
    yield from out.work()
