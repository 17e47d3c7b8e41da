"""`rtm check`: a configuration looked at, and what a sample of its files becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.topic_records import Record
from tests.cli.commands import complaint, rtm
from tests.connectors.exports import write_export

Capture = pytest.CaptureFixture[str]

MAPPED = """
[input]
paths = ["2019-Oct.csv"]
format = "mapping"
sort = {sort}
stripes = 1
[input.mapping]
time = "event_time"
time_format = "%Y-%m-%d %H:%M:%S UTC"
user_id = "user_id"
type = "event_type"
types = {{ view = "view_item", wish = "custom.wish", purchase = "purchase" }}
ignore = ["ping"]
unmapped = "{unmapped}"
item_id = "product_id"
price = "price"
[time]
lateness = "PT1M"
"""
CSV = """event_time,event_type,product_id,price,user_id
2019-10-01 00:00:04 UTC,view,44600062,35.79,541312140
2019-10-01 00:09:00 UTC,cart,3900821,33.20,554748717
2019-10-01 00:00:05 UTC,cart,3900821,33.20,554748717
2019-10-01 00:10:00 UTC,wish,3900821,33.20,[bold]:heart:
2019-10-01 00:10:01 UTC,ping,1,1,1
2019-10-01 00:10:01 UTC,purchase,1,1,
yesterday,view,1,1,1
2019-10-01 00:10:02 UTC,removed,1,1,1
"""


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    """A job that reads a shop's CSV file by a mapping."""
    (tmp_path / "2019-Oct.csv").write_text(CSV)
    path = tmp_path / "shop.toml"
    path.write_text(MAPPED.format(sort="true", unmapped="dead_letter"))
    return path


def test_a_valid_job_is_called_so(capsys: Capture, job: Path) -> None:
    """With what it is made of; its files are not opened."""
    done = rtm(capsys, "check", job, "--input", "nowhere.jsonl")

    assert (done.status, done.err) == (0, "")
    assert done.out == f"{job}: valid. 62 features, 4 actions, 16 lanes, event order\n"


def test_the_first_mistake_is_told(capsys: Capture, mapped: Path) -> None:
    """Status 2, with the key: also of what is only needed when files are read."""
    mapped.write_text(mapped.read_text().replace("view_item", "veiw_item"))

    said = complaint(rtm(capsys, "check", mapped), 2)
    assert "input.mapping.types.view: 'veiw_item' is not a known event type" in said
    assert "did you mean view_item" in said


def test_a_sample_shows_events_as_they_were_understood(capsys: Capture, mapped: Path) -> None:
    """As many as asked for, with names as they are: no bracket or colon of theirs is markup."""
    done = rtm(capsys, "check", mapped, "--sample", "1")
    assert done.status == 0
    assert "8 records read" in done.out
    (row,) = [line for line in done.out.splitlines() if line.startswith("2019-10-01T")]
    shown = row.split()
    assert shown[:3] == ["2019-10-01T00:00:04.000Z", "u:541312140", "view_item"]
    assert shown[4:] == ["3579", "1", "3579", "44600062"]
    assert "8 records read: 2 events, 0 late, 1 ignored, 5 dead letters" in done.out

    many = rtm(capsys, "check", mapped, "--sample", "100").out
    assert "u:[bold]:heart:" in many
    assert sum(line.startswith("2019-10-01T") for line in many.splitlines()) == 2


def test_a_sample_shows_every_mapped_field(capsys: Capture, mapped: Path) -> None:
    """Those that no feature looks at, too; those that are never there are named; long ones cut."""
    more = 'item_id = "product_id"\nurl = "page"\ncoupon = "code"\nconstants = { scope = "eu" }'
    mapped.write_text(mapped.read_text().replace('item_id = "product_id"', more))
    rows = CSV.splitlines()
    pages = ["page,code", f"{'long ' * 9},", *["/,"] * (len(rows) - 2)]
    text = "\n".join(",".join(pair) for pair in zip(rows, pages, strict=True))
    (mapped.parent / "2019-Oct.csv").write_text(text + "\n")
    out = rtm(capsys, "check", mapped, "--sample", "100").out.splitlines()

    assert out[2].split()[-3:] == ["item_id", "scope", "url"]
    assert "long long long long lon…" in out[3]
    assert " eu " in out[3]
    assert out[5] == "mapped, but empty in all of these: coupon"


