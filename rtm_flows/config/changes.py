"""Changes: what becomes of kept state where a job goes on under another configuration.

In: the job as it was run, and as it is to go on. Out: sentences on what begins empty, what is
dropped and what goes by other rules; and the keys under which the state would not be that of the
job. It refuses to know how state is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from rtm_flows.config.job import Job
from rtm_flows.models.spec import Learning
from rtm_flows.policy.suppressions import Suppressions

RULES = (
    *("floor", "locales", "accessories", "exploration", "experiments", "triggers.types"),
    *("learning.slices", "people.most_per_lane"),
    *(f"responses.{key}" for key in ("shown", "negative", "within", "remembered", "waiting")),
)
"""Keys of which nothing is kept: whatever they say holds from now on."""
LISTS = ("actions", "limits", "pauses")
"""Lists of which something is kept by name."""
_LONGEST = 60


class Refused(NamedTuple):
    """A key under which state cannot be carried over."""

    key: str
    was: str
    now: str


class Changes(NamedTuple):
    """What is other in a configuration."""

    told: tuple[str, ...]
    """What the operator is told of what goes on."""
    refused: tuple[Refused, ...]


def changes(was: Job, now: Job) -> Changes:
    """Compare the job that state was kept of with the one that is to go on from it.

    Lanes are not looked at: to change them is no change of what a job means.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> shop = load({"name": "shop"})
    >>> changes(shop, load({"name": "shop", "floor": 0.1})).told
    ('floor: was 0.0 and is 0.1 from now on',)
    >>> changes(shop, load({"name": "shop", "sessions": {"gap": "PT5M"}})).refused
    (Refused(key='sessions.gap', was='"PT30M"', now='"PT5M"'),)
    """
    trees = _tree(was), _tree(now)
    told = [
        *_rules(*trees),
        *_lists(was, now),
        *_suppressions(was.suppressions, now.suppressions),
        *_models(was, now),
        *_features(was, now),
    ]
    for tree in trees:
        _drop_what_may_change(tree)
    if _stay_longer(was, now):
        for tree in trees:
            _drop(tree, "people.inactive")
    if was.features == now.features[: len(was.features)]:
        for tree in trees:
            del tree["features"]
    if was.models.churn is None or now.models.churn is None:
        for tree in trees:
            del tree["models"]["churn"]
    return Changes(tuple(told), tuple(_differences("", *trees)))


def _tree(job: Job) -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(job.settled)
    # What is no part of an answer, as of the digest.
    del tree["lanes"], tree["operating"], tree["outputs"]["format"], tree["outputs"]["kind"]
    return tree


def _drop_what_may_change(tree: dict[str, Any]) -> None:
    for key in (*RULES, *LISTS, "triggers.moments", "suppressions"):
        _drop(tree, key)
    for model in tree["models"].values():
        if model is not None:
            del model["challengers"], model["promotion"]


def _drop(tree: dict[str, Any], key: str) -> None:
    """Take a key out of a tree, if its table is there."""
    *tables, name = key.split(".")
    found = _under(tree, tables)
    if found is not None:
        del found[name]


def _under(tree: dict[str, Any], tables: Sequence[str]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = tree
    for table in tables:
        found = None if found is None else found[table]
    return found


def _rules(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Tell what goes by other rules from now on, and keeps nothing."""
    for key in (*RULES, "people.inactive"):
        *tables, name = key.split(".")
        before, after = _under(was, tables), _under(now, tables)
        if before is not None and after is not None and before[name] != after[name]:
            yield _other(key, before[name], after[name])


def _other(key: str, was: Any, now: Any) -> str:
    return f"{key}: was {_short(was)} and is {_short(now)} from now on"


def _stay_longer(was: Job, now: Job) -> bool:
    """Tell whether nobody leaves who would have stayed: who leaves later has not left by now."""
    before, after = was.people.inactive_ms, now.people.inactive_ms
    return after is None or (before is not None and before <= after)


def _suppressions(was: Suppressions | None, now: Suppressions | None) -> Iterator[str]:
    """Tell what is followed of people's shopping from now on, and what no more."""
    if was is None and now is not None:
        yield "suppressions: begin with nothing known of carts, orders, cases and items"
    elif was is not None and now is None:
        yield "suppressions: what was kept of carts, orders, cases and items is dropped"
    elif was is not None and now is not None:
        for key in was.__struct_fields__:
            before, after = getattr(was, key), getattr(now, key)
            if before != after:
                yield _other(f"suppressions.{key}", before, after)


def _lists(was: Job, now: Job) -> Iterator[str]:
    """Tell which actions, limits, pauses and moments come, go, or are other than they were."""
    for key in LISTS:
        yield from _named(key, getattr(was, key), getattr(now, key), lambda one: str(one.name))
    moments = was.triggers.moments, now.triggers.moments
    yield from _named("triggers.moments", *moments, lambda one: str(one.name), "begins anew")


def _models(was: Job, now: Job) -> Iterator[str]:
    """Tell which models and challengers come and go."""
    before, after = was.models.named, now.models.named
    for name in [name for name in after if name not in before]:
        yield f"models.{name}: begins with nothing learned"
    for name, spec in before.items():
        if name not in after:
            yield f"models.{name}: what it had learned is dropped"
            continue
        yield from _challengers(f"models.{name}", spec, after[name])


def _challengers(key: str, was: Learning, now: Learning) -> Iterator[str]:
    yield from _named(
        f"{key}.challengers",
        was.challengers,
        now.challengers,
        lambda one: str(one.called),
        "begins anew",
    )
    if was.promotion != now.promotion:
        yield f"{key}.promotion: what challengers and champion are compared by begins anew"


def _features(was: Job, now: Job) -> Iterator[str]:
    """Tell which features come; none may go."""
    before = {feature.name for feature in was.features}
    for feature in now.features:
        if feature.name not in before:
            yield f"features.{feature.name}: begins empty, without weight in any model"


def _named(
    key: str,
    was: Sequence[Any],
    now: Sequence[Any],
    name: Callable[[Any], str],
    other: str = "goes by its new rules, and keeps what fits them",
) -> Iterator[str]:
    """Tell which of a list come, go, or are other than they were."""
    before: Mapping[str, Any] = {name(one): one for one in was}
    after: Mapping[str, Any] = {name(one): one for one in now}
    for one, entry in after.items():
        if one not in before:
            yield f"{key}.{one}: begins empty"
        elif entry != before[one]:
            yield f"{key}.{one}: {other}"
    for one in before:
        if one not in after:
            yield f"{key}.{one}: what was kept of it is dropped"


def _differences(key: str, was: Any, now: Any) -> Iterator[Refused]:
    """Yield every key under which two trees differ, as deep as it can be told."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*was, *now]):
            below = f"{key}.{name}" if key else name
            yield from _differences(below, was.get(name), now.get(name))
    elif isinstance(was, list | tuple) and isinstance(now, list | tuple):
        for at, (before, after) in enumerate(zip_longest(was, now)):
            yield from _differences(f"{key}[{at}]", before, after)
    elif was != now:
        yield Refused(key, _short(was), _short(now))


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
