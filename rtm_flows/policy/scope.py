"""Scopes: the actions that a limit or an arm speaks of.

In: the keys that name channels, issues, groups and actions, and the catalogue's actions. Out: which
of them are meant, or an error that names the key. It refuses to know what is said of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from rtm_flows.errors import nearest, refuse

Names = tuple[str, ...] | str
"""Names; one alone may stand without a list."""


class Deliverable(Protocol):
    """What is asked of an action: its names. The catalogue's actions are of this shape."""

    @property
    def name(self) -> str:
        """Unique in the catalogue."""

    @property
    def channel(self) -> str:
        """Where a person is reached by it."""

    @property
    def issue(self) -> str:
        """The business issue."""

    @property
    def group(self) -> str:
        """The group within the issue; empty where it is the name."""


_KINDS = {
    "channels": "channel",
    "issues": "issue",
    "groups": "group",
    "actions": "action",
    "except_issues": "issue",
    "except_actions": "action",
}
"""The keys of a scope, and what they name."""


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which actions are meant.

    Attributes
    ----------
    channels, issues, groups, actions
        An action is meant if it is named by each of these keys that is given; where none is,
        all are.
    except_issues, except_actions
        Exempt: not meant, whatever the keys above say. A receipt is no advertisement.

    Examples
    --------
    >>> Scope(channels="email", except_actions=["receipt"]).channels
    ('email',)
    """

    channels: Names = ()
    issues: Names = ()
    groups: Names = ()
    actions: Names = ()
    except_issues: Names = ()
    except_actions: Names = ()

    def __post_init__(self) -> None:
        """Put a name that stands alone into a list: the two mean the same."""
        for key in _KINDS:
            msgspec.structs.force_setattr(self, key, _listed(getattr(self, key)))

    @property
    def everything(self) -> bool:
        """Whether no key is given, so that every action is meant."""
        return not any(getattr(self, key) for key in _KINDS)

    def means(self, action: Deliverable) -> bool:
        """Tell whether an action is meant."""
        named = all(
            not getattr(self, key) or _name(kind, action) in getattr(self, key)
            for key, kind in _KINDS.items()
            if not key.startswith("except_")
        )
        exempt = action.issue in self.except_issues or action.name in self.except_actions
        return named and not exempt


def meant(scope: Scope, actions: Sequence[Deliverable], place: str) -> tuple[bool, ...]:
    """Return of each action whether it is meant.

    Parameters
    ----------
    scope
        Whose keys are looked at.
    actions
        The catalogue.
    place
        Where the scope stands, like `limits[2]`.

    Raises
    ------
    ConfigError
        If a name is none of the catalogue's, or no action is meant. An issue that no action has
        is such a name too.
    """
    for key, kind in _KINDS.items():
        known = sorted({_name(kind, action) for action in actions})
        for at, name in enumerate(getattr(scope, key)):
            if name not in known:
                text = f"no action has the {kind} {name!r}"
                refuse(f"{place}.{key}[{at}]", text + nearest(name, known))
    found = tuple(scope.means(action) for action in actions)
    if not any(found):
        refuse(place, "no action of the catalogue is meant: its keys rule out one another")
    return found


def _name(kind: str, action: Deliverable) -> str:
    if kind == "group":
        return action.group or action.name
    return {"channel": action.channel, "issue": action.issue, "action": action.name}[kind]


def _listed(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
