"""Records of topics, parsed: what becomes of those that cannot become events."""

from __future__ import annotations

import pytest

from rtm_flows.config import load
from rtm_flows.connectors.topic_records import Part, Record, TopicParsers


@pytest.mark.parametrize("wanted", [False, True])
def test_dead_letters_hold_the_record_only_where_the_job_wants_it(wanted: bool) -> None:
    """What is broken and what is too large, and that of a tombstone is empty."""
    kafka = {"topics": [{"name": "events"}], "written": {"payload": wanted}}
    job = load({"name": "shop", "kafka": kafka, "input": {"max_record_bytes": 20}})
    records = [Record(1, b"broken"), Record(2, b"x" * 30), Record(3, None)]
    read = TopicParsers(job).parse([Part("events", 0, records)])
    told = [b"broken", b"x" * 30, b""] if wanted else [None] * 3
    assert [letter.payload for letter in read.dead] == told
