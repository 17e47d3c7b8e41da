"""Models of one's own: checked, sealed, and blamed by name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.config import load
from rtm_flows.errors import ConfigError, ModelError, RecoveryError
from rtm_flows.models.own.loading import load_model
from rtm_flows.models.own.shadow import OwnShadow
from rtm_flows.models.rules import Challenger
from rtm_flows.testing import check_model
from tests.models import own_models
from tests.models.examples import NAMES, examples

HERE = "tests.models.own_models"
COUNTING = f"{HERE}:Counting"


def taught(code: str = COUNTING, n: int = 20, **options: Any) -> OwnShadow:
    """Return a model that has learned some examples."""
    model = OwnShadow(NAMES, code, options)
    x, labels = examples(n)
    model.learn(x, labels)
    return model


def test_rows_are_given_by_name_and_labels_as_they_are() -> None:
    """One after the other, whatever the calls."""
    x, labels = examples(20)
    whole, cut = taught(), OwnShadow(NAMES, COUNTING, {})
    for at in range(20):
        cut.learn(x[at : at + 1], labels[at : at + 1])

    assert whole.predict_rows(x[:1]).tolist() == [(1 + sum(labels)) / 22]
    assert cut.to_bytes() == whole.to_bytes()


def test_it_goes_on_from_what_it_saved() -> None:
    """With its options; nothing else is read."""
    model = taught(weight=10)
    again = OwnShadow.from_bytes(model.to_bytes(), NAMES, COUNTING, {"weight": 10})

    assert again.to_bytes() == model.to_bytes()
    assert (
        again.predict_rows(examples(3)[0]).tolist() == model.predict_rows(examples(3)[0]).tolist()
    )


def test_what_is_not_its_own_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of other features, another class, other options, another version; and what was damaged."""
    data = taught().to_bytes()
    read = OwnShadow.from_bytes
    with pytest.raises(RecoveryError, match="has other features"):
        read(data, ["other"], COUNTING, {})
    with pytest.raises(RecoveryError, match="is of another class"):
        read(data, NAMES, f"{HERE}:Sure", {})
    with pytest.raises(RecoveryError, match="has other options"):
        read(data, NAMES, COUNTING, {"weight": 4})
    with pytest.raises(RecoveryError, match="is damaged"):
        read(data[:-1] + b"?", NAMES, COUNTING, {})
    monkeypatch.setattr(own_models.Counting, "version", 4)
    with pytest.raises(RecoveryError, match="is of another version: need 4; got 3"):
        read(data, NAMES, COUNTING, {})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Sure", "`predict_one` must return a chance from 0 to 1; got 1.5"),
        ("Lost", "`predict_one` must return a chance from 0 to 1; got nan"),
        ("Failing", "`learn_one` fails: KeyError: 'nowhere'"),
        ("Texts", "`save` must return bytes; got str"),
    ],
)
def test_a_model_that_fails_is_named(name: str, said: str) -> None:
    """With what it did wrong, and the line of its module."""

    def lived() -> None:
        model = taught(f"{HERE}:{name}", 1)
        model.predict_rows(examples(1)[0])
        model.to_bytes()

    with pytest.raises(ModelError) as caught:
        lived()

    assert f"{HERE}:{name}: {said}" in str(caught.value)
    assert name != "Failing" or "own_models.py, line" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("nowhere_models:Trees", "there is no module nowhere_models"),
        (f"{HERE}:Nobody", "has no Nobody"),
        (f"{HERE}:Sequence", "is no model"),
    ],
)
def test_a_class_that_cannot_be_had_is_refused(code: str, said: str) -> None:
    """Before the run, with its place in the configuration."""
    challenger = {"kind": "python", "code": code}
    with pytest.raises(ConfigError, match=rf"models\.intent\.challengers\[0\]\.code: .*{said}"):
        load({"name": "shop", "models": {"intent": {"challengers": [challenger]}}})


def test_options_that_do_not_fit_are_refused() -> None:
    """By the class itself."""
    with pytest.raises(ModelError, match="cannot be made with options"):
        load_model(COUNTING, {"height": 3}, NAMES)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "python"}, 'kind "python" needs `code`'),
        ({"kind": "python", "code": "shop models"}, '`code` must be "module:Class"'),
        ({"kind": "python", "code": COUNTING, "options": {"a": (1,)}}, "`options` must be text"),
        (
            {"kind": "sgd", "code": COUNTING},
            '`code` and `options` have no meaning beside kind "sgd"',
        ),
        ({"kind": "newton", "options": {"a": 1}}, "leave them out"),
    ],
)
def test_keys_that_do_not_fit_are_refused(keys: dict[str, Any], said: str) -> None:
    """Each with what would."""
    with pytest.raises(ValueError, match=said):
        Challenger(**keys)


def test_another_version_is_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run was resumed with would predict otherwise."""
    challenger = {"kind": "python", "code": COUNTING}
    job = load({"name": "shop", "models": {"intent": {"challengers": [challenger]}}})
    before = job.digest
    assert job.contracts == (f"{COUNTING} version 3",)

    monkeypatch.setattr(own_models.Counting, "version", 4)
    assert job.digest != before
    assert msgspec.json.decode(msgspec.json.encode(job), type=type(job)) == job


@pytest.mark.parametrize("code", [COUNTING, own_models.Counting])
def test_a_sound_model_passes_the_check(code: str | type[own_models.Counting]) -> None:
    """By its name, and as a class."""
    check_model(code, {"weight": 6}, examples=30)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Curious", "asking must change nothing"),
        ("Moody", "the same examples must give the same chances"),
        ("Forgetful", "what is saved must be all"),
        ("Sure", "a chance from 0 to 1"),
    ],
)
def test_the_check_finds_what_is_broken(name: str, said: str) -> None:
    """Each promise by a model that breaks it alone."""
    with pytest.raises(ModelError, match=said):
        check_model(f"{HERE}:{name}", examples=30)
