"""The configuration, as far as an audit asks for it.

In: the tables of a TOML file. Out: typed records of what they say, with the defaults of the page.
They are written anew, and read nothing that the job reads its configuration with; what is not
looked at is passed over.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple, Protocol

import msgspec

from rtm_flows.audit.record import Key

Names = tuple[str, ...] | str
CALENDAR = {"calendar_day": 3, "calendar_week": 9, "calendar_month": 33}
"""Periods of a calendar, and how many days none of them ever has."""
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_DAY = 86_400_000


class Delivered(Protocol):
    """What a scope looks at."""

    @property
    def name(self) -> str:
        """Of the action."""

    @property
    def issue(self) -> str:
        """The business issue."""

    @property
    def group(self) -> str:
        """The group within the issue."""

    @property
    def channel(self) -> str | None:
        """Where it is delivered."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Of which actions something is said."""

    channels: Names = ()
    issues: Names = ()
    groups: Names = ()
    actions: Names = ()
    except_issues: Names = ()
    except_actions: Names = ()

    def means(self, what: Delivered) -> bool:
        """Tell whether it is said of an action as it is delivered."""
        named = (
            (self.channels, what.channel),
            (self.issues, what.issue),
            (self.groups, what.group),
            (self.actions, what.name),
        )
        exempt = what.issue in listed(self.except_issues)
        exempt |= what.name in listed(self.except_actions)
        return not exempt and all(not names or one in listed(names) for names, one in named)


class Rule(Scope, frozen=True, kw_only=True):
    """One table of `[[limits]]`."""

    name: str
    most: int = 1
    per: str = ""
    interval: str = ""

    def __post_init__(self) -> None:
        """Refuse a window that nothing can be counted in."""
        if self.window not in CALENDAR and not duration(self.window):
            msg = f"the limit {self.name!r} has no window; got {self.window!r}"
            raise ValueError(msg)

    @property
    def window(self) -> str:
        """A duration, or a period of a calendar."""
        return self.interval or self.per

    @property
    def reach(self) -> int:
        """How many milliseconds it may look back at."""
        days = CALENDAR.get(self.window)
        return duration(self.window) or 0 if days is None else days * _DAY


class Pause(Scope, frozen=True, kw_only=True):
    """One table of `[[pauses]]`."""

    name: str
    by: str = "action"
    after: int
    within: str
    lasts: str


class Arm(Scope, frozen=True, kw_only=True):
    """One arm of an experiment."""

    name: str
    share: float
    policy: str = "full"


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """One table of `[[experiments]]`."""

    name: str
    arms: tuple[Arm, ...]
    salt: str = ""


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[contacts]`."""

    zone: str = "UTC"
    reports: bool = False
    settled: tuple[str, ...] = ("delivered", "email_delivered", "impression")
    released: tuple[str, ...] = ("failed", "email_bounced")


class Responses(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[responses]`."""

    shown: tuple[str, ...] = ("impression",)
    positive: tuple[str, ...] = ("clicked", "accepted", "converted")


class Suppressions(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[suppressions]`; a span may be empty."""

    live_cart: str = "PT30M"
    open_case: bool = True
    order_delayed: bool = True
    bought: str = "P30D"
    removed: str = "P7D"
    ignored: int = 3
    delivery: str = "P3D"
    marketing: tuple[str, ...] = ("acquire", "grow", "nurture")


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[delivery]`."""

    supersede: str = "none"


class Exploration(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[exploration]`."""

    kind: str = "none"
    share: float = 0.02
    least: float = 0.0
    temperature: float = 0.1
    salt: str = ""


class Treatment(msgspec.Struct, frozen=True, kw_only=True):
    """One table of `[[actions.treatments]]`."""

    name: str
    channel: str = "onsite"
    placement: str | None = None
    cost: float | None = None
    wait: str | None = None
    expires_after: str | None = None


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One table of `[[actions]]`."""

    name: str
    issue: str = "grow"
    group: str = ""
    channel: str = "onsite"
    treatment: str = ""
    treatments: tuple[Treatment, ...] = ()
    about: str = ""
    propensity: str | float = "score"
    prior_weight: float = 20.0
    value: float = 1.0
    levers: float = 1.0
    cost: float = 0.0
    wait: str = "PT0S"
    expires_after: str = "PT30M"


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[input]`."""

    format: str = "canonical"
    file_format: str | None = None
    mapping: dict[str, object] | None = None
    source: str | None = None
    sort: bool = True


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[time]`."""

    order: str | None = None
    ahead: str = "PT1H"


class Dedup(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[dedup]`."""

    window: str = "P1D"


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[people]`."""

    inactive: str = ""
    most_per_lane: int | None = None

    @property
    def after(self) -> float:
        """Milliseconds of silence after which a person is forgotten; infinity for never."""
        return (duration(self.inactive) or math.inf) if self.inactive else math.inf


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One table of `[[triggers.moments]]`."""

    name: str
    kind: str
    after: str = ""
    within: str = ""
    quantile: float | None = None
    types: Names = ()
    then: Names = ()
    after_types: Names = ()


class Triggers(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[triggers]`."""

    types: Names = ("*",)
    moments: tuple[Moment, ...] = ()


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """The table `[sessions]`."""

    gap: str = "PT30M"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A whole configuration; `actions` is None where the default ones are decided on."""

    name: str = ""
    floor: float = 0.0
    actions: tuple[Action, ...] | None = None
    exploration: Exploration = Exploration()
    limits: tuple[Rule, ...] = ()
    pauses: tuple[Pause, ...] = ()
    responses: Responses | None = None
    suppressions: Suppressions | None = None
    accessories: dict[str, tuple[str, ...]] = {}
    contacts: Contacts = Contacts()
    delivery: Delivery = Delivery()
    experiments: tuple[Experiment, ...] = ()
    input: Input = Input()
    kafka: dict[str, object] | None = None
    time: Time = Time()
    dedup: Dedup = Dedup()
    people: Leaving = Leaving()
    triggers: Triggers = Triggers()
    sessions: Sessions = Sessions()

    @property
    def in_event_order(self) -> bool:
        """Whether a person's events are decided on in the order of their times."""
        order = self.time.order or ("event" if self.kafka is None else "log")
        return order == "event" or self.input.sort


class Offer(NamedTuple):
    """An action in one of its treatments."""

    name: str
    treatment: str
    issue: str
    group: str
    channel: str
    placement: str | None
    cost: float
    wait: int
    """In milliseconds, as the next one."""
    lifetime: int
    action: Action


def offers_of(actions: tuple[Action, ...]) -> dict[Key, Offer]:
    """Return the offers of a catalogue under their names, as they are declared."""
    return {
        (action.name, form.name): Offer(
            name=action.name,
            treatment=form.name,
            issue=action.issue,
            group=action.group or action.name,
            channel=form.channel,
            placement=form.placement,
            cost=action.cost if form.cost is None else form.cost,
            wait=duration(form.wait or action.wait) or 0,
            lifetime=duration(form.expires_after or action.expires_after) or 0,
            action=action,
        )
        for action in actions
        for form in action.treatments
        or (Treatment(name=action.treatment or action.name, channel=action.channel),)
    }


@lru_cache(maxsize=4096)
def duration(text: str) -> int | None:
    """Return the milliseconds of an ISO 8601 duration; None if it is none.

    Examples
    --------
    >>> duration("P1DT0.5S"), duration("calendar_day")
    (86400500, None)
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return round(1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days))))


def listed(names: Names) -> tuple[str, ...]:
    """Return names of which one may stand alone."""
    return (names,) if isinstance(names, str) else names
