"""Fetch the jars of the real Apache Kafka into a cache folder, once.

In: `pom.xml` beside this file. Out: a folder of jars, complete or not there at all.
Refuses to know how a broker is configured or started. Run `python -m tests.kafka.fetch`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
MARKER = "complete"
FETCH_SECONDS = 300


class BrokerUnavailableError(RuntimeError):
    """Something that a broker needs is missing on this machine: Java, Maven, jars or registry."""


def kafka_version() -> str:
    """Return the version of Kafka which the pom pins."""
    found = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", POM.read_text("utf-8"))
    if found is None:
        msg = f"{POM}: kafka.version must be set, got no such property"
        raise ValueError(msg)
    return found[1]


def jars_folder() -> Path:
    """Return where the jars of this version are, or will be once fetched."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "rtm_flows" / f"kafka-{kafka_version()}"


def fetch() -> Path:
    """Return the folder of jars, fetched with Maven when it is not complete for this pom.

    Raises
    ------
    BrokerUnavailableError
        Maven is missing, or could not fetch the jars.
    """
    folder = jars_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    pom = hashlib.sha256(POM.read_bytes()).hexdigest()
    marker = folder / MARKER
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test runs share the cache
        if not marker.is_file() or marker.read_text("utf-8") != pom:
            shutil.rmtree(folder, ignore_errors=True)
            _copy_jars(folder)
            marker.write_text(pom, "utf-8")
    return folder


def _copy_jars(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        msg = f"jars of Kafka {kafka_version()}: Maven's mvn must be on PATH, got none"
        raise BrokerUnavailableError(msg)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    command = [maven, "--batch-mode", "--no-transfer-progress", "-q", "-f", str(POM), *goal]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired as error:
        msg = f"jars of Kafka {kafka_version()}: Maven must end in {FETCH_SECONDS} s, got no end"
        raise BrokerUnavailableError(msg) from error
    except subprocess.CalledProcessError as error:
        said = (error.stdout + error.stderr).strip()[:1000]
        msg = f"jars of Kafka {kafka_version()}: Maven must fetch them, got:\n{said}"
        raise BrokerUnavailableError(msg) from error


if __name__ == "__main__":
    print(fetch())
