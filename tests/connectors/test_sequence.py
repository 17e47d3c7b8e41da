"""Rounds of topics become one feed, as the page says, whatever was cut and resumed."""

from __future__ import annotations

import os
import random
from functools import cache

import pytest

from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import InputError
from rtm_flows.lanes.progress import START
from tests.connectors.sequenced import Expected, Naive, cut, job_of, records_of, topics

SEEDS = range(40)
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS_OF_TOPICS", "400")))


def told(batch: Batch) -> Expected:
    """Return of a batch what the reference tells."""
    assert batch.judged is not None
    late, table = batch.judged.late, batch.table
    places = [batch.place(row) for row in late["row"].tolist()]
    behind = late["behind"].tolist()
    assert len(batch.table) + len(late) + len(batch.dead) + batch.ignored == batch.records
    return Expected(
        rows=list(zip(table["time"].tolist(), table["id"].tolist(), strict=True)),
        late=[(*place, one) for place, one in zip(places, behind, strict=True)],
        dead=[(one.file, one.line, one.partition or 0, one.reason) for one in batch.dead],
        records=batch.records,
        ignored=batch.ignored,
        before=_time(batch.judged.before),
        mark=_time(batch.judged.mark),
        top=_time(batch.judged.top),
    )


def _time(time: int) -> float:
    return -float("inf") if time == START else time


@cache
def play(seed: int, *, resumed: float = 0.0) -> tuple[list[Expected], list[Expected]]:
    """Return what becomes of the rounds of a seed, and what must."""
    job, log, rng = job_of(), topics(seed), random.Random(seed)
    naive, sequencer = Naive(job), Sequencer(job)
    found, wanted = [], []
    for round_ in cut(seed, log):
        if rng.random() < resumed:
            state, sequencer = sequencer.save(), Sequencer(job)
            sequencer.load(state)
        records = records_of(round_, sequencer.ends | round_.joined, log)
        wanted.append(naive.take(round_, records))
        found.append(told(sequencer.take(round_, records)))
    assert sequencer.ended
    return found, wanted


def test_rounds_are_judged_and_ordered_as_the_page_says() -> None:
    """Rows, late ones, dead letters, counts and marks are those of the naive reference."""
    late = waited = 0
    for seed in SEEDS:
        found, wanted = play(seed)
        assert found == wanted, f"seed {seed}"
        late += sum(len(one.late) for one in wanted)
        waited += sum(one.ignored for one in wanted[-1:])
    assert late > 40, "hardly anything was late"
    assert waited > 2, "hardly any order waited"


def test_a_state_goes_on_where_it_was_taken() -> None:
    """Saved and loaded at any round, a sequence tells the same."""
    for seed in SEEDS:
        found, wanted = play(seed, resumed=0.3)
        assert found == wanted, f"seed {seed}"


@pytest.mark.slow
def test_hundreds_of_seeds_are_judged_as_the_page_says() -> None:
    """The same for many seeds; the failing ones are named."""
    played = {seed: play.__wrapped__(seed, resumed=0.3) for seed in MANY}
    assert [seed for seed, (found, wanted) in played.items() if found != wanted] == []


def test_each_record_ends_in_one_place() -> None:
    """All records of a log are counted, each once."""
    for seed in SEEDS:
        found, _ = play(seed)
        assert sum(one.records for one in found) == sum(map(len, topics(seed).values()))


def test_rows_know_where_they_stand() -> None:
    """Rows in time tell their topic, offset and partition too."""
    value = b'{"id": "e1", "time": 1700000000000, "type": "search", "user_id": "7"}'
    first = Round(number=0, joined={"web/3": 5}, ends={"web/3": 6})
    batch = Sequencer(job_of()).take(first, {"web/3": [Record(5, value)]})
    assert batch.place(int(batch.table["row"][0])) == ("web", 5, 3)


@pytest.mark.parametrize(
    ("round_", "text"),
    [
        (Round(number=2), "round 2 came where round 1 must follow"),
        (Round(number=1, joined={"web/0": 1}), "web/0 joins, but is read already"),
        (Round(number=1, idle=("web/1",)), "web/1 is told of, but has not joined"),
        (Round(number=1, joined={"x/0": 0}), "the job reads no topic 'x'; its topics are"),
        (Round(number=1, joined={"web": 0}), "wanted a topic, a slash and a number"),
        (Round(number=1, ends={"web/0": 9}), "web/0 must give the records 1 to 8; got none"),
    ],
)
def test_a_round_that_cannot_follow_is_refused(round_: Round, text: str) -> None:
    """The number, the partitions and the records must be those that come next."""
    sequencer = Sequencer(job_of())
    sequencer.take(
        Round(number=0, joined={"web/0": 0}, ends={"web/0": 1}), {"web/0": [Record(0, b"{")]}
    )
    with pytest.raises(InputError) as refused:
        sequencer.take(round_, {})
    assert text in str(refused.value)


def test_nothing_follows_the_last_round() -> None:
    """A run that has ended takes no more rounds, also after a resume."""
    sequencer, resumed = Sequencer(job_of()), Sequencer(job_of())
    sequencer.take(Round(number=0, joined={"web/0": 0}, last=True), {})
    resumed.load(sequencer.save())
    for one in (sequencer, resumed):
        with pytest.raises(InputError, match="round 1 came where nothing must follow"):
            one.take(Round(number=1), {})
