"""Small random streams for the core: a few people, everything that can go wrong, one seed.

Out: a job, and batches of parsed events by partition, made by the real parser from JSON lines.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rtm_flows.config import Job, load
from rtm_flows.connectors.batches import DeadLetter
from rtm_flows.decisions.identity import decision_id
from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.times import parse_duration

Partitions = Sequence[Sequence[Sequence[bytes]]]
"""The lines of each round of each partition."""

START = 1_767_225_600_000
KINDS = ("view_item", "search", "add_to_cart", "remove_from_cart", "begin_checkout", "purchase")
FEATURES: list[dict[str, Any]] = [
    {"name": "n", "kind": "session_count", "types": ["*"]},
    {"name": "bought", "kind": "session_sum", "field": "amount", "add": ["purchase"]},
    {"name": "length", "kind": "session_seconds", "scale": "log1p"},
    {"name": "gap", "kind": "gap_seconds"},
    {
        "name": "adds",
        "kind": "window_count",
        "types": ["add_to_cart"],
        "width": "PT20S",
        "step": "PT5S",
    },
    {"name": "any", "kind": "window_count", "types": ["*"], "width": "PT20S", "step": "PT5S"},
    {
        "name": "spent",
        "kind": "window_sum",
        "field": "amount",
        "add": ["purchase"],
        "width": "PT1M",
        "step": "PT1S",
    },
    {"name": "fade", "kind": "decayed_count", "types": ["view_item"], "half_life": "PT10S"},
    {"name": "since", "kind": "since_seconds", "types": ["search"], "never": "PT5M"},
    {"name": "cart", "kind": "cart_value"},
    {"name": "away", "kind": "away_seconds", "scale": "log1p"},
]
ACTIONS: list[dict[str, Any]] = [
    {"name": "nudge", "value": 2, "eligible": "cart > 0"},
    {
        "name": "greet",
        "value": 1,
        "suitable": "intent >= 0.04",
        "wait": "PT2S",
        "expires_after": "PT9S",
        "treatments": [
            {"name": "banner"},
            {"name": "push", "channel": "push", "suitable": "n > 1"},
        ],
    },
]
EARLY = {"mature": 2, "mature_positives": 1}
CHURN: list[dict[str, Any]] = [
    {},
    {"horizon": "PT31S"},
    {"horizon": "PT1M", "active": ["!", "search", "add_to_cart"]},
    {"horizon": "PT45S", "cancelled": ["remove_from_cart", "purchase"]},
]
"""What streams say of churn; nothing switches it off."""
QUICK = {"promotion": {"after": 2, "level": 0.5}}
NEWTON = {"kind": "newton"}
BOLD = {"name": "bold", "kind": "sgd", "learning_rate": 0.3}
CONTESTS: list[dict[str, Any]] = [
    {},
    {"kind": "sgd", "challengers": [NEWTON]},
    {"kind": "sgd", "challengers": [NEWTON], **QUICK},
    {"kind": "newton", "challengers": [BOLD], **QUICK},
    {"kind": "sgd", "challengers": [BOLD, NEWTON], "promotion": {"after": 4, "level": 0.5}},
]
"""What streams say of challengers of intent; a few examples are enough to promote one."""
FOREST = {"kind": "forest", "forest": {"trees": 1, "depth": 2, "grace": 2, "most": 200}}
BEYOND: list[dict[str, Any]] = [
    {},
    {"challengers": [FOREST]},
    {"drift": {"response": "reset"}},
    {"challengers": [FOREST, BOLD], **QUICK, "drift": {"response": "switch"}},
]
"""What streams say of intent that the reference does not know."""
LIMITED: list[dict[str, Any]] = [
    {"limits": [{"name": "gap", "channels": "push", "interval": "PT7S"}]},
    {
        "limits": [{"name": "some", "most": 2, "per": "PT1M"}],
        "contacts": {"reports": True, "zone": "Asia/Baku"},
        "experiments": [
            {"name": "held", "arms": [{"name": "out", "share": 0.4, "policy": "hold_out"}]},
            {"name": "how", "arms": [{"name": "any", "share": 0.4, "policy": "random"}]},
        ],
    },
    {"limits": [{"name": "day", "most": 3, "per": "calendar_day"}]},
]
SUPERSEDES = ("none", "channel", "placement", "action")
CHANCES: list[dict[str, Any]] = [{}, {"kind": "epsilon", "share": 0.5}, {"kind": "softmax"}]
"""What streams say of contacts, and of what is left to chance."""
RESTING: list[list[dict[str, Any]]] = [
    [],
    [{"name": "once", "after": 1, "within": "PT1S", "lasts": "PT9S"}],
    [
        {"name": "form", "by": "treatment", "actions": ["ask", "tell"], "after": 2,
         "within": "PT20S", "lasts": "PT30S"},
        {"name": "push", "by": "channel", "channels": "push", "after": 2, "within": "PT1M",
         "lasts": "PT8S"},
    ],
    [
        {"name": "group", "by": "group", "except_actions": "nudge", "after": 3, "within": "PT40S",
         "lasts": "PT1M"},
        {"name": "every", "by": "all", "after": 3, "within": "PT10S", "lasts": "PT5S"},
        {"name": "twice", "channels": "onsite", "after": 2, "within": "PT5S", "lasts": "PT2S"},
    ],
]  # fmt: skip
"""What streams with outcomes say of what rests."""
THOMPSON: list[dict[str, Any]] = [
    {"kind": "thompson"},
    {"kind": "thompson", "share": 0.0, "salt": "b"},
    {"kind": "thompson", "least": 0.125},
]
"""And of it where propensities are learned."""
LEARNED: list[dict[str, Any]] = [
    {
        "name": "ask",
        "propensity": "learned",
        "prior": 0.5,
        "prior_weight": 2,
        "value": 0.5,
        "treatments": [{"name": "ask"}, {"name": "call", "channel": "push"}],
    },
    {"name": "tell", "propensity": "learned", "treatment": "letter", "prior_weight": 0.5},
]
MOMENTS: list[dict[str, Any]] = [
    {"name": "gone", "kind": "session_end"},
    {"name": "left", "kind": "cart_abandonment", "after": "PT8S"},
    {"name": "stalled", "kind": "checkout_abandonment", "after": "PT5S"},
    {"name": "looked", "kind": "browse_abandonment", "after": "PT35S", "views": 1},
    {"name": "quiet", "kind": "silence", "after": "PT20S"},
    {"name": "own", "kind": "silence", "after": "PT40S", "quantile": 0.5, "least": 2},
    {
        "name": "missing",
        "kind": "absence",
        "after_types": ["search", "view_item"],
        "of": ["!", "search", "view_item"],
        "within": "PT6S",
    },
    {
        "name": "found",
        "kind": "sequence",
        "first": ["search"],
        "then": ["view_item", "search"],
        "within": "PT10S",
    },
    {"name": "keen", "kind": "score_crossing", "above": 0.2, "below": 0.1},
    {"name": "busy", "kind": "count", "types": ["*"], "count": 3, "within": "PT5S"},
]
"""Of these some are declared by most streams."""
BACK = {"name": "back", "value": 4, "applicable": 'trigger in ["left", "own", "event:search"]'}
STAY = {"name": "stay", "value": 3, "suitable": "churn > 0.5"}


class Stream(NamedTuple):
    """A job, plain as its TOML, and the lines of its partitions, batch by batch."""

    plain: dict[str, Any]
    partitions: list[list[list[bytes]]]

    @property
    def job(self) -> Job:
        """The job as the core reads it."""
        return load(self.plain)

    @property
    def plan(self) -> Plan:
        """The job's constants."""
        return Plan.of(self.job, len(self.partitions))


