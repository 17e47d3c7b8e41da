"""The whole loop between topics, on one machine with nothing but Python: `make demo-kafka`.

A broker, a simulated fashion shop produced into it, a job from topics to topics that is killed with
kill -9 in the middle and started again, its log exported, played once more from the files, and both
answers compared. It ends what it has started, however it ends.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rtm_flows.config import load
from rtm_flows.connectors.kafka.client import BOOTSTRAP
from rtm_flows.connectors.kafka.names import broker_of, topic_of
from rtm_flows.connectors.kafka.reading import onlooker
from rtm_flows.errors import RtmError

ROOT = Path(__file__).resolve().parents[1]
SHOP = ROOT / "examples" / "fashion.toml"
PARTITIONS = 16
KAFKA = f"""[input]
kind = "kafka"

[kafka]
# The embedded broker keeps 5 MB a partition. Consumers would warn that they compress nothing.
client = {{ "compression.type" = "zstd", log_level = 3 }}

[[kafka.topics]]
name = "fashion.events"

[kafka.written]
partitions = {PARTITIONS}
"""
_KILL_AFTER_SHARE = 0.02
_PATIENCE_SECONDS = 300.0


def main() -> int:
    """Go through the loop; the status is 0 if the two answers are the same."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make demo-kafka")
    parser.add_argument("--people", default="300", help="size of the shop's public (300)")
    parser.add_argument("--days", default="14", help="length of the history (14)")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "demo-kafka")
    parsed = parser.parse_args()
    signal.signal(signal.SIGTERM, _exit)
    folder: Path = parsed.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job, events = folder / "fashion_kafka.toml", folder / "events.jsonl"
    job.write_text(_between_topics(SHOP.read_text("utf-8")), "utf-8")
    history, again = folder / "history", folder / "again"
    _rtm("simulate", "--shop", "fashion", "--people", parsed.people, "--days", parsed.days,
         "--output", events)  # fmt: skip
    with _broker(job):
        _rtm("produce", job, events)
        run = ("run", job, "--to-end", "--recovery", folder / "recovery", "--quiet")
        _kill_in_the_middle(job, run)
        _rtm(*run)
        if sys.stdout.isatty():
            _rtm("consume", job, "--from-start", "--count", "8")
        _rtm("export", job, "--output", history)
        _rtm("replay", job, "--input", history, "--output", again, "--quiet")
        return _compare(job, again, folder / "live")


def _between_topics(text: str) -> str:
    """Return the shop's configuration with topics instead of its files."""
    begin = text.index("[input]\n")
    return text[:begin] + KAFKA + text[text.index("\n[", begin + 1) :]


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "rtm_flows.cli", *map(str, arguments)]


def _say(arguments: tuple[str | Path, ...]) -> None:
    shown = (os.path.relpath(one) if isinstance(one, Path) else one for one in arguments)
    sys.stdout.write(f"\n$ rtm {shlex.join(shown)}\n")
    sys.stdout.flush()


def _rtm(*arguments: str | Path) -> None:
    """Run a command; if it fails, this program does."""
    _say(arguments)
    if status := subprocess.call(_command(*arguments)):
        sys.exit(status)


@contextmanager
def _broker(job: Path) -> Iterator[None]:
    """Run the broker on any free port, and let all commands know of it."""
    arguments = ("broker", job, "--port", "0", "--topic", f"fashion.events:{PARTITIONS}")
    _say(arguments)
    with subprocess.Popen(_command(*arguments), stdout=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline() if process.stdout is not None else ""
            if not first.startswith("broker"):
                sys.exit("the broker did not start")
            sys.stdout.write(first)
            os.environ[BOOTSTRAP] = first.split()[1]
            yield
        finally:
            process.terminate()


def _kill_in_the_middle(job: Path, arguments: tuple[str | Path, ...]) -> None:
    """Run the job, and kill it with kill -9 when it has written some decisions."""
    _say(arguments)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with subprocess.Popen(_command(*arguments)) as process:
        try:
            while process.poll() is None and not _some_decided(job):
                if time.monotonic() > deadline:
                    sys.exit("the job wrote nothing")
                time.sleep(0.2)
        finally:
            process.kill()
    if process.returncode == -signal.SIGKILL:
        sys.stdout.write("killed with kill -9, in the middle; once more, the same command:\n")
    else:
        sys.stdout.write("it ended before it could be killed; take more --people\n")


def _some_decided(job: Path) -> bool:
    """Tell whether the job has written as many decisions as are a start, and not all."""
    read = load(job)
    try:
        with onlooker(broker_of(read)) as reader:
            events = reader.extents("fashion.events")
            decisions = reader.extents(topic_of(read, "decisions"))
    except RtmError:
        return False
    done = sum(one.high for one in decisions.values())
    return done >= max(1.0, _KILL_AFTER_SHARE * sum(one.high for one in events.values()))


def _compare(job: Path, again: Path, live: Path) -> int:
    """Compare what lies in the topics with what the replay has written; return the status."""
    live.mkdir()
    sys.stdout.write("\n")
    wrong = 0
    for path in sorted(again.glob("*.jsonl")):
        with (live / path.name).open("wb") as file:
            arguments = _command("consume", job, "--topic", path.stem, "--to-end")
            if status := subprocess.call(arguments, stdout=file):
                return status
        wrong += _difference(path.stem, live / path.name, path)
    return 1 if wrong else 0


def _difference(output: str, live: Path, again: Path) -> int:
    """Say by how much an output differs; return by how many records."""
    found, wanted = (Counter(path.read_bytes().splitlines()) for path in (live, again))
    lost, more = wanted - found, found - wanted
    twice = sum(count for line, count in more.items() if line in wanted)
    different = more.total() - twice
    sys.stdout.write(
        f"{output + ':':<14}{wanted.total():>8,} records, {max(0, lost.total() - different)} lost, "
        f"{twice} twice, {different} different\n"
    )
    empty = output == "decisions" and not wanted
    return lost.total() + more.total() + empty


def _exit(number: int, _frame: object) -> NoReturn:
    """End by a signal as by any other reason, so that all that was started is ended."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
