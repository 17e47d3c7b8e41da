"""All stages in a flow of one's own: what a run writes, as streams, also after a resume."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl
import pytest
from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, cluster_main, run_main

from examples.own_flow.own_flow import Queues
from rtm_flows import replay
from rtm_flows.cli import main
from rtm_flows.config import Job, load
from rtm_flows.config.job import Triggers
from rtm_flows.errors import RecoveryError
from rtm_flows.flows import Record, StagesOut, stages
from rtm_flows.simulate import Shop, simulate
from tests.runs.running import write_config

FILES = ("decisions", "scores", "sessions", "late", "dead_letters", "learning")
Told = dict[str, list[Any]]


class Case(NamedTuple):
    """A job, its records, and what `rtm run` wrote of them."""

    job: Job
    events: Path
    records: list[bytes]
    out: Path

    def wanted(self, name: str) -> bytes:
        """Return the bytes of an output."""
        return (self.out / f"{name}.jsonl").read_bytes()

    @property
    def summary(self) -> dict[str, Any]:
        """Return the summary of the run."""
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_bytes())
        return found


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A small shop read in order of arrival as one partition."""
    folder = tmp_path_factory.mktemp("own")
    events, out = folder / "events.jsonl", folder / "out"
    with events.open("wb") as file:
        simulate(Shop(people=200, days=0.5, seed=6, late=0.02, broken=0.02), file.write)
    config = write_config(folder, sort=False, stripes=1)
    status = main(["run", str(config), "--input", str(events), "--output", str(out), "--quiet"])
    assert status == 0
    return Case(load(config), events, events.read_bytes().split(b"\n")[:-1], out)


def built(job: Job, queues: Mapping[str, Sequence[Record]], told: Told, **how: bool) -> Dataflow:
    """Return a flow from queues to lists, one list an output."""
    flow = Dataflow("own")
    records = op.input("queues", flow, Queues(queues))
    out: StagesOut = stages("all", records, job, tuple(queues), **how)
    for name in (*FILES, "summary"):
        op.output(f"{name}_out", getattr(out, name), TestingSink(told.setdefault(name, [])))
    return flow


def test_the_lines_are_those_of_a_run(case: Case) -> None:
    """Byte by byte, with late records and dead letters in their places; and the summary."""
    told: Told = {}
    run_main(built(case.job, {str(case.events): case.records}, told))  # type: ignore[no-untyped-call]

    for name in FILES:
        assert b"".join(told[name]) == case.wanted(name), name
    assert told["summary"] == [case.summary]
    assert case.summary["late"] * case.summary["dead_letter"] > 0


def test_a_record_may_be_a_mapping(case: Case) -> None:
    """Or bytes that a program has laid out over several lines."""
    records: list[Record] = []
    for at, line in enumerate(case.records):
        try:
            decoded = json.loads(line)
        except (ValueError, RecursionError):
            records.append(line)
            continue
        sound = isinstance(decoded, dict) and at % 3
        wide = json.dumps(decoded, indent=1).encode() + b"\n" if at % 3 == 1 else line
        records.append(decoded if sound and at % 3 == 2 else wide)
    told: Told = {}
    run_main(built(case.job, {str(case.events): records}, told))  # type: ignore[no-untyped-call]

    assert sum(isinstance(record, dict) for record in records) > 100
    for name in ("decisions", "scores", "sessions", "learning"):
        assert b"".join(told[name]) == case.wanted(name), name


@pytest.mark.parametrize("threads", [1, 2])
def test_partitions_are_those_of_an_input(case: Case, tmp_path: Path, threads: int) -> None:
    """Two queues are two files of a run, whatever the number of workers; a third never speaks."""
    half = len(case.records) // 2
    halves = {"a": case.records[:half], "b": case.records[half:]}
    given: list[str] = []
    for name, records in halves.items():
        path = tmp_path / f"{name}.jsonl.gz"
        path.write_bytes(gzip.compress(b"\n".join(records)))
        given += ["--input", str(path)]
    config, out = write_config(tmp_path, sort=False, stripes=3), tmp_path / "out"
    assert main(["replay", str(config), *given, "--output", str(out), "--quiet"]) == 0
    told: Told = {}

    flow = built(load(config), {**halves, "silent": []}, told)
    cluster_main(flow, [], 0, worker_count_per_proc=threads)  # type: ignore[no-untyped-call]

    for name in ("decisions", "scores", "sessions", "learning"):
        assert told[name]
        assert b"".join(told[name]) == (out / f"{name}.jsonl").read_bytes(), name
    assert told["summary"] == [json.loads((out / "summary.json").read_bytes())]