def parser_of(job: Job) -> Parser:
    """Return a parser of the job's lines."""
    return Parser(
        job.input.mapping or CANONICAL,
        source=job.source,
        text=job.text,
        ahead_ms=parse_duration(job.time.ahead),
    )


class LineBatch:
    """Lines parsed, in the shape in which an input hands them out.

    Parameters
    ----------
    first
        Number of the partition's lines before these.
    """

    judged = None

    def __init__(self, parser: Parser, lines: Sequence[bytes], file: str, first: int) -> None:
        parsed = parser.parse_block(b"".join(line + b"\n" for line in lines))
        self.table = parsed.table
        self.records = parsed.records
        self.ignored = parsed.ignored
        self.clamped = parsed.clamped
        self._file = file
        self._first = first
        self.dead = [
            DeadLetter(file, first + bad.row + 1, bad.reason, bad.field, bad.detail)
            for bad in parsed.bad
        ]

    def place(self, row: int) -> tuple[str, int]:
        """Return file and line."""
        return self._file, self._first + row + 1


def arriving(job: Job, partitions: Partitions) -> Iterator[Entered]:
    """Yield what enters unsorted, round by round over the partitions, to the end of all."""
    plan, parser = Plan.of(job, len(partitions)), parser_of(job)
    entries = [Entry(plan, p, in_order=False) for p in range(plan.partitions)]
    for round_ in range(max(map(len, partitions)) + 1):
        for number, (entry, batches) in enumerate(zip(entries, partitions, strict=True)):
            if round_ < len(batches):
                before = sum(map(len, batches[:round_]))
                yield entry.take(LineBatch(parser, batches[round_], str(number), before))
            elif not entry.ended:
                yield entry.end()


