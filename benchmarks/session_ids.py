"""How far found sessions agree with those a file has: `python -m benchmarks.session_ids`.

In: public event files with session ids of their own, read by the examples' mappings. Out: a
Markdown table on standard output. The sessions are found without their ids, by person and gap.
Refuses to fail for a file that is not there: it says so and goes on.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

import rtm_flows as rtm
from benchmarks.learning.run import DATA

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
HEAD = (
    "| file, and who is a person | events | sessions in the file | found | found whole "
    "| events in these | cut by the gap | cut by person | joined | links: precision | recall |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)

_ROW = "row_of_the_file"
_LEAST: Mapping[str, Any] = {
    "actions": [],
    "features": [{"name": "session_events", "kind": "session_count", "types": ["*"]}],
}


class Own(NamedTuple):
    """A file with session ids of its own, and who is a person in it."""

    name: str
    example: str
    file: str
    session: str
    """Column of the session id."""
    mapping: Mapping[str, str] = {}
    """In place of keys of the example's mapping; an empty one takes the key away."""
    people: str = ""
    """Only people whose key begins so."""


_VIEWS = "diginetica_views_sample/sample_train-item-views.csv"
_COOKIES = {"user_id": "", "anonymous_id": "domain_userid"}
_SNOWPLOW = ("snowplow_web.toml", "snowplow_web_sample/snowplow_web_events.csv", "domain_sessionid")

FILES = (
    Own("rete_ecom: user", "rete_ecom.toml", "synthetic_rete_ecom/ecom.csv.gz", "session_id"),
    Own("snowplow_web: user", *_SNOWPLOW),
    Own("snowplow_web: cookie", *_SNOWPLOW, _COOKIES),
    Own("diginetica: user, where known", "diginetica.toml", _VIEWS, "session_id", people="u:"),
    Own("diginetica: user, else the session", "diginetica.toml", _VIEWS, "session_id"),
    Own(
        "yoochoose: the session",
        "yoochoose.toml",
        "yoochoose_clicks_sample/yoochoose_valid.txt",
        "uid",
    ),
)


class Agreement(NamedTuple):
    """How far two partitions of the same events agree."""

    events: int
    own: int
    """Sessions of the file."""
    found: int
    whole: int
    """Sessions that are the same set of events in both."""
    events_whole: int
    """Events in these."""
    cut_by_gap: int
    """Sessions of the file that are several found ones of one person."""
    cut_by_person: int
    """Sessions of the file that have events of several people."""
    joined: int
    """Found sessions that have events of several sessions of the file."""
    precision: float | None
    """Of consecutive events of a person in one found session, the share in one of the file's."""
    recall: float | None
    """Of consecutive events of a person in one session of the file, the share in one found."""


def agreement(events: pl.DataFrame) -> Agreement:
    """Compare the found sessions with those of the file.

    Parameters
    ----------
    events
        One row an event with `person`, `session` (found, a running number of the person) and
        `own` (the file's id); of each person in the order of time.

    Examples
    --------
    >>> cut = pl.DataFrame({"person": ["u:ann"] * 3, "session": [1, 1, 2], "own": ["s1"] * 3})
    >>> agreement(cut)._asdict()["recall"], agreement(cut).cut_by_gap
    (0.5, 1)
    """
    rows = events.select("person", "own", found=pl.struct("person", "session").rank("dense"))
    own = rows.group_by("own").agg(
        pl.len(),
        parts=pl.col("found").n_unique(),
        people=pl.col("person").n_unique(),
        found=pl.col("found").first(),
    )
    found = rows.group_by("found").agg(size=pl.len(), owns=pl.col("own").n_unique())
    same = own.filter(pl.col("parts") == 1).join(found, on="found").filter(pl.col("owns") == 1)
    links = rows.select(
        (pl.col(name) == pl.col(name).shift().over("person")).fill_null(value=False)
        for name in ("own", "found")
    )
    both = int((links["own"] & links["found"]).sum())
    return Agreement(
        events=len(rows),
        own=len(own),
        found=len(found),
        whole=len(same),
        events_whole=int(same["len"].sum()),
        cut_by_gap=int(((own["parts"] > 1) & (own["people"] == 1)).sum()),
        cut_by_person=int((own["people"] > 1).sum()),
        joined=int((found["owns"] > 1).sum()),
        precision=_share(both, int(links["found"].sum())),
        recall=_share(both, int(links["own"].sum())),
    )


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def sessions_of(file: Own, path: Path, gap: str) -> pl.DataFrame:
    """Return the accepted events of a file that have a session id, for `agreement`.

    An event is told from the others by the file's own event id, of which the first counts as it
    does in the job, or else by its row.
    """
    tree = tomllib.loads((EXAMPLES / file.example).read_text(encoding="utf-8"))
    rule = tree["input"]
    mapping = {**rule["mapping"], **file.mapping}
    mapping.setdefault("id", _ROW)
    rule["mapping"] = {key: value for key, value in mapping.items() if value}
    separator = rule.get("csv", {}).get("delimiter", ",")
    table = pl.read_csv(path, separator=separator, infer_schema=False)
    table = table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias(_ROW))
    job = rtm.load({**tree, **_LEAST, "sessions": {"gap": gap}})
    events = rtm.replay(job, table).features.select("person", "session", "event_id")
    ids = table.select(event_id=mapping["id"], own=file.session).unique("event_id", keep="first")
    joined = events.join(ids, on="event_id", how="left", maintain_order="left")
    known = joined.filter(pl.col("own").is_not_null())
    return known.filter(pl.col("person").str.starts_with(file.people))


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print; the status is always 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.session_ids", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the files (%(default)s)")
    parser.add_argument("--gap", default="PT30M", help="that ends a session (%(default)s)")
    options = parser.parse_args(arguments)
    print(HEAD)
    for file in FILES:
        path = options.data / file.file
        if not path.exists():
            print(f"{file.name}: skipped, {path} is not there", file=sys.stderr)
            continue
        print(_line(file.name, agreement(sessions_of(file, path, options.gap))), flush=True)
    return 0


def _line(name: str, told: Agreement) -> str:
    precision, recall = (
        "" if share is None else f"{share:.2%}" for share in (told.precision, told.recall)
    )
    return (
        f"| {name} | {told.events:,} | {told.own:,} | {told.found:,} | {told.whole / told.own:.2%} "
        f"| {told.events_whole / told.events:.2%} | {told.cut_by_gap:,} | {told.cut_by_person:,} "
        f"| {told.joined:,} | {precision} | {recall} |"
    )


if __name__ == "__main__":
    sys.exit(main())
