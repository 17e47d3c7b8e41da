"""A profile: what is known of one person, to be kept wherever one likes.

In: the state of a person in the core, or the bytes of a profile. Out: the same, as one small value
that nothing changes. Nothing in its bytes is ever executed. It refuses to know what the state
means.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from rtm_flows.errors import ProfileError, RecoveryError
from rtm_flows.lanes.alone import PersonState
from rtm_flows.lanes.progress import START
from rtm_flows.lanes.store import FORMAT
from rtm_flows.models.sealed import seal, unseal

_KIND = "profile"


class _Saved(msgspec.Struct, array_like=True):
    format: int
    digest: str
    person: str
    reach: int
    know: bytes
    decide: bytes


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one person, and the versions of the models that hold for them next.

    Profiles come from `rtm_flows.profiles`, and from decisions (`Decided.profile`).

    Attributes
    ----------
    person
        The person's key: the user id behind `u:`, or the anonymous id behind `a:`.
    digest
        Digest of the job that it belongs to.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> from rtm_flows.serve.profiles import profiles
    >>> ann = profiles(load({"name": "shop"}), [])["ann"]
    >>> ann.person, ann.time
    ('u:ann', None)
    >>> Profile.from_bytes(ann.to_bytes()) == ann
    True
    """

    person: str
    digest: str
    reach: int = field(repr=False)
    state: PersonState = field(repr=False)

    @property
    def time(self) -> int | None:
        """How far time has come (ms): no event before this can be decided on; None for any."""
        return None if self.reach == START else self.reach

    def to_bytes(self) -> bytes:
        """Return the profile as bytes, with a number of their format and a checksum."""
        saved = _Saved(FORMAT, self.digest, self.person, self.reach, *self.state)
        return seal(_KIND, saved)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Read back what `to_bytes` wrote, by this version of the package.

        Raises
        ------
        ProfileError
            If the bytes are damaged, no profile, or of another format.
        """
        try:
            saved = unseal(_KIND, data, _Saved)
        except RecoveryError as error:
            msg = f"these bytes are no sound profile: {error}"
            raise ProfileError(msg) from error
        if saved.format != FORMAT:
            msg = (
                f"this profile has format {saved.format}, and this version reads format {FORMAT}: "
                "make it anew from the history"
            )
            raise ProfileError(msg)
        state = PersonState(saved.know, saved.decide)
        return cls(saved.person, saved.digest, saved.reach, state)
