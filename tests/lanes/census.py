"""What happened in a play, counted: by it a test demands that its streams try what they are for.

In: the files and the summary of a run. Out: how often each kind of thing came about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec


def census(files: Mapping[str, bytes], summary: Mapping[str, Any]) -> Counter[str]:
    """Count what a run tells of: fates, sessions, people who left, decisions, what was learned."""
    told = Counter[str]({name: count for name, count in summary.items() if isinstance(count, int)})
    for group in ("no_action", "dead_letters", "sessions", "evicted"):
        told.update({f"{group}: {name}": n for name, n in summary.get(group, {}).items()})
    for fates in summary["funnel"].values():
        told.update({f"candidate: {fate}": count for fate, count in fates.items()})
    for model, figures in summary["models"].items():
        told.update(_of_model(model, figures))
    for group in ("outcomes", "orphans"):
        counts = summary.get("responses", {}).get(group, {})
        told.update({f"{group}: {name}": count for name, count in counts.items()})
    for line in files["decisions"].splitlines():
        told.update(_of_decision(msgspec.json.decode(line)))
    return +told


def _of_model(name: str, figures: Mapping[str, Any]) -> dict[str, int]:
    counted = ("n", "censored", "rejected", "corrected", "evicted")
    return {f"{name}: {one}": figures.get(one, 0) for one in counted} | {
        f"{name}: promotions": len(figures.get("promotions", ())),
        f"{name}: served": figures.get("version") is not None,
    }


def _of_decision(one: Mapping[str, Any]) -> dict[str, int]:
    return {
        f"trigger: {one['trigger']['type'].partition(':')[0]}": 1,
        f"policy: {one['policy']}": 1,
        "superseding": one["supersedes"] is not None,
        "scored by a version": one["model"]["evidence"] > 0,
        "with items": bool(one["items"]),
        "some drawn": 0.0 < one["action_prob"] < 1.0,
        **{f"held back: {c['reason']}": 1 for c in one["candidates"]
           if c["stage_dropped"] in ("suppression", "held_back", "contact")},
    }  # fmt: skip
