"""The reference itself, by cases worked out by hand: intake, order, sessions."""

from __future__ import annotations

import hashlib
import json

import pytest

from . import run
from .cases import BASE, event, job, replay, second, values
from .job import read_job
from .records import DeadLetter, Event, parse
from .times import duration, milliseconds, rfc3339

WHEN = {"time": "2024-01-01T00:00:00Z", "type": "search"}


def parsed(**record: object) -> Event:
    """Return the event of a record with these fields."""
    return parse(json.dumps(record).encode(), read_job(job()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02T00:00:00.25z", 86_400_250),
        ("1970-01-01 01:30:00+01:30", 0),
        ("1970-01-01T00:00:01", 1000),
        ("1969-12-31T23:59:59.9999Z", -1),
    ],
)
def test_times_are_milliseconds(text: str, expected: int) -> None:
    """Offsets are taken off and what is finer than a millisecond is cut."""
    assert milliseconds(text) == expected


def test_durations_and_times_read_and_write() -> None:
    """90 s are 90,000 ms; a time is written with three decimals and Z."""
    assert duration("PT1M30S") == 90_000
    assert rfc3339(milliseconds("2024-02-29T12:00:00+02:00")) == "2024-02-29T10:00:00.000Z"


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        (b"{", "broken_json", None),
        (b'{"a": NaN}', "broken_json", None),
        (b'{"a": "\\ud800"}', "broken_json", None),
        (b'{"a": ' + b"[" * 31 + b"]" * 31 + b"}", "missing_field", "time"),
        (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", "too_deep", None),
        (b'{"a": "\\"' + b"[" * 32 + b'"}', "missing_field", "time"),
        (b" " * 2**20, "broken_json", None),
        (b" " * 2**20 + b"{", "too_large", None),
        (b"[]", "not_an_object", None),
        (b'{"a": "\xff"}', "bad_encoding", None),
        (b'{"type": "search", "user_id": "1"}', "missing_field", "time"),
        (json.dumps({**WHEN, "user_id": ""}).encode(), "missing_field", "user_id"),
        (json.dumps({**WHEN, "user_id": 1, "time": "soon"}).encode(), "bad_time", "time"),
        (json.dumps({**WHEN, "user_id": 1, "price": "nine"}).encode(), "bad_number", "price"),
        (json.dumps({**WHEN, "user_id": 1, "price": [9]}).encode(), "wrong_type", "price"),
        (json.dumps({**WHEN, "user_id": 1.5}).encode(), "wrong_type", "user_id"),
        (json.dumps({**WHEN, "user_id": 1, "device": {}}).encode(), "wrong_type", "device"),
        (json.dumps({**WHEN, "user_id": 1, "quantity": 0.5}).encode(), "bad_number", "quantity"),
        (json.dumps({**WHEN, "user_id": 1, "type": "dance"}).encode(), "unknown_type", "type"),
        (
            json.dumps({**WHEN, "user_id": 1, "time": "2100-01-01T00:00:00Z"}).encode(),
            "time_out_of_range",
            "time",
        ),
    ],
)
def test_a_line_that_is_no_event_says_why(line: bytes, reason: str, field: str | None) -> None:
    """Each reason of section 1 has its line, and names its field."""
    with pytest.raises(DeadLetter) as caught:
        parse(line, read_job(job()))

    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_the_first_fault_is_told() -> None:
    """A wrong kind comes before all else, in the order of the record; then fields in ours."""
    faults: list[dict[str, object]] = [
        {"price": "nine", "type": [], "time": True},
        {"price": "nine", "type": "dance", "received_at": "soon"},
        {"value": "nine", "quantity": -1, "type": "search", "time": 0},
    ]
    found = []
    for record in faults:
        with pytest.raises(DeadLetter) as caught:
            parsed(**record)
        found.append((caught.value.reason, caught.value.field))

    assert found == [
        ("wrong_type", "type"),
        ("missing_field", "time"),
        ("time_out_of_range", "time"),
    ]


def test_a_text_that_no_feature_uses_matters_only_without_an_id() -> None:
    """The device is a list: with an id nobody looks, without one the whole record counts."""
    assert parsed(**WHEN, user_id=1, id="x", device=[]).text == {}
    with pytest.raises(DeadLetter, match="wrong_type"):
        parsed(**WHEN, user_id=1, id="", device=[])


def test_blank_lines_are_no_records() -> None:
    """They count in the numbers of lines only."""
    result = replay(job(), b"", b" \t", b"{", event(0))

    assert (result.counts["input"], result.counts["accepted"]) == (2, 1)
    assert result.dead[0]["place"] == {"file": 0, "line": 3}


