"""Tests of the example mappings on the data they are written for."""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.events.mapping import Mapping
from rtm_flows.events.outcome import Parsed
from rtm_flows.events.parser import Parser

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
EXAMPLES = {
    "rete_ecom": "synthetic_rete_ecom/ecom.csv.gz",
    "yoochoose": "yoochoose_clicks_sample/yoochoose_valid.txt",
    "snowplow_web": "snowplow_web_sample/snowplow_web_events.csv",
}


def example(name: str) -> dict[str, Any]:
    """Return an example's configuration."""
    return tomllib.loads((ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8"))


def parse(name: str, *text: str) -> Parsed:
    """Parse an example's data, or skip the test where they are not at hand."""
    path = DATA / EXAMPLES[name]
    if not path.exists():
        pytest.skip(f"needs the data set {EXAMPLES[name]} in ../shared/data")
    mapping = msgspec.convert(example(name)["input"]["mapping"], Mapping)
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    header, *records = csv.reader(raw.decode().splitlines(keepends=True))
    return Parser(mapping, source=name, text=text).parse_records(header, records)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_name_a_sound_mapping(name: str) -> None:
    """An example's mapping is accepted, and its path is the data's own file name."""
    config = example(name)

    Parser(msgspec.convert(config["input"]["mapping"], Mapping), source=name)
    assert config["name"] == name
    assert config["input"]["paths"] == [Path(EXAMPLES[name]).name]


def test_rete_shop_is_read_whole() -> None:
    """All 31,106 events are read, with the counts that the data's own page tells."""
    parsed = parse("rete_ecom", "device", "channel", "session_id")
    types = Counter(parsed.table["type"].tolist())

    assert (len(parsed.table), parsed.bad, parsed.ignored) == (31_106, [], 0)
    assert len(set(parsed.table["person"])) == 600
    assert len(set(parsed.table["session_id"])) == 3_605
    assert (types["purchase"], types["custom.payment_error"]) == (470, 119)
    assert parsed.table["time"][0] == 1_710_325_274_000


def test_yoochoose_clicks_are_read_whole() -> None:
    """All 7,954 clicks are views at their millisecond."""
    parsed = parse("yoochoose", "item_id")

    assert (len(parsed.table), parsed.bad) == (7_954, [])
    assert set(parsed.table["type"]) == {"view_item"}
    assert parsed.table["time"][0] == 1_411_990_498_509
    assert parsed.table["item_id"][0] == "214718160"
    assert parsed.table["derived"].all()


def test_snowplow_events_are_read_whole() -> None:
    """Page pings are ignored, everything else is an event with the id it came with."""
    parsed = parse("snowplow_web", "campaign")
    types = Counter(parsed.table["type"].tolist())

    assert (len(parsed.table), parsed.bad, parsed.ignored) == (152, [], 8)
    assert (types["page_view"], types["modify_consent"], types["custom.cmp_visible"]) == (
        50,
        32,
        33,
    )
    assert not parsed.table["derived"].any()
    assert len(set(parsed.table["id"])) < len(parsed.table)