HORIZONS: list[dict[str, Any]] = [
    {},
    {},
    {"horizon": "PT10S"},
    {"horizon": "PT30S", "labels": "corrected", "rows_waiting": 3},
    {"horizon": "PT1M", "labels": "fake_negative_weighted"},
]
"""What intent may look for: the session, or a horizon by one of the policies."""


def job_of(rng: random.Random) -> dict[str, Any]:
    """Return a job in which every rule matters within minutes."""
    return {
        "name": "tiny",
        "lanes": rng.choice([1, 3, 5]),
        "input": {"sort": False},
        "time": {
            "order": rng.choice(["event", "event", "log"]),
            "lateness": rng.choice(["PT0S", "PT5S", "PT20S"]),
            "tick": rng.choice(["PT1S", "PT10S"]),
            "lag": rng.choice([2, 3]),
        },
        "sessions": {"gap": rng.choice(["PT5S", "PT30S"])},
        "dedup": {"window": rng.choice(["PT0S", "PT10S", "PT1H"])},
        "models": {"intent": {**EARLY, "rows_per_session": 2}},
        "features": FEATURES,
        "actions": ACTIONS,
        "floor": 0.06,
    }


def stream(seed: int, events: int = 60, *, beyond: bool = False) -> Stream:
    """Return the stream of a seed; with `beyond` also of what the reference does not know."""
    rng = random.Random(seed)
    job = job_of(rng)
    lines = _lines(rng, events)
    count = rng.choice([1, 2, 3])
    partitions: list[list[bytes]] = [[] for _ in range(count)]
    for line in lines:
        rng.choice(partitions).append(line)
    batches = [_cut(rng, part) for part in partitions]
    if rule := rng.choice(CHURN):
        job["models"]["churn"] = {**EARLY, **rule}
        job["actions"] = [*ACTIONS, STAY]
    if contest := rng.choice(CONTESTS):
        job["models"]["intent"].update(contest)
    else:
        job["models"]["intent"] |= rng.choice(HORIZONS)
    further = random.Random(-seed)
    job["exploration"] = further.choice(CHANCES)
    if further.random() < 0.5:
        job |= further.choice(LIMITED)
    job["delivery"] = {"supersede": further.choice(SUPERSEDES)}
    intent = job["models"]["intent"]
    if beyond and intent.get("labels", "wait") == "wait" and not intent.get("challengers"):
        intent |= random.Random(seed).choice(BEYOND)
    some = random.Random(seed)
    if moments := some.sample(MOMENTS, some.choice([0, 2, 5, 10])):
        types = some.choice([["*"], [], ["!", "search"]])
        job["triggers"] = {"types": types, "moments": moments}
        if {"left", "own"} <= {one["name"] for one in moments}:
            job["actions"] = [*job["actions"], BACK]
    return Stream(job, batches)


def answered(seed: int, events: int = 60) -> Stream:
    """Return the stream of a seed with decisions that are shown and answered, and learned from."""
    rng = random.Random(f"responses {seed}")
    plain, partitions = stream(seed, events)
    plain["responses"] = {
        "horizon": rng.choice(["PT1S", "PT10S", "PT40S"]),
        "within": rng.choice(["PT5S", "PT1M", "PT10M"]),
        "remembered": rng.choice([2, 8, 32]),
        "waiting": rng.choice([1, 2, 32]),
    }
    plain["triggers"] = plain.get("triggers", {}) | {
        "types": rng.choice([["*"], [*KINDS], [*KINDS, "impression"]])
    }
    plain["dedup"] = {"window": rng.choice(["PT0S", "PT1H", "PT1H"])}
    plain["actions"] = [*LEARNED, *plain["actions"]]
    plain["pauses"] = RESTING[seed % len(RESTING)]
    plain["exploration"] = rng.choice([plain["exploration"], *THOMPSON])
    return Stream(plain, [_with_outcomes(rng, part) for part in partitions])