def test_times_and_numbers_may_be_written_otherwise() -> None:
    """A number below 10^11 is seconds, else milliseconds; a text may hold a number."""
    given = (1.7e9, 1.7e12, 1700000000.5, "1700000000.5", "2023-11-14t22:13:20+0000")
    times = [parsed(**{**WHEN, "time": time}, user_id=1).time for time in given]

    assert [time - 1_700_000_000_000 for time in times] == [0, 0, 500, 500, 0]
    assert parsed(**WHEN, user_id=1, price="+9.99e0", quantity="2.").amount == 1998


def test_a_person_is_a_user_before_anything_else() -> None:
    """A user id wins over an anonymous one; an empty one does not; integers are decimal."""
    keys = [
        parsed(**WHEN, user_id=7, anonymous_id="x").person,
        parsed(**WHEN, user_id="", anonymous_id="x").person,
    ]

    assert keys == ["u:7", "a:x"]


@pytest.mark.parametrize(
    ("given", "minor"), [(9.99, 999), (0.125, 13), (-0.125, -12), (3, 300), (0.005, 1)]
)
def test_money_is_rounded_half_up(given: float, minor: int) -> None:
    """floor(x * 100 + 0.5): 12.5 goes to 13 and -12.5 to -12."""
    assert parsed(**WHEN, user_id="1", price=given).price == minor


def test_amount_is_value_or_price_times_quantity() -> None:
    """A value wins; without one, three at 2.50 are 7.50; nothing is 0 times 1."""
    amounts = [
        parsed(**WHEN, user_id="1", price=2.5, quantity=3, value=1).amount,
        parsed(**WHEN, user_id="1", price=2.5, quantity=3).amount,
        parsed(**WHEN, user_id="1").amount,
    ]

    assert amounts == [100, 750, 0]


def test_limits_are_inclusive() -> None:
    """Money up to 10^12 minor units, quantity up to 10^6, times from the start of 1990."""
    first = {"type": "search", "time": "1990-01-01T00:00:00Z", "user_id": "1"}
    event_ = parsed(**first, price=1e10, value=-1e10, quantity=1_000_000)

    assert (event_.price, event_.amount, event_.quantity) == (10**12, -(10**12), 10**6)
    for more in ({"price": 1e10 + 0.01}, {"quantity": 1_000_001}, {"price": 1e9, "quantity": 11}):
        with pytest.raises(DeadLetter, match="bad_number"):
            parsed(**first, **more)
    assert parsed(**first, price=1e9, quantity=11, value=5).amount == 500


def test_a_time_too_far_ahead_is_clamped() -> None:
    """More than `ahead` (an hour) after `received_at` becomes `received_at`; an hour does not."""
    kept = parsed(**WHEN, user_id="1", received_at="2023-12-31T23:00:00Z")
    clamped = parsed(**WHEN, user_id="1", received_at="2023-12-31T22:59:59.999Z")

    assert (kept.time - BASE, kept.clamped) == (0, False)
    assert (clamped.time - BASE, clamped.clamped) == (-3_600_001, True)


def test_a_time_is_clamped_before_it_is_tested() -> None:
    """A time in 2100 is in bounds once it is that of receipt; one received in 1980 is not."""
    far = {**WHEN, "time": "2100-01-01T00:00:00Z", "user_id": "1"}

    assert parsed(**far, received_at="2024-01-01T00:00:00Z").time == BASE
    with pytest.raises(DeadLetter, match="time_out_of_range"):
        parsed(**far, received_at="1980-01-01T00:00:00Z")


def test_a_derived_id_is_digest_and_occurrence() -> None:
    """The same record without id twice is two events, numbered 0 and 1, and neither a copy."""
    line = event(0, "search", price=2.5, quantity=2, channel="web")
    fields = ["2024-01-01T00:00:00.000Z", "\0", "\0", "\0", "ann", "\0", "search", "2.5", "2", "\0"]
    fields += ["\0", "\0", "web", *["\0"] * 9]
    digest = hashlib.blake2b("\x1f".join(fields).encode(), digest_size=8).hexdigest()

    result = replay(job(), line, line)

    assert [score["event_id"] for score in result.scores] == [f"~{digest}-0", f"~{digest}-1"]


