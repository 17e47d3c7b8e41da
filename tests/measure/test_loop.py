"""A closed loop: what a world tells after it heard of decisions is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.config import Job, load
from rtm_flows.errors import ConfigError
from rtm_flows.measure.loop import play
from rtm_flows.measure.replay import replay
from rtm_flows.times import format_time

HOUR = 3_600_000
START = 1_772_445_600_000


def job(**changes: Any) -> Job:
    """Return a job that greets who views a page, and learns who likes it."""
    return load(
        {
            "name": "shop",
            "time": {"order": "log", "lateness": "PT2H"},
            "input": {"format": "canonical", "sort": False},
            "triggers": {"types": ["page_view"]},
            "responses": {"horizon": "PT1H", "within": "PT2H"},
            "actions": [{"name": "greet", "propensity": "learned", "prior": 0.5}],
        }
        | changes
    )


def line(name: str, time: int, kind: str = "page_view", **fields: str) -> bytes:
    """Return one event of one person, as a line."""
    event = {"id": name, "user_id": "ann", "type": kind, "time": format_time(time)}
    return msgspec.json.encode(event | fields) + b"\n"


class Ann:
    """Views a page an hour, and clicks on each greeting a minute after it."""

    def __init__(self, hours: int) -> None:
        self.hours, self.said = iter(range(hours)), list[bytes]()

    def __call__(self, decided: Sequence[bytes]) -> bytes | None:
        """Answer, and go on."""
        hour = next(self.hours, None)
        if hour is None:
            return None
        answers = []
        for one in map(msgspec.json.decode, decided):
            time = START + (hour - 1) * HOUR + 60_000
            told = {key: one[key] for key in ("decision_id", "treatment")}
            answers.append(line(f"a{hour}", time, "clicked", action=one["name"], **told))
        self.said += [*answers, line(f"v{hour}", START + hour * HOUR)]
        return b"".join(self.said[-1 - len(answers) :])


def test_what_came_of_decisions_is_learned_while_it_goes_on() -> None:
    """Nothing is late or an orphan, and the propensity rises from the prior with each click."""
    found = play(job(), Ann(12))
    greetings = found.decisions["propensity"].to_list()

    assert len(found.late) == len(found.orphans) == len(found.dead_letters) == 0
    assert len(found.responses) == 10  # the last is not answered, the one before not over
    assert greetings[0] == 0.5
    assert greetings == sorted(greetings)
    assert greetings[-1] > 0.55


def test_a_play_is_the_replay_of_all_that_was_told(tmp_path: Path) -> None:
    """In blocks or as one file, it is decided the same: the loop adds nothing of its own."""
    ann, path = Ann(12), tmp_path / "told.jsonl"
    played = play(job(), ann)
    path.write_bytes(b"".join(ann.said))
    again = replay(job(input={"sort": False, "stripes": 1, "format": "canonical"}), path)

    assert len(played.decisions) == 12
    assert played.decisions.equals(again.decisions)
    assert played.responses.equals(again.responses)


def test_broken_lines_are_dead_letters_with_their_place() -> None:
    """Lines are counted through all blocks."""
    blocks = [line("1", START), b"{\n" + line("2", START + 1)]

    found = play(job(), lambda _: blocks.pop(0) if blocks else None)

    assert found.dead_letters["reason"].to_list() == ["broken_json"]
    assert found.dead_letters["place"].to_list() == [{"file": "-", "line": 2}]


def test_a_job_that_holds_events_back_is_refused() -> None:
    """The message says which key."""
    with pytest.raises(ConfigError, match=r'time.order: must be "log" in a closed loop'):
        play(job(time={"order": "event"}), lambda _: None)
