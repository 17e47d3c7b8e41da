"""The parties of the benchmark: what each is called, what it needs, how it is started.

In: an interpreter for each party. Out: its result, or why there is none. Refuses to know how
results are compared.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
OURS = "ours"
FLOOR = "floor"
HERE = "make setup"
PEERS = "make bench-peers"
# Prints those of the modules named that are not installed, without importing any.
LOOK = """
import importlib.util, sys
print(*[name for name in sys.argv[1:] if not importlib.util.find_spec(name)])
"""


@dataclass(frozen=True)
class Party:
    """One program that does the job."""

    name: str
    """Its module in this package, and its name on the command line."""
    label: str
    """Its name in the table."""
    modules: tuple[str, ...]
    """The modules that it imports and that may be missing."""
    install: str
    """The command that makes it able to run."""
    java: bool = False
    """Whether it needs Java."""

    def python(self) -> str:
        """Return the interpreter it runs on unless told otherwise."""
        apart = self.install == PEERS and PEERS_PYTHON.exists()
        return str(PEERS_PYTHON) if apart else sys.executable


PARTIES = [
    Party(OURS, "rtm_flows", ("rtm_flows", "benchmarks.ours"), HERE),
    Party(FLOOR, "floor: decode and encode only", ("msgspec",), HERE),
    Party("plain_loop", "plain loop, no engine", ("river", "orjson"), HERE),
    Party("naive_bytewax", "Bytewax + River, event by event", ("river", "bytewax"), HERE),
    Party("pathway_udf", "Pathway, UDF", ("river", "pathway"), PEERS),
    Party(
        "pyflink_job", "PyFlink, threads, start included", ("river", "pyflink"), PEERS, java=True
    ),
]


class Result(msgspec.Struct):
    """What a party says of one run."""

    events: int
    seconds: float


class PartyError(RuntimeError):
    """A party that should have run did not; the message ends with what it printed."""


def missing(party: Party, python: str) -> str:
    """Return what the party lacks on that interpreter; empty if it can run."""
    command = [python, "-c", LOOK, *party.modules]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        lacks = done.stdout.split()
    except (OSError, subprocess.CalledProcessError):
        lacks = [f"a working {python}"]
    if party.java and shutil.which("java") is None:
        lacks.append("java")
    return ", ".join(lacks)


def run_party(party: Party, python: str, events: Path, out: Path, seconds: float) -> Result:
    """Run one party once, in a process of its own, and return what it says.

    Raises
    ------
    PartyError
        It failed, took longer than `seconds`, or said nothing.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.unlink(missing_ok=True)
    command = [python, "-m", f"benchmarks.{party.name}", str(events), str(out)]
    fixed = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **fixed},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"{party.name}: must end within {seconds:.0f} s, got no end"
        raise PartyError(msg) from error
    said = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not said:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        msg = f"{party.name}: must print its result and exit 0, got exit {done.returncode}:\n{tail}"
        raise PartyError(msg)
    return msgspec.json.decode(said[-1], type=Result)
