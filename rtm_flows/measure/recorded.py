"""Recorded: what the lines of a run's outputs say, for those who read them again.

In: lines. Out: records of the fields that are asked for; fields that are not known here do no
harm. It refuses, with an error that names the place, a line that is not such a record, and flat
records (`[outputs.decisions] fields`) that lack what is needed.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from rtm_flows.errors import InputError

T = TypeVar("T", bound=msgspec.Struct)


class Trigger(msgspec.Struct, frozen=True, gc=False):
    """What fired."""

    type: str = ""
    event_ids: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What became of one offer; stage and reason are texts to show."""

    name: str
    treatment: str | None = None
    priority: float | None = None
    action_prob: float | None = None
    stage_dropped: str | None = None
    reason: str | None = None


class Model(msgspec.Struct, frozen=True, gc=False):
    """The version that scored."""

    name: str
    version: int
    evidence: int | None = None
    positives: int | None = None


class Text(msgspec.Struct, frozen=True, gc=False):
    """A text in one locale."""

    locale: str
    text: str


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What a feature adds to the logit."""

    feature: str
    contribution: float


class Reason(msgspec.Struct, frozen=True, gc=False):
    """What the customer may be told of why, by locale."""

    code: str
    texts: tuple[Text, ...] = ()


class Contributed(msgspec.Struct, frozen=True, gc=False):
    """What made the score, in units of its logit."""

    logit: float
    base: float
    features: tuple[Contribution, ...]
    rest: float


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `decisions.jsonl`, as far as a page about it needs it."""

    decision_id: str
    decision_time: str
    subject_id: str
    subject_type: str
    trigger: Trigger
    name: str
    priority: float
    candidates: tuple[Candidate, ...]
    score: float
    features: dict[str, float | None]
    issue: str | None = None
    group: str | None = None
    channel: str | None = None
    placement: str | None = None
    treatment: str | None = None
    propensity: float | None = None
    context_weight: float | None = None
    value: float | None = None
    levers: float | None = None
    cost: float | None = None
    action_prob: float | None = None
    model: Model | None = None
    contributions: Contributed | None = None
    reasons: tuple[Reason, ...] = ()
    reason: str | None = None
    texts: tuple[Text, ...] = ()
    items: tuple[str, ...] = ()
    not_before: str | None = None
    expires_at: str | None = None
    supersedes: str | None = None
    config: str | None = None


class RecordedScore(msgspec.Struct, frozen=True, gc=False):
    """A line of `scores.jsonl`."""

    time: str
    subject_id: str
    subject_type: str
    event_id: str
    model: str
    version: int
    score: float


class Reading(Generic[T]):
    """Reads lines of one kind.

    Parameters
    ----------
    kind
        Type of the records; more fields in a line are left out.
    path
        What errors call the file.

    Examples
    --------
    >>> Reading(Reason, "out/decisions.jsonl").of(b'{"code":"below_floor","more":1}', 0)
    Reason(code='below_floor', texts=())
    """

    def __init__(self, kind: type[T], path: str) -> None:
        self._kind, self._path = kind, path
        self._decode = msgspec.json.Decoder(kind).decode

    def of(self, line: bytes, offset: int) -> T:
        """Return what the line says that begins at this byte of the file.

        Raises
        ------
        InputError
            If it is broken, or lacks fields.
        """
        try:
            return self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            msg = f"{self._path}, the line at byte {offset:,}: {self._fault(line, error)}"
            raise InputError(msg) from None

    def _fault(self, line: bytes, error: Exception) -> str:
        try:
            found: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict):
            return f"is no record ({error}); the file was changed or cut: run the job again"
        needed = [f.encode_name for f in msgspec.structs.fields(self._kind) if f.required]
        lacking = [name for name in needed if name not in found]
        if lacking:
            return (
                f"has no {', '.join(lacking)}. These are flat records: take the key `fields` out "
                "of [outputs.decisions] (or add these to it) and run the job again"
            )
        return f"is not a record as a run writes it ({error}); was it made by another version?"


def json_field(name: str, text: str) -> bytes:
    r"""Return the bytes by which a line holds this text in this field.

    Within a text quotes are escaped, so these bytes stand nowhere else in a line but at a field.

    Examples
    --------
    >>> json_field("subject_id", 'a"é')
    b'"subject_id":"a\\"\xc3\xa9"'
    """
    return b'"' + name.encode() + b'":' + msgspec.json.encode(text)