def test_late_is_judged_record_by_record() -> None:
    """With 10 s allowed, 90 is not late after 100 but 89.999 is; a late one moves no mark."""
    unsorted = job(input={"sort": False}, time={"lateness": "PT10S"})

    result = replay(unsorted, event(100), event(90), event(89.999), event(89.999), event(120))

    assert [second(late["time"]) for late in result.late] == [89.999, 89.999]
    assert [late["lateness_seconds"] for late in result.late] == [10.001, 10.001]
    assert [late["place"] for late in result.late] == [{"file": 0, "line": n} for n in (3, 4)]
    assert result.counts["accepted"] == 3


def test_partitions_have_marks_of_their_own() -> None:
    """What is old in one partition may be new in another; sorted input has no late record."""
    lines = [[[event(100)]], [[event(50)]]]
    unsorted = job(input={"sort": False}, time={"lateness": "PT10S"})

    assert run(unsorted, lines).counts["late"] == 0
    assert replay(unsorted, event(100), event(50)).counts["late"] == 1
    assert replay(job(), event(100), event(50)).counts["late"] == 0


def test_event_order_and_log_order_differ_in_the_clock() -> None:
    """Out of order, 3 then 1: sorted by time in event order, the clock stands in log order."""
    times = {"lateness": "PT10S", "tick": "PT10S"}
    rounds = [[[event(3, id="x")], [event(1, id="y")]]]
    by_event = run(job(input={"sort": False}, time={**times, "order": "event"}), rounds)
    by_log = run(job(input={"sort": False}, time={**times, "order": "log"}), rounds)

    assert [(s["event_id"], second(s["time"])) for s in by_event.scores] == [("y", 1), ("x", 3)]
    assert [(s["event_id"], second(s["time"])) for s in by_log.scores] == [("x", 3), ("y", 3)]


def test_log_order_sorts_within_a_round() -> None:
    """In one round rows go by (time, partition, offset), whatever their ids."""
    log = job(input={"sort": False}, time={"order": "log", "lateness": "PT10S"})
    lines = [[[event(2, id="b"), event(1, id="z")]], [[event(1, id="a")]]]

    assert [row["event_id"] for row in run(log, lines).features] == ["z", "a", "b"]


def test_equal_times_go_by_source_then_id() -> None:
    """Source a with id 2 comes before source b with id 1; ids are text, so 10 is before 9."""
    lines = [
        event(0, id="1", source="b"),
        event(0, id="9", source="a"),
        event(0, id="10", source="a"),
    ]

    assert [row["event_id"] for row in replay(job(), *lines).features] == ["10", "9", "1"]


def test_copies_of_equal_place_go_by_what_they_say() -> None:
    """By type and numbers, then by the text fields in use: 9 before 10, missing before app."""
    channel = {"name": "web", "kind": "indicator", "field": "channel", "values": ["web"]}
    lines = [
        event(0, "view_item", id="x", price=10),
        event(0, "view_item", id="x", price=9, channel="web"),
        event(0, "view_item", id="x", price=9),
        event(0, "view_item", id="x", price=9, channel="app"),
        event(0, "search", id="x", price=99, channel="web"),
    ]
    off = job([channel], dedup={"window": "PT0S"}, triggers={"types": []})
    on = replay(job([channel]), *lines)

    assert values(replay(off, *lines), "web") == [1, 0, 0, 1, 0]
    assert (on.counts["duplicate"], on.counts["conflicting"], values(on, "web")) == (4, 4, [1])


def test_a_copy_within_the_window_is_a_duplicate() -> None:
    """At exactly 5 s it is a copy, and conflicting as its time differs; after 5 s it is new."""
    five = job(dedup={"window": "PT5S"})
    same = replay(five, event(0, id="x"), event(0, id="x"))
    at = replay(five, event(0, id="x"), event(5, id="x"))
    after = replay(five, event(0, id="x"), event(5.001, id="x"))
    found = [(r.counts["duplicate"], r.counts["conflicting"]) for r in (same, at, after)]

    assert found == [(1, 0), (1, 1), (0, 0)]


def test_copies_are_of_one_person_and_source() -> None:
    """The same id of another person or source is another event; a window of 0 keeps all."""
    lines = [event(0, id="x"), event(0, id="x", user="bob"), event(0, id="x", source="app")]

    assert replay(job(), *lines).counts["duplicate"] == 0
    assert replay(job(dedup={"window": "PT0S"}), *lines, *lines).counts["accepted"] == 6


def test_an_exact_gap_keeps_one_session() -> None:
    """With a gap of 10 s, 10 goes on and 20.001 opens the next, the first closed at 20."""
    result = replay(job(), event(0), event(10), event(20.001), event(60))
    found = [
        (s["session"], second(s["start"]), second(s["end"]), second(s["closed_at"]), s["reason"])
        for s in result.sessions
    ]

    assert found == [
        (1, 0, 10, 20, "gap"),
        (2, 20.001, 20.001, 30.001, "gap"),
        (3, 60, 60, 60, "end_of_input"),
    ]


