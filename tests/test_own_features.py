"""A job with features written in Python: what is said of it, and what its digest tells apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.config import Job, load
from rtm_flows.errors import ConfigError
from rtm_flows.features.own import Field
from rtm_flows.flows.cluster import Ticket
from tests.features.own import shop

SHOP = "tests.features.own.shop"


def plain(**keys: Any) -> dict[str, Any]:
    """Return a job with one built-in feature and one of its own, plain as its TOML."""
    own = {"name": "own", "kind": "python", "code": f"{SHOP}:Again", **keys}
    built_in = {"name": "n", "kind": "session_count", "types": ["*"]}
    return {"name": "shop", "features": [built_in, own], "actions": []}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"code": "nowhere:Views"}, "features[1].code: there is no module nowhere where Python looks"),
    ({"code": f"{SHOP}:Vews"}, f"features[1].code: module {SHOP} ("),
    ({"code": f"{SHOP}:SAID"}, f"features[1].code: {SHOP}:SAID is no feature"),
    ({"code": f"{SHOP}:Unversioned"}, "features[1].code: tests.features.own.shop:Unversioned: `ve"),
    ({"code": f"{SHOP}:Views"}, "features[1].value: tests.features.own.shop:Views has several val"),
    ({"value": "x"}, "features[1].value: tests.features.own.shop:Again has no value 'x'; it has"),
    ({"options": {"a": 1}}, "features[1].code: tests.features.own.shop:Again cannot be made with"),
    ({"code": "shop"}, 'features[1]: `code` must be "module:Class", as "shop_features:Coupons"'),
    ({"options": {"a": {1}}}, "features[1]: `options` must be text, numbers, true or false"),
    ({"option": {}}, "unknown key `features[1].option`; did you mean `options`?"),
]


@pytest.mark.parametrize(("keys", "said"), WRONG)
def test_a_mistake_is_told_with_its_place(keys: dict[str, Any], said: str) -> None:
    """The table, the key, and what is to be done."""
    with pytest.raises(ConfigError) as told:
        load(plain(**keys))

    assert str(told.value).startswith(f"configuration: {said}")


def test_texts_of_own_features_are_read() -> None:
    """What a class looks at is decoded for it."""
    assert load(plain()).text == ("device",)


def test_the_job_travels_to_other_processes_as_it_is() -> None:
    """Nothing but plain JSON: no code, no pickle."""
    job = load(plain(code=f"{SHOP}:Views", value="count", options={"view": "search"}))
    ticket = Ticket(job=job, output="o", work="w", rows=None, every=None)
    other = msgspec.json.decode(msgspec.json.encode(ticket), type=Ticket).job

    assert (other, other.digest) == (job, job.digest)


def test_the_digest_covers_version_and_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """State that was written by another version, or in another layout, is of another job."""
    job = load(plain())
    found = [job.digest, load(plain(name="other")).digest]
    with monkeypatch.context() as patch:
        patch.setattr(shop.Again, "version", 7)
        found.append(job.digest)
    with monkeypatch.context() as patch:
        patch.setattr(shop.Again, "fields", (Field("more", "i4", (), 0),))
        found.append(job.digest)

    assert len(set(found)) == 4
    assert job.digest == found[0]


def test_contracts_are_named_once_with_all_that_they_declare() -> None:
    """However many of their values a job has; and of a job without any, nothing is named."""
    job = plain(code=f"{SHOP}:Views", value="count")
    job["features"].append({**job["features"][1], "name": "since", "value": "since"})

    assert load({"name": "shop"}).contracts == ()
    assert load(job).contracts == (
        f'{SHOP}:Views version 2: values ["count","since"], types [["view_item"]], text [], '
        'fields [["count","i8",[],0.0],["before_time","i8",[],-1.0]], maps []',
    )
    assert [one.summary for one in load(plain()).own_features] == [
        f"{SHOP}:Again version 1 (state: 0 bytes a person and maps)"
    ]


def test_the_schema_of_a_job_is_what_it_was_read_from(tmp_path: Path) -> None:
    """TOML and a mapping of the same shape give the same job."""
    path = tmp_path / "shop.toml"
    path.write_text(
        'actions = []\n[[features]]\nname = "own"\nkind = "python"\n'
        f'code = "{SHOP}:Views"\nvalue = "since"\noptions = {{ view = "purchase" }}\n'
    )
    job: Job = load(path)
    again = load(json.loads(msgspec.json.encode(job)))

    assert again == job
    assert job.features[0] == again.features[0]