def test_a_sample_shows_the_types_that_match_nothing(capsys: Capture, mapped: Path) -> None:
    """Those neither mapped nor ignored nor known, the most frequent first; not declared ones."""
    out = rtm(capsys, "check", mapped, "--sample", "100").out

    assert "custom.cart (2), custom.removed (1)" in out.splitlines()[-1]
    assert "custom.wish (" not in out
    mapped.write_text(MAPPED.format(sort="true", unmapped="custom"))
    again = rtm(capsys, "check", mapped, "--sample", "100").out
    assert again.splitlines()[-1] == out.splitlines()[-1]


def test_a_sample_shows_what_would_be_lost(capsys: Capture, mapped: Path) -> None:
    """Dead letters by reason with the first place, and how many are ignored."""
    out = rtm(capsys, "check", mapped, "--sample", "100").out

    place = f"first at {mapped.parent / '2019-Oct.csv'}"
    assert f"dead letter unknown_type at event_type: 3, {place}:3 (" in out
    assert f"dead letter missing_field at user_id: 1, {place}:7 (" in out
    assert f"dead letter bad_time at event_time: 1, {place}:8 (" in out
    assert "ignored: 1" in out.splitlines()


@pytest.mark.parametrize(("sort", "late"), [("true", False), ("false", True)])
def test_a_sample_tells_of_late_records(
    capsys: Capture, mapped: Path, sort: str, late: bool
) -> None:
    """Only where the input is not sorted first, and with the remedy."""
    mapped.write_text(MAPPED.format(sort=sort, unmapped="custom"))
    out = rtm(capsys, "check", mapped, "--sample", "100").out

    told = "late: 1; with input.sort = true none would be, or raise time.lateness"
    assert (told in out.splitlines()) is late


def test_a_sample_of_nothing_but_broken_records(capsys: Capture, job: Path, tmp_path: Path) -> None:
    """There is no event to show, and it says why."""
    (tmp_path / "broken.jsonl").write_text("{\n" * 3)
    out = rtm(capsys, "check", job, "--sample", "5", "--input", tmp_path / "broken.jsonl").out

    assert "3 records read" in out
    assert "dead letter broken_json: 3, first at" in out
    assert "match nothing" not in out


def test_a_sample_without_files_is_refused(capsys: Capture, job: Path) -> None:
    """The configuration may be valid, but there is nothing to read."""
    done = rtm(capsys, "check", job, "--sample", "5")

    assert "give --input PATH" in complaint(done, 2)


def test_a_sample_of_exported_topics_is_read_in_their_rounds(
    capsys: Capture, tmp_path: Path
) -> None:
    """Late is what the rounds tell as late; a dead letter has its topic and offset."""
    job = tmp_path / "job.toml"
    job.write_text('name = "s"\n[time]\nlateness = "PT1M"\n[[kafka.topics]]\nname = "web"\n')
    times = [1_700_000_000_000, 1_700_000_090_000, 1_700_000_000_001, 1_700_000_090_001]
    event = '{"id": "%d", "time": %d, "type": "search", "user_id": "7"}'
    values = [(event % (number, at)).encode() for number, at in enumerate(times)] + [b"{"]
    records = [Record(offset, value) for offset, value in enumerate(values)]
    rounds = [
        Round(number=0, joined={"web/0": 0}, ends={"web/0": 2}),
        Round(number=1, ends={"web/0": 5}),
    ]
    history = write_export(tmp_path / "history", {"web/0": records}, rounds)

    done = rtm(capsys, "check", job, "--input", history, "--sample", "9")

    assert (done.status, done.err) == (0, "")
    assert "5 records read: 3 events, 1 late, 0 ignored, 1 dead letters" in done.out
    assert "late: 1; raise time.lateness" in done.out
    assert "first at web:4" in done.out
    assert all(f"u:7     search  {number}" in done.out for number in range(4))