def test_the_end_of_input_is_the_largest_time() -> None:
    """A session that would close at 10 is closed by the end at 10, and by its gap at 10.001."""
    at = replay(job(), event(0), event(10, user="bob"))
    after = replay(job(), event(0), event(10.001, user="bob"))

    assert [s["reason"] for s in at.sessions] == ["end_of_input", "end_of_input"]
    assert [second(s["closed_at"]) for s in at.sessions] == [10, 10]
    assert [s["reason"] for s in after.sessions] == ["gap", "end_of_input"]


def test_a_session_counts_what_happened() -> None:
    """Two views, a search, a cart, a checkout and a purchase of 19.98: everything is counted."""
    types = ["view_item", "view_item", "search", "add_to_cart", "remove_from_cart"]
    lines = [event(i, event_type) for i, event_type in enumerate([*types, "begin_checkout"])]
    session = replay(job(), *lines, event(6, "purchase", value=19.98)).sessions[0]
    names = ["events", "views", "searches", "cart_adds", "cart_removes", "checkouts", "purchases"]

    assert [session[name] for name in names] == [7, 2, 1, 1, 1, 1, 1]
    assert (session["value"], session["engaged"]) == (19.98, True)


@pytest.mark.parametrize(
    ("lines", "engaged"),
    [
        ([event(0, "search"), event(10, "search")], False),
        ([event(0, "search"), event(5, "search"), event(10.001, "search")], True),
        ([event(0, "page_view")], False),
        ([event(0, "page_view"), event(0, "view_item")], True),
        ([event(0, "purchase")], True),
    ],
)
def test_engaged_is_long_or_curious_or_bought(lines: list[bytes], engaged: bool) -> None:
    """Longer than 10 s, two pages or items, or a purchase."""
    assert replay(job(), *lines).sessions[0]["engaged"] is engaged


def test_a_continued_run_puts_out_what_is_settled() -> None:
    """With the mark at 90, what is at 90 is held, and the session that closes at 90 is open."""
    unsorted = job(input={"sort": False}, time={"lateness": "PT10S", "tick": "PT10S"})
    lines = [event(69.999), event(80, user="bob"), event(90), event(100)]
    result = run(unsorted, [[lines]], continued=True)

    assert [second(s["time"]) for s in result.scores] == [69.999, 80]
    assert [second(s["closed_at"]) for s in result.sessions] == [79.999]
    assert (result.held, result.counts["accepted"]) == (2, 2)


def test_the_mark_of_a_lane_is_the_least_of_all_partitions() -> None:
    """With marks at 90 and 50, only what is before 50 is settled; without a record, nothing is."""
    unsorted = job(input={"sort": False}, time={"lateness": "PT10S", "tick": "PT10S"})
    lines = [[[event(49.999), event(50), event(100)]], [[event(60, user="bob")]]]

    assert len(run(unsorted, lines, continued=True).scores) == 1
    assert len(run(unsorted, [*lines, [[b"{"]]], continued=True).scores) == 0
    assert len(run(job(), lines, continued=True).scores) == 3  # sorted: the mark is 100


def test_outputs_are_in_the_order_of_their_files() -> None:
    """Scores go by clock, then person, then processing; sessions by their close, then person."""
    lines = [event(5, id="x"), event(0, user="bob"), event(5, id="w"), event(5, user="al")]
    result = replay(job(), *lines, event(0, user="al"), event(40))

    assert [s["subject_id"] for s in result.scores] == ["al", "bob", "al", "ann", "ann", "ann"]
    assert [s["event_id"] for s in result.scores][3:5] == ["w", "x"]
    assert [s["subject_id"] for s in result.sessions] == ["bob", "al", "ann", "ann"]


def test_every_record_ends_in_one_place() -> None:
    """One dead letter, one ignored, one late, one duplicate, two accepted: six."""
    mapping = {"ignore": ["page_view"]}
    lines = [b"{", event(0, "page_view"), event(20, id="x"), event(20, id="x"), event(5), event(11)]
    result = replay(
        job(input={"sort": False, "mapping": mapping}, time={"lateness": "PT10S"}), *lines
    )
    names = ["input", "dead_letter", "ignored", "late", "duplicate", "accepted"]

    assert [result.counts[name] for name in names] == [6, 1, 1, 1, 1, 2]
    assert values(result) == [1, 2]
