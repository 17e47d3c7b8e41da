"""The checks checked: take out one guard after the other, and see a test turn red.

`make check-checks` does so in a copy of the tree, never in the tree itself. Whole, all tests named
here pass; with a guard taken out its test must fail. A guard whose text has moved is an error: then
mend the list below.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "runs", "docs", "examples", "dist", "build")
ABREAST = 2
"""Copies that are tested at a time."""
FAILED = 1
"""What pytest ends with where tests failed; other statuses say that it could not even try."""


class Guard(NamedTuple):
    """A part that keeps something from going wrong.

    Attributes
    ----------
    name
        What it is.
    file
        Where.
    test
        What must fail without it.
    edits
        The texts of the guard, each once in the file, with what takes their place.
    """

    name: str
    file: str
    test: str
    edits: dict[str, str]


PRODUCER = "rtm_flows/connectors/kafka/producer.py"
SIMULATOR = "tests/lanes/test_simulator.py::test_any_interleaving_gives_the_same_bytes[shopping]"
GUARDS = (
    Guard(
        "reports are awaited",
        PRODUCER,
        "tests/kafka/test_producer.py::test_the_end_is_what_the_reports_say",
        {"        while self._unreported:\n": "        while False:\n"},
    ),
    Guard(
        # Each stands in for the other: a client that leaves no gap gives up at the first error.
        "reports are read, gaps refused",
        PRODUCER,
        "tests/kafka/test_producer.py::test_a_refused_record_is_an_error_and_nothing_follows_it",
        {
            "        if error is not None:\n            self._fail(str": (
                "        if False:\n            (str"
            ),
            '"enable.gapless.guarantee": True': '"enable.gapless.guarantee": False',
        },
    ),
    Guard(
        "offsets follow each other",
        PRODUCER,
        "tests/kafka/test_producer.py::test_another_writer_is_found_by_the_offsets",
        {"if at is not None and at >= 0 and at != log.end:": "if False:"},
    ),
    Guard(
        "what was written is read back",
        "rtm_flows/connectors/kafka/written.py",
        "tests/kafka/test_written.py::test_each_record_is_there_once_after_any_crashes",
        {"for message in reader.records(number, saved.ends):": "for message in ():"},
    ),
    Guard(
        "rounds are kept, then told",
        "rtm_flows/connectors/rounds_file.py",
        "tests/kafka/test_reader.py::test_a_round_is_kept_before_it_is_handed_out",
        {"left = left[self._file.write(left) :]": 'left = b""'},
    ),
    Guard(
        "a person's events are in order",
        "rtm_flows/lanes/order.py",
        SIMULATOR,
        {"order = np.lexsort((time, slot))\n": 'order = np.argsort(slot, kind="stable")\n'},
    ),
    Guard(
        "what is learned is in order",
        "rtm_flows/lanes/fold.py",
        SIMULATOR,
        {"return sorted(range(len(keys)), key=keys.__getitem__)": "return list(range(len(keys)))"},
    ),
    Guard(
        "only finite numbers are learned",
        "rtm_flows/models/logistic.py",
        "tests/models/test_logistic.py::test_unusable_examples_are_refused",
        {
            "np.logical_and.reduce(np.absolute(x) <= LIMIT, axis=1)": (
                "np.ones(len(x), dtype=np.bool_)"
            )
        },
    ),
)


def main() -> int:
    """Take out each guard in turn; the status is 1 if a check did not see it."""
    with (
        tempfile.TemporaryDirectory(prefix="checks-") as folder,
        ThreadPoolExecutor(ABREAST) as pool,
    ):
        copies = (Path(folder) / str(number) for number in itertools.count())
        whole = pool.submit(tested, copied(next(copies)), sorted({one.test for one in GUARDS}))
        results = list(pool.map(seen, copies, GUARDS))
        status = whole.result()
    told(f"with every guard in its place: {'green' if not status else f'status {status}'}")
    return int(bool(status) or not all(results))


def copied(place: Path) -> Path:
    """Return a copy of the tree."""
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    return place


def seen(place: Path, guard: Guard) -> bool:
    """Take a guard out of a copy; print, and return, whether its test fails."""
    began, path = time.monotonic(), copied(place) / guard.file
    path.write_text(without(path.read_text("utf-8"), guard), "utf-8")
    status = tested(place, [guard.test])
    result = {0: "GREEN", FAILED: "red"}.get(status, f"status {status}")
    told(f"{result:6} without {guard.name:32} {time.monotonic() - began:4.0f} s  {guard.test}")
    return status == FAILED


def without(whole: str, guard: Guard) -> str:
    """Return a file without a guard."""
    for text, instead in guard.edits.items():
        if whole.count(text) != 1:
            msg = f"{guard.name}: {guard.file} must have {text!r} once, got {whole.count(text)}"
            raise SystemExit(msg)
        whole = whole.replace(text, instead)
    return whole


def tested(copy: Path, tests: list[str]) -> int:
    """Run tests of the copy; return what pytest ended with."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    # The same examples each time.
    environment = {**os.environ, "PYTHONPATH": str(copy), "RTM_HYPOTHESIS": "ci"}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, FAILED):
        told(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode


def told(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
