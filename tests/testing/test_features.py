"""The checker of features: it finds what is planted, and passes what is sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.errors import FeatureError, InputError
from rtm_flows.features.own import OwnFeature
from rtm_flows.testing import check_feature
from tests.features.own import shop
from tests.testing import faulty

ROOT = Path(__file__).parents[2]
FEW = range(3)
ONE_BY_ONE, ALONE = "when the events come one by one", "come without those of other people"
CUT = r"when the events come (one by one|in passes cut at \[.*\])"
FAULTS: list[tuple[type[OwnFeature], str]] = [
    (faulty.KeptInTheObject, "and are saved and restored between them: nothing may count but"),
    (faulty.KeptInTheModule, "when the events come a second time: keep nothing outside"),
    (faulty.Drawn, "when the events come a second time: keep nothing outside"),
    (faulty.MeanOfThePass, ONE_BY_ONE),
    (faulty.LengthOfThePass, ONE_BY_ONE),
    (faulty.MostOfAll, ONE_BY_ONE),
    (faulty.OtherPeople, f"({ONE_BY_ONE}|{ALONE})"),
    (faulty.Slot, f"({ONE_BY_ONE}|{ALONE})"),
    (faulty.LooksAhead, ONE_BY_ONE),
    (faulty.ForgetsToStore, ONE_BY_ONE),
    (faulty.StoresTooLate, ONE_BY_ONE),
    (faulty.Wobbles, f"the state of .* at the end .* is another {CUT}"),
    (faulty.OnlyInTheState, f"the state of .* at the end .* is another {CUT}"),
    (faulty.EntriesOfThePass, f"the state of .* at the end .* is another {CUT}"),
    (faulty.WritesWhatItIsShown, "assignment destination is read-only"),
    (faulty.OutOfRange, r"'x' is said to be in \[0, 1\], and was 2.0"),
    (faulty.NeverChanges, "'x' was 0.0 at all 240 events, which proves nothing"),
    (faulty.TimesOverZero, "'x' must be finite .* got inf at the"),
    (faulty.WantsAType, "at a time at which nothing happens .* IndexError"),
    (faulty.KeptBesides, "and are saved and restored between them|one by one|other people"),
]


def test_every_planted_fault_is_tried() -> None:
    """Whoever plants another says what finds it."""
    planted = {
        one for one in vars(faulty).values()
        if isinstance(one, type) and one.__module__ == faulty.__name__
    }  # fmt: skip

    assert {fault for fault, _ in FAULTS} == planted - {faulty.Faulty}


@pytest.mark.parametrize(("fault", "said"), FAULTS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_planted_fault_is_found(fault: type[OwnFeature], said: str) -> None:
    """With the promise that it breaks, and the class."""
    with pytest.raises(FeatureError) as found:
        check_feature(fault, seeds=FEW)

    assert re.search(said, str(found.value)), str(found.value)
    assert f"{fault.__module__}:{fault.__name__}" in str(found.value)


@pytest.mark.parametrize(
    ("feature", "options"),
    [
        (shop.Views, {}),
        (shop.Views, {"view": "custom.wish"}),
        (shop.ViewsByEvent, {}),
        (shop.Again, {}),
        ("tests.features.own.shop:Outer.Views", {"view": "purchase"}),
    ],
)
def test_sound_features_pass(feature: Any, options: dict[str, str]) -> None:
    """By name or class, by columns or by event, with state in columns or in maps."""
    check_feature(feature, options, seeds=FEW)


def test_events_may_be_given() -> None:
    """Then they are tried, not random ones; copies of one event are events."""
    at = "2026-01-01T00:00:0{}Z"
    views = [
        {"id": f"e{n}", "time": at.format(n), "user_id": "ann", "type": "view_item"}
        for n in (3, 1, 1, 2)
    ]
    check_feature(shop.Views, events=views)

    searches = [{**one, "type": "search"} for one in views]
    with pytest.raises(FeatureError, match="'count' was 0"):
        check_feature(shop.Views, events=searches, seeds=[1])
    with pytest.raises(InputError, match="events of the canonical format; got BadRecord"):
        check_feature(shop.Views, events=[{"type": "view_item"}])
    with pytest.raises(InputError, match="got no event"):
        check_feature(shop.Views, events=[])


def test_what_cannot_be_loaded_is_told() -> None:
    """As the configuration tells it."""
    with pytest.raises(FeatureError, match="has no Vews"):
        check_feature("tests.features.own.shop:Vews")
    with pytest.raises(FeatureError, match="cannot be made with options"):
        check_feature(shop.Views, {"colour": 1})


def test_the_classes_of_the_guide_keep_to_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What docs/own-features.md shows can be copied."""
    text = (ROOT / "docs" / "own-features.md").read_text(encoding="utf-8")
    by_event, by_columns, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "guide_features.py").write_text(f"{by_event}\n{by_columns}")
    monkeypatch.syspath_prepend(tmp_path)

    check_feature("guide_features:Dearer", seeds=FEW)
    check_feature("guide_features:Bulk", {"pieces": 2}, seeds=FEW)
