"""Every exception the package raises on purpose, split by what the reader does next.

::

    RtmError
    ├── ConfigError     change the configuration: names file and key
    ├── FeatureError    mend a feature written in Python: names its code
    ├── ModelError      mend a model written in Python: names its code
    ├── InputError      look at the input: names file and place
    ├── BrokerError     look at the broker: names topic and what was asked of it
    ├── ProfileError    make the profile anew: it is another job's, or damaged
    ├── SurgeError      look at what is decided: more is to go out than the breaker lets out
    ├── RecoveryError   look at the recovery folder: it does not fit, or it is damaged
    └── OutputError     look at the output folder: it is in use, not empty, or not writable

What is wrong with a configuration is said in one way: `refuse` puts the key in front, `nearest`
suggests the name that was meant. A failing *record* never raises out of the job: it becomes a dead
letter. Plain `ValueError` and `TypeError` mean a programming mistake.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn


class RtmError(Exception):
    """Any error of this package; catch it to print one sentence and stop."""


class ConfigError(RtmError):
    """The configuration is wrong; the message names the file and the key."""


class FeatureError(RtmError):
    """A feature written in Python cannot be had, or breaks its contract; docs/own-features.md."""


class ModelError(RtmError):
    """A model written in Python cannot be had, or breaks its contract; docs/own-models.md."""


class InputError(RtmError):
    """An input cannot be read at all; the message names the file."""


class RecoveryError(RtmError):
    """The recovery folder belongs to another job, or is damaged."""


class BrokerError(RtmError):
    """The broker cannot be reached, or does not hold what the job needs; names what and why."""


class SurgeError(RtmError):
    """More deliveries were to go out in a minute than `[kafka.written.breaker]` allows."""


class ProfileError(RtmError):
    """A profile of a person belongs to another job or format, or is damaged."""


class OutputError(RtmError):
    """The output folder is in use, not empty, or cannot be written."""


def refuse(place: str, text: str, cause: Exception | None = None) -> NoReturn:
    """Refuse what stands at a place.

    Raises
    ------
    ConfigError
        Always.
    """
    msg = f"{place}: {text}"
    raise ConfigError(msg) from cause


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to put behind a complaint of a name.

    Examples
    --------
    >>> nearest("emial", ["email", "push"])
    "; did you mean 'email'?"
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else "; none is declared"
