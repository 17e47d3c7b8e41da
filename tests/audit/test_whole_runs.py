"""Whole runs, audited: whatever is configured and whatever comes, nothing is violated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.audit.auditor import audit
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.findings import CHECKS, Certificate
from rtm_flows.audit.known import Known
from rtm_flows.config import load, with_input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files
from tests.audit import worlds

MET = {
    *("outranked", "not_drawn", "below_cost", "below_floor", "held_back", "no_eligible_action"),
    *("limit0", "limit1", "full", "rules", "propensity", "random", "held_out", "contributions"),
    *("second", "moments", "suppressed", "open_case", "live_cart", "order_delayed", "in_cart"),
    *("bought", "removed", "ignored", "no_item", "pause0", "items", "superseded", "waits"),
    "believed",
}
"""What a proof must have met to mean anything."""


SHORT = (105, 121, 138, 164)
"""Seeds of jobs in which nothing is waited for longer than some hours."""


def audited(
    folder: Path,
    seed: int,
    count: int,
    changed: Mapping[str, Any] | None = None,
    *,
    informed: bool = True,
) -> tuple[Certificate, Counter[str]]:
    """Play and audit a random job; return the certificate, and what happened in the run.

    Of it some tables are changed, which the auditor may not be told of.
    """
    rng = random.Random(seed)
    keys, came = worlds.job(rng), list(worlds.lines(rng, count))
    declared = keys | dict(changed or {}) if informed else keys
    keys = keys | dict(changed or {})
    path, output = folder / f"{seed}.jsonl", folder / f"{seed}{'' if informed else ' untold'}"
    path.write_bytes(b"".join(line + b"\n" for line in came))
    job = with_input(load(keys), (str(path),))
    prepare(output, overwrite=False)
    source = open_input(job, output / WORK)
    to_files(source, Plan.of(job, source.partitions), output)

    known, files = Known(msgspec.convert(declared, Declared)), dict[str, Counter[str]]()
    lost = set()
    for name in ("late", "dead_letters"):
        told = records(output, name)
        files[name] = Counter(one.get("reason", "") for one in told)
        lost |= {one["place"]["line"] for one in told}
    for record in known.reading.read(came, lost):
        known.add(record)
    files["input"] = Counter({"": known.reading.lines})
    summary = msgspec.json.decode((output / "summary.json").read_bytes())
    left = summary.get("evicted", {}).get("inactive", 0)
    certificate = audit(
        lambda: iter((output / "decisions.jsonl").read_bytes().splitlines()),
        summary=summary, files=files, known=known, most=3,
    )  # fmt: skip
    return certificate, happened(output) + Counter(lines=known.reading.lines, left=left)


def records(output: Path, name: str) -> list[dict[str, Any]]:
    """Return the records of an output."""
    decode = msgspec.json.Decoder().decode
    return [decode(line) for line in (output / f"{name}.jsonl").read_bytes().splitlines()]


def happened(output: Path) -> Counter[str]:
    """Count what came about in a run."""
    found = Counter[str]()
    for line in (output / "decisions.jsonl").read_bytes().splitlines():
        one = msgspec.json.decode(line)
        found.update(str(candidate["reason"]) for candidate in one["candidates"])
        found[one["policy"]] += 1
        found["held_out"] += one["held_out"]
        found[str(one["reason"])] += 1
        found["moments"] += not one["trigger"]["type"].startswith("event:")
        found["believed"] += any(c.get("evidence", 0) > 0 for c in one["candidates"])
        found["contributions"] += one["contributions"] is not None
        found["items"] += bool(one["items"])
        found["superseded"] += one["supersedes"] is not None
        found["waits"] += one["not_before"] not in (None, one["decision_time"])
        found["second"] += any(limit["count"] > 1 for limit in one["limits"])
    return found


def prove(folder: Path, seeds: Iterable[int], count: int) -> tuple[Counter[str], Counter[str]]:
    """Audit many runs; return how often each check was asked, and what happened."""
    proved, met = Counter[str](), Counter[str]()
    for seed in seeds:
        certificate, told = audited(folder, seed, count)
        assert (seed, certificate.violations) == (seed, ())
        verdicts = [one for one in certificate.verdicts if one.check != "configuration"]
        proved.update({one.check: one.proved for one in verdicts})
        met += told
        for path in folder.rglob("*.jsonl"):
            path.unlink()
    return proved, met


def test_whole_runs_are_proved(tmp_path: Path) -> None:
    """A few small ones, in which all that is looked at comes about."""
    proved, met = prove(tmp_path, range(30), 600)

    assert set(proved) == set(CHECKS) - {"configuration"}
    assert min(proved.values()) > 0
    assert {name for name, count in met.items() if count} >= MET


def test_whoever_comes_back_is_proved_to_be_new(tmp_path: Path) -> None:
    """Suppressions, pauses and limits of a life know nothing of the one before."""
    wrong = 0
    for seed in SHORT:
        people = {"dedup": {"window": "PT1H"}, "people": {"inactive": "PT6H30M0.001S"}}
        certificate, met = audited(tmp_path, seed, 600, people)
        assert certificate.violations == (), seed
        assert met["left"] > 20
        untold, _ = audited(tmp_path, seed, 600, people, informed=False)
        wrong += len(untold.violations)

    assert wrong > 0


@pytest.mark.slow
def test_a_million_events_are_proved(tmp_path: Path) -> None:
    """Fifty configurations, and long enough lives to use up any limit."""
    proved, met = prove(tmp_path, range(1000, 1050), 20_000)

    assert met["lines"] > 1_000_000
    assert proved["unique"] > 500_000
    assert min(met[name] for name in MET) > 1000
