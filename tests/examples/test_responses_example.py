"""The example of responses: it finds out which of two offers is welcome, and shows that one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rtm_flows.config import load
from rtm_flows.simulate import Shop, simulate
from tests.examples.test_examples import ROOT, ran
from tests.runs.running import lines
from tests.shown import shown

WELCOME = {"free_shipping": 0.05, "gift_wrap": 0.3, "thank_you": 0.5}
DAYS = 2


def test_the_better_of_two_offers_is_found(tmp_path: Path) -> None:
    """Both begin with the same chance; by the second day the better one is shown far more often."""
    events = tmp_path / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=150, days=float(DAYS), seed=3, broken=0.0), file.write)
    job = load(ROOT / "examples" / "responses.toml")
    answered = tmp_path / "answered.jsonl"
    answered.write_bytes(shown(job, events, WELCOME, DAYS))
    told = ran("responses", answered, tmp_path / "out")["responses"]
    decisions = lines(tmp_path / "out" / "decisions.jsonl")
    second = Counter(one["name"] for one in decisions[len(decisions) // 2 :])
    first = next(one for one in decisions if one["name"] in ("free_shipping", "gift_wrap"))

    assert [one["action_prob"] for one in first["candidates"][:2]] == [0.5, 0.5]
    assert second["gift_wrap"] > 100
    assert 0 < second["free_shipping"] < second["gift_wrap"] / 5
    assert set(told["actions"]) == set(WELCOME)
    figures = [own for treatments in told["actions"].values() for own in treatments.values()]
    assert sum(own["n"] for own in figures) == told["settled"]
    assert sum(own["positives"] for own in figures) == told["positives"]
    for name in ("free_shipping", "gift_wrap"):
        own = told["actions"][name]["cart_banner"]
        assert own["n"] > 50
        assert own["log_loss"] < own["baselines"]["prior"]["log_loss"]
