"""Random jobs with limits, arms, exploration and treatments, and random days of their people.

Out, for a seed: the keys of a job, and the lines of its input. Reports of deliveries name decisions
whether or not anything was done: an id follows from its event, and so is known before.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rtm_flows.config import load
from rtm_flows.errors import ConfigError
from rtm_flows.times import format_time

Job = dict[str, Any]

NAME = "worlds"
START = 1_711_800_000_000
"""2024-03-30T12:00Z, half a day before clocks are put forward in Europe."""
HOUR = 3_600_000
ZONES = ("Asia/Baku", "Europe/Berlin", "America/New_York", "UTC", "Atlantis/Poseidonis")
CHANNELS = ("email", "push", "onsite")
MOVES = (
    *("order_completed", "order_shipped", "order_delayed", "order_delivered", "order_cancelled"),
    "refund",
)
TYPES = (
    *["search", "view_item", "add_to_cart", "impression"] * 3,
    *["purchase", "remove_from_cart", "clicked"] * 2, "case_opened", "case_closed", *MOVES,
)  # fmt: skip
ABOUT = ("cart", "viewed", "event", "accessory")
ITEMS = ("i0", "i1", "i2", "i3", "i4")
REPORTS = ("delivered", "impression", "email_delivered", "failed", "email_bounced")
FEATURES = [
    {"name": "searches", "kind": "session_count", "types": ["search"]},
    {"name": "views", "kind": "window_count", "types": ["view_item"], "width": "PT1H",
     "step": "PT5M"},
    {"name": "carts", "kind": "session_count", "types": ["add_to_cart"]},
]  # fmt: skip
MOMENTS = [
    {"name": "quiet", "kind": "silence", "after": "PT1M"},
    {"name": "gone", "kind": "session_end"},
    {"name": "often", "kind": "count", "types": ["search"], "count": 2, "within": "PT1H"},
    {"name": "bought", "kind": "sequence", "first": ["search"], "then": ["purchase"],
     "within": "PT1H"},
]  # fmt: skip
RULES = ("searches >= 1", "intent < 0.7", "carts == 0", 'type != "purchase"', "views <= 3")


def job(rng: random.Random) -> Job:
    """Return a job that is not refused."""
    while True:
        keys = _job(rng)
        try:
            load(keys)
        except ConfigError:
            continue
        return keys


def _job(rng: random.Random) -> Job:
    kind = rng.choice(["none", "epsilon", "softmax", "thompson"])
    exploration: Job = {
        "kind": kind,
        "share": rng.choice([0.02, 0.5, 1.0]),
        "least": rng.choice([0.0, 0.05]),
        "salt": rng.choice("ab"),
    }
    if kind == "softmax":
        exploration["temperature"] = rng.choice([0.01, 0.1, 2.0])
    life = _life(rng)
    about = "suppressions" in life
    actions = [_action(rng, number, about=about) for number in range(rng.choice([1, 2, 3, 4]))]
    if rng.random() < 0.3:
        actions = [one | {"eligible": "searches >= 1"} for one in actions]
    learned: Job = {}
    if kind == "thompson":
        belief = {"prior": rng.choice([0.3, 0.02]), "prior_weight": rng.choice([2.0, 20.0])}
        actions[0] |= {"propensity": "learned", **belief}
        learned = {"responses": {"shown": REPORTS[:2], "positive": REPORTS[2:3]}}
    intent = {"kind": "newton", "mature": 20, "mature_positives": 2}
    return {
        "name": NAME,
        "lanes": rng.choice([1, 8]),
        "floor": rng.choice([0.0, 0.0, 0.1, 0.4]),
        "input": {"sort": rng.random() < 0.5, "stripes": rng.choice([1, 3])},
        "time": {
            "order": rng.choice(["event", "event", "log"]),
            "lateness": rng.choice(["PT0S", "PT2M"]),
        },
        "triggers": {
            "types": rng.choice([["*"], ["search", "view_item"]]),
            "moments": rng.sample(MOMENTS, rng.choice([0, 0, 2])),
        },
        "models": {"intent": intent},
        "features": FEATURES,
        "actions": actions,
        "exploration": exploration,
        **learned,
        "limits": [_limit(rng, number) for number in range(rng.choice([0, 1, 2, 2, 3]))],
        **life,
        "contacts": {"zone": rng.choice(ZONES[:-1]), "reports": rng.random() < 0.6},
        "experiments": [_experiment(rng, number) for number in range(rng.choice([0, 0, 1, 2]))],
        "outputs": {"scores": False, "sessions": False},
    }


def _life(rng: random.Random) -> Job:
    """Return what holds back by what people have going on."""
    keys: Job = {"delivery": {"supersede": rng.choice(["none", "channel", "placement", "action"])}}
    if rng.random() < 0.7:
        keys["suppressions"] = {
            "live_cart": rng.choice(["PT30M", "PT6H", ""]),
            "open_case": rng.random() < 0.8,
            "order_delayed": rng.random() < 0.8,
            "bought": rng.choice(["PT6H", "P30D", ""]),
            "removed": rng.choice(["PT6H", "P7D", ""]),
            "ignored": rng.choice([0, 1, 2]),
            "delivery": rng.choice(["PT6H", "P3D", ""]),
            "marketing": rng.choice([["grow"], ["grow", "service"], []]),
        }
        keys["accessories"] = {one: rng.sample(ITEMS, 2) for one in rng.sample(ITEMS, 3)}
    keys["pauses"] = [_pause(rng, number) for number in range(rng.choice([0, 1, 1, 2]))]
    return keys


def _pause(rng: random.Random, number: int) -> Job:
    return {
        "name": f"pause{number}",
        **_scope(rng),
        "by": rng.choice(["action", "treatment", "group", "channel", "all"]),
        "after": rng.choice([1, 2, 3]),
        "within": rng.choice(["PT1H", "P2D"]),
        "lasts": rng.choice(["PT1H", "P1D"]),
    }


def _action(rng: random.Random, number: int, *, about: bool) -> Job:
    action: Job = {
        "name": f"action{number}",
        "issue": rng.choice(["grow", "service"]),
        "group": rng.choice(["", "news"]),
        "propensity": rng.choice(["score", "1-score", 0.3, 0.7]),
        "value": rng.choice([0.5, 1.0, 3.333333]),
        "levers": rng.choice([1.0, 1.0, 0.9]),
        "cost": rng.choice([0.0, 0.0, 0.2]),
        "wait": rng.choice(["PT0S", "PT0S", "PT5M"]),
        "expires_after": rng.choice(["PT10M", "PT6H", "P1D"]),
        "about": rng.choice(["", "", *ABOUT]) if about else "",
        "context": [{"when": "views >= 1", "percent": 30}] if rng.random() < 0.3 else [],
        rng.choice(["eligible", "suitable"]): rng.choice(
            [[], [], [], [], [rng.choice(RULES)], [rng.choice(RULES)], ["searches >= 1"]]
        ),
    }
    if rng.random() < 0.5:
        forms: list[Job] = [{"name": one, "channel": one} for one in rng.sample(CHANNELS, 2)]
        forms[0] |= {"cost": 0.1, "placement": "top", "expires_after": "PT1H"}
        return {**action, "treatments": forms}
    return {**action, "channel": rng.choice(CHANNELS)}


def _limit(rng: random.Random, number: int) -> Job:
    windows: list[Job] = (
        [{"interval": "PT1H"}, {"interval": "PT20M"}, {"most": 2, "per": "P1D"},
         {"most": 3, "per": "P7D"}, {"most": 1, "per": "calendar_day"},
         {"most": 3, "per": "calendar_week"}, {"most": 4, "per": "calendar_month"}]
    )  # fmt: skip
    return {"name": f"limit{number}", **_scope(rng), **rng.choice(windows)}


def _scope(rng: random.Random) -> Job:
    scopes: list[Job] = (
        [{}, {"channels": "email"}, {"channels": ["push", "email"]}, {"issues": "grow"},
         {"groups": ["news"]}, {"actions": ["action0"]}, {"except_actions": "action0"},
         {"except_issues": ["service"]}]
    )  # fmt: skip
    return rng.choice(scopes)


def _experiment(rng: random.Random, number: int) -> Job:
    policies = ["full", "rules", "propensity", "random", "hold_out", "hold_out"]
    arms = [
        {"name": f"arm{at}", "share": rng.choice([0.1, 0.25, 0.333333]), "policy": policy}
        | (_scope(rng) if policy == "hold_out" else {})
        for at, policy in enumerate(rng.sample(policies, rng.randint(1, 3)))
    ]
    return {"name": f"layer{number}", "arms": arms, "salt": rng.choice(["", f"salt{number}"])}


def lines(rng: random.Random, count: int) -> Iterator[bytes]:
    """Yield about `count` lines of a few days of people who are met often.

    They are a little out of order and sometimes twice; of some the time is another's to the
    millisecond, some have no id, come from another source, or are broken.
    """
    people, span = max(2, count // 60), 5 * 24 * HOUR
    several = rng.random() < 0.5
    came: list[tuple[float, bytes]] = []
    for number in range(count * 7 // 10):
        person = rng.randrange(people)
        time = START + rng.randrange(span) // 1000 * 1000
        for _ in range(rng.choice([1, 1, 3])):
            time += rng.choice([0, 1, 60_000, 600_000])
            event = _event(rng, person, time, number, several=several)
            came += _told(rng, time, event)
            if "id" in event and rng.random() < 0.3:
                then = time + rng.choice([0, 1, 60_000, 5 * HOUR, 30 * HOUR])
                came += _told(rng, then, _report(rng, event, then))
            if event["type"] == "purchase" and event["transaction_id"]:
                then = time + rng.choice([60_000, HOUR, 20 * HOUR])
                came += _told(rng, then, _followed(event, rng.choice(MOVES), then, number))
            if "action" in event and rng.random() < 0.3:
                then = time + rng.choice([60_000, HOUR])
                came += _told(rng, then, _followed(event, "clicked", then, number))
        if len(came) >= count:
            break
    for _, line in sorted(came):
        yield line


def _event(rng: random.Random, person: int, time: int, number: int, *, several: bool) -> Job:
    event: Job = {"time": format_time(time), "type": rng.choice(TYPES)}
    event["user_id" if person % 5 else "anonymous_id"] = f"p{person}"
    if rng.random() < 0.95:
        event["id"] = f"{rng.randrange(16):x}{number}-{rng.randrange(1 << 30)}"
    event |= _told_of(rng, event["type"])
    if several and rng.random() < 0.2:
        event["source"] = "app"
    if rng.random() < 0.1:
        event["timezone"] = rng.choice(ZONES)
    return event


def _told_of(rng: random.Random, type_: str) -> Job:
    """Return what an event tells of its item, order, case, and of what was shown."""
    told: Job = {}
    if type_ in ("view_item", "add_to_cart", "remove_from_cart", "purchase", "impression"):
        told["item_id"] = rng.choice([*ITEMS, ""])
        told["quantity"] = rng.choice([1, 1, 2, 0])
    if type_ in ("purchase", "refund") or type_.startswith("order_"):
        told["transaction_id"] = rng.choice([f"t{rng.randrange(9)}", ""])
    if type_.startswith("case_"):
        told["case_id"] = rng.choice("ab")
    if type_ in ("impression", "clicked") and rng.random() < 0.8:
        told["action"] = f"action{rng.randrange(rng.choice([1, 4]))}"
        told["treatment"] = rng.choice(["", "", *CHANNELS, told["action"]])
    return told


def _followed(event: Job, type_: str, time: int, number: int) -> Job:
    """Return what comes of the order of a purchase, or of what was shown."""
    names = ("user_id", "anonymous_id", "transaction_id", "action", "treatment")
    told: Job = {"time": format_time(time), "type": type_, "id": f"{number}-{time}"}
    return told | {name: event[name] for name in names if name in event}


def _report(rng: random.Random, event: Job, time: int) -> Job:
    """Return what tells of the delivery of the decision that an event calls for."""
    person = f"u:{event['user_id']}" if "user_id" in event else f"a:{event['anonymous_id']}"
    at = _ms(event["time"])
    parts = NAME, person, f"event:{event['type']}", at, event.get("source", NAME), event["id"]
    own = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    who: Job = {key: event[key] for key in ("user_id", "anonymous_id") if key in event}
    told: Job = {"time": format_time(time), "type": rng.choice(REPORTS), "decision_id": own, **who}
    told |= {"action": "action0"} | ({"treatment": rng.choice(CHANNELS)} if time % 3 else {})
    return told | {"id": f"{rng.randrange(16):x}{event['id']}-{time}"}


def _told(rng: random.Random, time: int, event: Job) -> Iterator[tuple[float, bytes]]:
    """Yield a record with when it arrives, perhaps twice, late, broken or ahead of its time."""
    odd = rng.random()
    if odd < 0.01:
        event["price"] = "much"
    elif odd < 0.02:
        event["received_at"] = format_time(_ms(event["time"]) - 2 * HOUR)
    line = json.dumps(event).encode()
    yield time + rng.uniform(0, 30_000), line
    if odd > 0.97:
        yield time + rng.uniform(0, 400_000), line


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
