"""The answer of the core and that of the reference, in one shape, and where they differ.

In: a job, plain as its TOML, and the lines of each round of each partition. Out: an answer by
parts: the records of each output, features, examples, counts and metrics.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rtm_flows.columns import Table, concat
from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.arriving import arrival
from rtm_flows.connectors.histories import entered
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entered
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import INTENT, Plan
from rtm_flows.people.parts import ALL_GONE
from tests.job_strategies import COMPUTED
from tests.lanes.cluster import Outputs
from tests.lanes.streams import Partitions, arriving
from tests.reference import run

Answer = dict[str, Any]

ROUNDED = 1.5e-6  # two numbers that round to neighbouring millionths
LARGEST_FACTOR = 40  # of a priority, in the jobs of `tests.job_strategies`
FEW_ROWS = 7


def of_reference(job: Mapping[str, Any], partitions: Partitions) -> Answer:
    """Return the answer of the reference."""
    result = run(job, partitions)
    examples = [vars(example) for example in result.examples]
    return {**vars(result), "examples": examples}


def of_core(job: Mapping[str, Any], partitions: Partitions) -> Answer:
    """Return the answer of the core."""
    settled = load(_with_mapping(job))
    if not settled.input.sort:
        return _answer(Plan.of(settled, len(partitions)), arriving(settled, partitions))
    with tempfile.TemporaryDirectory(prefix="rtm-test-") as folder:
        return _play_sorted(settled, _written(Path(folder), partitions))


def differences(
    found: Answer, wanted: Answer, job: Mapping[str, Any], parts: Collection[str] = ()
) -> list[str]:
    """Tell the first difference in each part of an answer: where, and both values.

    Numbers are compared exactly, but for those that are rounded, sums that fade, and logarithms.
    """
    faded = {f["name"] for f in job["features"] if f["kind"] in COMPUTED}
    told = []
    for part in parts or found:
        first = next(_differences(found[part], wanted[part], part, faded), None)
        told += [] if first is None else [first]
    return told


def _with_mapping(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job with a mapping of every field to itself, if it has a mapping."""
    given = job.get("input", {})
    if "mapping" not in given:
        return dict(job)
    mapping = {**{name: name for name in FIELD_NAMES}, **given["mapping"]}
    return {**job, "input": {**given, "format": "mapping", "mapping": mapping}}


def _written(folder: Path, partitions: Partitions) -> list[str]:
    paths = [folder / f"{number}.jsonl" for number in range(len(partitions))]
    for path, rounds in zip(paths, partitions, strict=True):
        path.write_bytes(b"".join(line + b"\n" for lines in rounds for line in lines))
    return [str(path) for path in paths]


def _play_sorted(job: Job, paths: Sequence[str]) -> Answer:
    source = sort_in_memory(arrival(with_input(job, tuple(paths))), rows_per_batch=FEW_ROWS)
    plan = Plan.of(job, source.partitions)
    return _answer(plan, entered(source, plan))


class ListeningFold(Fold):
    """A fold that remembers the examples it was given."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.heard: list[Table] = []

    def run(self, contributions: Iterable[Contribution]) -> Versions | None:
        """Take in what lanes tell."""
        told = list(contributions)
        self.heard += [one.examples for one in told]
        return super().run(told)


class _Watch:
    """Remembers what was scored."""

    def __init__(self) -> None:
        self.rows: list[Table] = []

    def scored(self, rows: Table) -> None:
        """Take note of the scored rows of a pass."""
        self.rows.append(rows)

    def closed(self, sessions: Table) -> None:
        """Let the sessions be: they are read from their lines."""

    def labelled(self, examples: Table) -> None:
        """Let the examples be: the fold hears them."""


def _told(decision: dict[str, Any]) -> dict[str, Any]:
    """Return a decision without what the reference does not tell."""
    silent = {"config", "code_version", "contributions"}
    told = {name: value for name, value in decision.items() if name not in silent}
    return {**told, "model": _without(decision["model"], "snapshot_hash")}


def _answer(plan: Plan, batches: Iterable[Entered]) -> Answer:
    outputs = Outputs(plan)
    watch = _Watch()
    engine = Engine(plan, watch)
    engine._fold = fold = ListeningFold(plan)
    for batch in batches:
        for written in engine.push(batch):
            outputs.write(written)
    read = {name: msgspec.json.Decoder().decode_lines(file) for name, file in outputs.files.items()}
    summary: dict[str, Any] = outputs.accounting.summary()
    return {
        "decisions": [_told(record) for record in read["decisions"]],
        "scores": read["scores"],
        "sessions": read["sessions"],
        "learning": read["learning"],
        "responses": read.get("responses", []),
        "orphans": read.get("orphans", []),
        "late": [_placed(record) for record in read["late"]],
        "dead": [_placed(_without(record, "detail")) for record in read["dead_letters"]],
        "features": _features(watch.rows, plan),
        "examples": _examples(fold.heard, plan),
        "counts": _counts(summary),
        "metrics": _metrics(summary),
        "answers": _answers(summary.get("responses")),
    }


def _without(record: dict[str, Any], key: str) -> dict[str, Any]:
    del record[key]
    return record


def _placed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose place has the number of the partition for a file."""
    place = record["place"]
    return {**record, "place": {**place, "file": int(Path(place["file"]).stem)}}


