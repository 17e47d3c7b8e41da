"""Loading: code is found where Python looks, and what is wrong is named with its remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rtm_flows.errors import FeatureError
from rtm_flows.features.own.loading import load_feature
from tests.features.own import shop

SHOP = "tests.features.own.shop"


def refused(code: str, **options: object) -> str:
    """Return the complaint that loading raises."""
    with pytest.raises(FeatureError) as found:
        load_feature(code, options)
    return str(found.value)


def test_a_class_is_made_with_its_options() -> None:
    """From a module by its dotted name, and by a dotted name within it."""
    assert isinstance(load_feature(f"{SHOP}:Views", {}), shop.Views)
    assert load_feature(f"{SHOP}:Outer.Views", {"view": "search"}).types == (("search",),)


def test_what_the_class_does_to_its_options_stays_its_own() -> None:
    """The options of the configuration are not those that it is given."""
    options = {"types": [], "version": 1}
    made = load_feature(f"{SHOP}:Declares", options)
    list(made.types).append(("purchase",))

    assert made.types is not options["types"]


@pytest.mark.parametrize("code", ["nowhere_features:Views", "tests.nowhere.shop:Views"])
def test_a_missing_module_is_told_with_the_remedy(code: str) -> None:
    """It is looked for on Python's path, and the message says how to put it there."""
    said = refused(code)

    assert "there is no module" in said
    assert "nowhere" in said
    assert "PYTHONPATH=FOLDER" in said


def test_a_module_is_not_looked_for_beside_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder at hand is no place to load code from, unless Python itself looks there."""
    (tmp_path / "lying_about.py").write_text("raise SystemExit('executed')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])

    assert "there is no module lying_about" in refused("lying_about:Views")


def test_a_module_that_fails_is_told_with_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it raised, and where; a module that it lacks is not mistaken for itself."""
    (tmp_path / "broken_features.py").write_text("x = 1\ny = 1 / 0\n")
    (tmp_path / "lacking_features.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)

    said = refused("broken_features:Views")
    assert "module broken_features cannot be imported: ZeroDivisionError" in said
    assert "broken_features.py, line 2" in said
    said = refused("lacking_features:Views")
    assert "module lacking_features cannot be imported: ModuleNotFoundError" in said
    assert "no_such_module" in said


def test_a_missing_class_is_told_with_those_that_are_there() -> None:
    """Only features of the module itself are named."""
    said = refused(f"{SHOP}:View")

    assert f"module {SHOP} (" in said
    assert "has no View; its features: Views, ViewsByEvent, Again," in said
    assert "OwnFeature" not in said


@pytest.mark.parametrize("name", ["function", "SAID", "Outer", "np.ndarray"])
def test_what_is_no_feature_is_refused(name: str) -> None:
    """Whatever else a module holds is never called."""
    assert f"{SHOP}:{name} is no feature: it must be a class made from" in refused(f"{SHOP}:{name}")


def test_options_that_do_not_suit_are_told() -> None:
    """Python's own words, with the class and the options."""
    said = refused(f"{SHOP}:Views", colour="red")

    assert f"{SHOP}:Views cannot be made with options {{'colour': 'red'}}: TypeError" in said
    assert "Unfinished cannot be made with options {}: TypeError" in refused(f"{SHOP}:Unfinished")
