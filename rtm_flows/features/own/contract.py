"""The contract of a feature written in Python: what it declares, and the one function it has.

In: nothing. Out: the class that such features are made from. docs/own-features.md tells what may
and may not be done in one; `rtm_flows.testing.check_feature` finds out whether one keeps to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from rtm_flows.columns import Column
from rtm_flows.features.definition import Description
from rtm_flows.features.part import KeysOf, Pass
from rtm_flows.people.maps import MapField
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types


class OwnFeature(ABC):
    """A feature of one's own: the built-in kinds are computed by this same contract.

    What the job knows of it are these attributes, of the class or set by `__init__`, which is given
    the `options` of the configuration as keyword arguments. It is made anew by every process.

    Attributes
    ----------
    version
        Whoever changes what is computed raises it: a whole number from 1. It is part of the
        configuration's digest, so state of another version is not resumed.
    values
        The values that the feature can have, by name, with unit, range and meaning.
    types
        The sets of event types that it wants masks of: `("*",)` is all, `("!", "a")` all but a.
    fields
        Its state columns: name, numpy type, shape of one person's value, first value.
    maps
        Its state maps: of every person some numbers by integer key. How many is its own business.
    text
        The text fields of events that it looks at.
    """

    version: int
    values: Mapping[str, Description]
    types: Sequence[Types] = ()
    fields: Sequence[Field] = ()
    maps: Sequence[MapField] = ()
    text: Sequence[str] = ()

    @abstractmethod
    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return its values at every row of a pass, and store its state.

        Parameters
        ----------
        of
            The pass. `of.rows` are the rows, each person's side by side in the order in which they
            happened; `of.events` their columns `type`, `price`, `quantity`, `amount` (money in
            minor units) and the fields of `text`; `of.masks` one mask for each of `types`;
            `of.sessions` the session of each row; `of.people` the declared state, by slot.
        keys
            `keys("coupon", mask)` gives integer keys of a text field in the rows of a mask, for
            maps; the others have key 0, as has a missing text.

        Returns
        -------
        Mapping
            For every name in `values` one number a row: finite and below 1e300 in size. They are
            rounded to 6 decimals.
        """