def _features(scored: Sequence[Table], plan: Plan) -> list[dict[str, Any]]:
    if not scored:
        return []
    table = concat(list(scored))
    columns = [table[name].tolist() for name in ("id", "person", "time", "x")]
    rows = [
        {
            "event_id": id_,
            "person": person,
            "clock": clock,
            "values": dict(zip(plan.feature_names, x, strict=True)),
        }
        for id_, person, clock, x in zip(*columns, strict=True)
    ]
    return sorted(rows, key=lambda row: (row["clock"], row["person"]))


def _examples(heard: Sequence[Table], plan: Plan) -> list[dict[str, Any]]:
    rows = []
    for table in heard:
        names = ("model", "time", "person", "sequence", "label")
        columns = [table[name].tolist() for name in names]
        for model, time, person, sequence, label, x in zip(
            *columns, table["x"].tolist(), strict=True
        ):
            if model == INTENT and sequence == ALL_GONE:
                continue  # no example: somebody left
            values = dict(zip(plan.feature_names, x, strict=True))
            rows.append(
                {
                    "label_time": time,
                    "person": person,
                    "sequence": sequence,
                    "values": values,
                    "label": label,
                    "model": plan.model_names[model],
                }
            )
    return sorted(
        rows,
        key=lambda row: (
            plan.model_names.index(row["model"]),
            row["label_time"],
            row["person"],
            row["sequence"],
        ),
    )


def _counts(summary: dict[str, Any]) -> dict[str, Any]:
    models = summary["models"].items()
    told_apart = ("job", "models", "responses")
    plain = {name: count for name, count in summary.items() if name not in told_apart}
    figures = {"learned": "n", "censored": "censored", "rejected": "rejected"}
    learned = {key: {name: own[at] for name, own in models} for key, at in figures.items()}
    learned["unlearned"] = {name: own.get("evicted", 0) for name, own in models}
    learned["corrected"] = {name: own.get("corrected", 0) for name, own in models}
    return {
        name: Counter(count) if isinstance(count, dict) else count
        for name, count in {**plain, **learned}.items()
    }


def _answers(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the summary says of responses, with names that did not occur as zeros."""
    if told is None:
        return None
    spans = ("within", "horizon")  # as configured: nothing that a reference computes
    return {name: own for name, own in told.items() if name not in spans} | {
        name: Counter(told[name]) for name in ("outcomes", "orphans")
    }


def _metrics(summary: dict[str, Any]) -> dict[str, Any]:
    counted = ("censored", "rejected", "corrected", "evicted")
    return {
        model: {name: figure for name, figure in figures.items() if name not in counted}
        for model, figures in msgspec.json.decode(msgspec.json.encode(summary["models"])).items()
    }


def _differences(found: Any, wanted: Any, at: str, faded: Collection[str]) -> Iterator[str]:
    plain = isinstance(found, Counter) or not isinstance(found, dict | list | float)
    if plain or type(found) is not type(wanted):
        if found != wanted:
            yield f"{at}: core {found!r}, reference {wanted!r}"
    elif isinstance(found, float):
        if not abs(found - wanted) <= _tolerance(at, wanted, faded):
            yield f"{at}: core {found!r}, reference {wanted!r}"
    elif isinstance(found, dict):
        if found.keys() != wanted.keys():
            yield f"{at}: core has {sorted(found)}, reference {sorted(wanted)}"
        for key in found.keys() & wanted.keys():
            yield from _differences(found[key], wanted[key], f"{at}.{key}", faded)
    else:
        for index, (one, other) in enumerate(zip(found, wanted, strict=False)):
            yield from _differences(one, other, f"{at}[{index}]", faded)
        if len(found) != len(wanted):
            yield f"{at}: core has {len(found)}, reference {len(wanted)}"


def _tolerance(at: str, wanted: float, faded: Collection[str]) -> float:
    name = at.rsplit(".", 1)[-1]
    if name == "priority":
        return LARGEST_FACTOR * ROUNDED
    if at.startswith("metrics") and name == "t":  # a quotient, of what may be nearly nothing
        return max(ROUNDED, 1e-6 * math.fabs(wanted))
    if at.startswith("examples"):  # which hold logarithms
        return max(ROUNDED if name in faded else 0.0, 1e-9 * math.fabs(wanted))
    rounded = name in faded or at.startswith(
        ("decisions", "scores", "metrics", "learning", "answers")
    )
    return ROUNDED if rounded else 0.0