def _with_outcomes(rng: random.Random, batches: list[list[bytes]]) -> list[list[bytes]]:
    """Return the batches of a partition, with outcomes of decisions that its events fire."""
    asked, found = list[dict[str, Any]](), list[list[bytes]]()
    for batch in batches:
        told = list[bytes]()
        for line in batch:
            told.append(line)
            event = {} if line.startswith(b'{"broken') else json.loads(line)
            asked += [event] if "id" in event else []
            while asked and rng.random() < 0.7:
                # What was answered is answered again more often.
                asked.append(rng.choice(asked[-6:]))
                told.append(json.dumps(_outcome(rng, asked[-1], event or asked[-1])).encode())
        found.append(told)
    return found


def _outcome(rng: random.Random, event: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome of the decision that an event fires, if it does, with some mistakes."""
    place = event["time"], "tiny", event["id"] + rng.choice(["", "", "", "\x1f1", "\x1f2"])
    trigger, later = f"event:{event['type']}", 0
    if rng.random() < 0.2:  # of a moment on the event, if one fires
        trigger = rng.choice(["found", "busy", "keen"])
    elif rng.random() < 0.2:  # of a timer that the event sets, if it is not called off
        trigger, later = "quiet", 20_000
        place = event["time"] + later, "silence", rng.choice(["", "", "\x1f0"])
    named = decision_id("tiny", f"u:{event['user_id']}", trigger, place)
    action = rng.choice(["ask"] * 8 + ["tell", "nudge", "gone"])
    forms = {"ask": ["ask", "ask", "call", None], "tell": ["letter", None, "tell"]}
    said = {
        "decision_id": rng.choice([named] * 18 + [None, "x"]),
        "action": action,
        "treatment": rng.choice(forms.get(action, [None])),
    }
    return {
        **{name: text for name, text in said.items() if text is not None},
        "id": f"o{rng.randrange(10**6)}",
        "time": max(event["time"], now["time"]) + later + rng.choice([0, 0, 0, 500, 3000, 12_000]),
        "type": rng.choice(["impression", "impression", "clicked", "converted", "rejected"]),
        "user_id": event["user_id"] if rng.random() < 0.95 else "d",
    }


def _lines(rng: random.Random, events: int) -> list[bytes]:
    now, told = START, []
    for number in range(events):
        now += rng.choice([0, 0, 500, 1000, 3000, 5000, 5001, 30_000])
        event: dict[str, Any] = {
            "id": f"e{number}",
            "time": now - rng.choice([0, 0, 0, 0, 1000, 5000, 20_000, 60_000]),
            "type": rng.choice(KINDS),
            "user_id": rng.choice("abcd"),
            "price": rng.choice([0, 5, 19.99]),
        }
        if rng.random() < 0.2:
            del event["id"]
        told.append(json.dumps(event).encode())
        if rng.random() < 0.15:
            told.append(json.dumps({**event, "price": rng.choice([event["price"], 1])}).encode())
        if rng.random() < 0.05:
            told.append(b'{"broken')
        if number % 4 == 0:
            told.append(_report(event, number))
    return told


def _report(event: dict[str, Any], number: int) -> bytes:
    """Return what is told of the decision on an event, if it had one."""
    place = event["time"], "tiny", event.get("id", "")
    about = decision_id("tiny", f"u:{event['user_id']}", f"event:{event['type']}", place)
    kind = ("delivered", "failed", "impression")[number % 3]
    later = {"id": f"r{number}", "time": event["time"] + 700, "type": kind}
    return json.dumps({**event, **later, "decision_id": about}).encode()


def _cut(rng: random.Random, lines: list[bytes]) -> list[list[bytes]]:
    batches, at = [], 0
    while at < len(lines):
        size = rng.choice([1, 2, 7, 30])
        batches.append(lines[at : at + size])
        at += size
    return batches
