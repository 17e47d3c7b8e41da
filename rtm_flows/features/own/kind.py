"""The definition of a feature written in Python: which class, with which options, which value.

In: a table `[[features]]` of kind `python`. Out: a frozen record. The class itself is loaded when
something is asked of it: in every process anew, by the plain names that stand here.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from rtm_flows.errors import FeatureError
from rtm_flows.features.definition import Definition, Description
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.features.own.loading import check_code, check_plain, load_feature


class Python(Definition, frozen=True, kw_only=True, tag="python"):
    """A value of a feature written in Python.

    Attributes
    ----------
    code
        `module:Class`, importable as `import module` is.
    value
        Which of the values of the class; may be left out if there is one.
    options
        Given to the class as keyword arguments.
    """

    code: str
    value: str | None = None
    options: dict[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a malformed name, and options that are not plain."""
        check_code(self.code)
        check_plain(self.options)

    @property
    def own(self) -> OwnFeature:
        """The feature, made anew.

        Raises
        ------
        FeatureError
            If it cannot be had, or what it declares does not fit the contract.
        """
        return load_feature(self.code, self.options)

    @property
    def described(self) -> Description:
        """What the value is.

        Raises
        ------
        FeatureError
            As `own`, and if the class has no such value.
        """
        own = self.own
        return own.values[self.value_of(own)]

    def value_of(self, own: OwnFeature) -> str:
        """Return the name of the value that is meant.

        Raises
        ------
        FeatureError
            If the class has no such value, or several and none is named.
        """
        known = ", ".join(own.values)
        if self.value is None and len(own.values) == 1:
            return next(iter(own.values))
        if self.value is None:
            msg = f"{self.code} has several values; name one of them as `value`: {known}"
            raise FeatureError(msg)
        if self.value not in own.values:
            msg = f"{self.code} has no value {self.value!r}; it has: {known}"
            raise FeatureError(msg)
        return self.value

    @property
    def contract(self) -> str:
        """The code's version, and all that it declares of its state and of what it looks at."""
        own = self.own
        declared = {
            "values": sorted(own.values),
            "types": own.types,
            "text": own.text,
            "fields": [[*one[:3], float(one.first)] for one in own.fields],
            "maps": [list(one) for one in own.maps],
        }
        said = [f"{name} {msgspec.json.encode(one).decode()}" for name, one in declared.items()]
        return f"{self.code} version {own.version}: {', '.join(said)}"

    @property
    def summary(self) -> str:
        """The code with its version, and how large its state is."""
        own = self.own
        size = sum(np.dtype(f.dtype).itemsize * math.prod(f.tail) for f in own.fields)
        maps = " and maps" if own.maps else ""
        return f"{self.code} version {own.version} (state: {size} bytes a person{maps})"
