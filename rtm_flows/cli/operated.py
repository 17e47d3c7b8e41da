"""A run operated: its metrics, health and readiness served beside it, where somebody wants them.

In: the command line, a job, and its recovery folder. Out: the meters of this process, and a folder
for those of others, while the server answers. One address answers for all processes of a run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from rtm_flows.config import Job
from rtm_flows.config.operating import Operating
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.errors import refuse
from rtm_flows.metrics import BUILD_INFO, STATE_BYTES
from rtm_flows.operating.health import Verdict, alive, ready
from rtm_flows.operating.logs import log
from rtm_flows.operating.meters import Meters, Seen
from rtm_flows.operating.sharing import collected
from rtm_flows.times import parse_duration
from rtm_flows.version import VERSION


class Operated(NamedTuple):
    """What a run tells how it is doing.

    Attributes
    ----------
    meters
        Of this process.
    folder
        Where further processes write theirs; None where nobody looks.
    """

    meters: Meters
    folder: Path | None


@contextmanager
def operated(parsed: argparse.Namespace, job: Job, recovery: Path | None) -> Iterator[Operated]:
    """Serve how a run is doing for as long as it lasts, if that is wanted.

    Raises
    ------
    RtmError
        If the address cannot be had.
    """
    rule, meters = asked(parsed.metrics, job.operating), Meters()
    if rule.port is None:
        yield Operated(meters, None)
        return
    # Loaded only where somebody looks: it takes a fifth of a second.
    from rtm_flows.operating.exposition import Exposition
    from rtm_flows.operating.server import Server, Told

    meters.set(BUILD_INFO, 1, VERSION)
    if recovery is not None:
        meters.ask(STATE_BYTES, lambda: _size(recovery))
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="rtm-metrics-")))

        def seen() -> list[Seen]:
            return [meters.seen(), *collected(folder)]

        told = Told(Exposition(seen), *_judges(job, seen))
        server = open_.enter_context(Server(rule.host, rule.port, told))
        host, port = server.address
        log().info("listening", host=host, port=port, job=job.name)
        yield Operated(meters, folder)


def asked(option: str | None, rule: Operating) -> Operating:
    """Return where to listen: as the command line says, else as the job does.

    Raises
    ------
    ConfigError
        If the command line says something that is no address.

    Examples
    --------
    >>> asked("0.0.0.0:9464", Operating()).host, asked("9464", Operating()).port
    ('0.0.0.0', 9464)
    """
    if option is None:
        return rule
    host, _, port = option.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        refuse("--metrics", f"wants HOST:PORT or PORT, as in 127.0.0.1:9464; got {option!r}")
    return Operating(host=host.strip("[]") or rule.host, port=int(port), stuck=rule.stuck)


def _judges(
    job: Job, seen: Callable[[], list[Seen]]
) -> tuple[Callable[[], Verdict], Callable[[], Verdict]]:
    """Return who judges health, and who readiness."""
    stuck = parse_duration(job.operating.stuck) / 1000
    answers = _reach(job) if job.input.kind == "kafka" else None
    return (
        lambda: alive(seen(), time.monotonic(), stuck),
        lambda: ready(seen(), time.monotonic(), stuck, answers),
    )


def _reach(job: Job) -> Callable[[], bool]:
    """Return what tells whether the broker answers; only here is its client loaded."""
    from rtm_flows.connectors.kafka.reach import Reach

    return Reach(broker_of(job)).answers


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder; they come and go, and none is opened."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(path) / name).stat().st_size
    return size
