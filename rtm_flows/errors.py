"""Every exception the package raises on purpose, split by what the reader does next.

::

    RtmError
    ├── ConfigError     change the configuration: names file and key
    ├── FeatureError    mend a feature written in Python: names its code
    ├── ModelError      mend a model written in Python: names its code
    ├── InputError      look at the input: names file and place
    ├── RecoveryError   look at the recovery folder: it does not fit, or it is damaged
    └── OutputError     look at the output folder: it is in use, not empty, or not writable

A failing *record* never raises out of the job: it becomes a dead letter. Plain `ValueError` and
`TypeError` mean a programming mistake.
"""

from __future__ import annotations


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


class OutputError(RtmError):
    """The output folder is in use, not empty, or cannot be written."""