def recovery(folder: Path) -> RecoveryConfig:
    """Return an empty recovery folder."""
    folder.mkdir()
    init_db_dir(folder, 1)  # type: ignore[no-untyped-call]
    return RecoveryConfig(folder)  # type: ignore[no-untyped-call]


def test_a_resumed_flow_goes_on(case: Case, tmp_path: Path) -> None:
    """What is told before and after is what one run tells, each line once."""
    name, cut = str(case.events), len(case.records) // 2
    kept, told = recovery(tmp_path / "kept"), Told()
    how = {"recoverable": True}
    before = built(case.job, {name: case.records[:cut]}, told, final=False, **how)
    run_main(before, recovery_config=kept)  # type: ignore[no-untyped-call]
    assert told["decisions"]
    assert not told["summary"]

    after = built(case.job, {name: case.records}, told, **how)
    run_main(after, recovery_config=kept)  # type: ignore[no-untyped-call]

    for output in FILES:
        assert b"".join(told[output]) == case.wanted(output), output
    assert told["summary"] == [case.summary]


def complaint(flow: Dataflow, kept: RecoveryConfig | None = None) -> str:
    """Return why a flow could not go on."""
    with pytest.raises((RecoveryError, ValueError, RuntimeError)) as caught:
        run_main(flow, recovery_config=kept)  # type: ignore[no-untyped-call]
    found: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        found.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(found)


def test_what_cannot_be_resumed_is_refused(case: Case, tmp_path: Path) -> None:
    """States that were not kept, of another configuration, or of a stream that had ended."""
    queue, more = {"q": case.records[:300]}, {"q": case.records[:400]}
    forgetful, kept = recovery(tmp_path / "forgetful"), recovery(tmp_path / "kept")
    flow = built(case.job, queue, {}, final=False)
    run_main(flow, recovery_config=forgetful)  # type: ignore[no-untyped-call]
    for recoverable in (False, True):
        flow = built(case.job, more, {}, recoverable=recoverable)
        assert "say `recoverable=True`" in complaint(flow, forgetful)

    flow = built(case.job, queue, {}, recoverable=True)
    run_main(flow, recovery_config=kept)  # type: ignore[no-untyped-call]
    other = msgspec.structs.replace(case.job, floor=0.5)
    assert "another configuration" in complaint(built(other, more, {}, recoverable=True), kept)
    flow = built(case.job, more, {}, recoverable=True)
    assert "came to its end before" in complaint(flow, kept)


def test_partitions_that_do_not_fit_are_refused(case: Case) -> None:
    """None, one twice, and a key that is none of them."""
    flow = Dataflow("own")
    records = op.input("queues", flow, Queues({"q": case.records[:10]}))
    for names in ((), ("q", "q")):
        with pytest.raises(ValueError, match="`partitions` must be names, each once"):
            stages("none", records, case.job, names)
    out = stages("all", records, case.job, ("web", "shop"))
    op.output("out", out.decisions, TestingSink([]))

    assert "'q', which is no partition; there are: web, shop" in complaint(flow)


def test_features_come_as_frames(case: Case) -> None:
    """The rows that a replay serves, with the score of each model under its name."""
    told: list[pl.DataFrame] = []
    flow = Dataflow("own")
    records = op.input("queues", flow, Queues({str(case.events): case.records}))
    out = stages("all", records, case.job, (str(case.events),))
    op.output("out", out.features, TestingSink(told))
    run_main(flow)  # type: ignore[no-untyped-call]
    wanted = replay(case.job, case.events)

    found = pl.concat(told).sort("time", "person", maintain_order=True)
    names = [feature.name for feature in case.job.features]
    served = wanted.features.select(
        "time", "person", "event_id", "type", pl.col("score").alias("intent"), *names
    )
    assert found.drop("churn").equals(served)
    churn = wanted.scores.filter(pl.col("model") == "churn")["score"]
    assert sorted(found["churn"]) == sorted(churn)


def test_two_jobs_may_share_a_flow(case: Case) -> None:
    """Each under a name of its own; the second here only scores."""
    scoring = msgspec.structs.replace(case.job, triggers=Triggers(types=()))
    told: Told = {"first": [], "second": [], "decisions": []}
    flow = Dataflow("own")
    records = op.input("queues", flow, Queues({"q": case.records}))
    for name, job in (("first", case.job), ("second", scoring)):
        out = stages(name, records, job, ("q",))
        op.output(f"{name}_out", out.scores, TestingSink(told[name]))
    op.output("decisions_out", out.decisions, TestingSink(told["decisions"]))
    run_main(flow)  # type: ignore[no-untyped-call]

    assert b"".join(told["first"]) == b"".join(told["second"]) == case.wanted("scores")
    assert told["decisions"] == []
