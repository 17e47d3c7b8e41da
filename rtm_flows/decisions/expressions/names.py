"""The names that a rule may speak of, and what each stands for.

In: the names of a job's features and models. Out: a registry of names with their types. A further
kind of fact (a person's country, say) is one more entry here, and a column under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rtm_flows.errors import ConfigError, nearest
from rtm_flows.events.types import EVENT_TYPES, is_event_type
from rtm_flows.models.spec import NAMES

TYPE = "type"
"""The name of the event's type; of a moment by a timer, which has no event, it is empty."""

TIME = "time"
"""The name of the person's clock, in milliseconds; `start` and `end` of actions look at it."""

TRIGGER = "trigger"
"""The name of what fired: `event:` and the event's type, or the name of a moment."""

_EVENT = "event:"
_FEATURES_ONLY = "a slice looks at features; of a row that is learned from, no more is known"


@dataclass(frozen=True)
class Fact:
    """What a name stands for.

    Attributes
    ----------
    kind
        Whether it is a number or a text.
    least, most
        Bounds of a number that always hold, where there are any.
    is_known
        Of a text, whether it can ever be this one; None if it can be any.
    known
        Texts to suggest where one is not known.
    what
        What a text is.
    """

    kind: Literal["number", "text"]
    least: float = float("-inf")
    most: float = float("inf")
    is_known: Callable[[str], bool] | None = None
    known: tuple[str, ...] = ()
    what: str = "event type"


FEATURE = Fact("number")
SCORE = Fact("number", least=0.0, most=1.0)
EVENT_TYPE = Fact("text", is_known=is_event_type, known=EVENT_TYPES)


@dataclass(frozen=True)
class Names:
    """The registry.

    Attributes
    ----------
    facts
        What each name stands for.
    missing
        Of names that mean something, but not here: why not, or what to do.
    """

    facts: Mapping[str, Fact]
    missing: Mapping[str, str] = field(default_factory=dict)

    def why_unknown(self, name: str) -> str:
        """Return what is wrong with a name that is not in the registry, and the remedy.

        Examples
        --------
        >>> names_of_rows(["views"]).why_unknown("veiws")
        "unknown name 'veiws'; did you mean 'views'?"
        """
        if name in self.missing:
            return f"unknown name {name!r}: {self.missing[name]}"
        if is_event_type(name):
            return f'unknown name {name!r}; a text stands in quotes: "{name}"'
        return f"unknown name {name!r}{nearest(name, self.facts)}"


def triggers(moments: Iterable[str]) -> Fact:
    """Return what a trigger is: an event of some type, or one of a job's moments."""
    known = tuple(moments)

    def is_known(name: str) -> bool:
        return name in known or (name.startswith(_EVENT) and is_event_type(name[len(_EVENT) :]))

    events = (_EVENT + kind for kind in EVENT_TYPES)
    return Fact("text", is_known=is_known, known=(*known, *events), what="trigger")


def names_of_events(
    features: Iterable[str], models: Iterable[str], moments: Iterable[str] = ()
) -> Names:
    """Return what a rule may ask of an event: features, scores, its type, and what fired.

    Raises
    ------
    ConfigError
        If a name is that of a feature and of a model.
    """
    features, models = tuple(features), tuple(models)
    for at, name in enumerate(features):
        if name in models:
            msg = (
                f"features[{at}].name: {name!r} is the name of a model too, and a rule could not"
                " say which of the two it means; rename the feature"
            )
            raise ConfigError(msg)
    facts = {
        **dict.fromkeys(features, FEATURE),
        **dict.fromkeys(models, SCORE),
        TYPE: EVENT_TYPE,
        TRIGGER: triggers(moments),
    }
    absent = [name for name in NAMES if name not in facts]
    return Names(facts, {name: f"declare the model, [models.{name}]" for name in absent})


def names_of_rows(features: Iterable[str]) -> Names:
    """Return what a rule may ask of a row that is learned from: its features."""
    facts = dict.fromkeys(features, FEATURE)
    elsewhere = [name for name in (*NAMES, TYPE, TRIGGER) if name not in facts]
    return Names(facts, dict.fromkeys(elsewhere, _FEATURES_ONLY))
