"""The job's configuration: TOML read into typed records, with every key checked.

In: a TOML file or a mapping of the same shape. Out: a `Job`. Unknown keys are refused, durations
are ISO 8601, and a mistake is answered with the file, the key and what was wanted. Secrets are
never read from here.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.defaults import ACTIONS
from rtm_flows.decisions.lint import check_actions
from rtm_flows.errors import ConfigError
from rtm_flows.events.mapping import Mapping
from rtm_flows.features.definitions import DEFAULT, Feature, text_fields
from rtm_flows.models.spec import Intent
from rtm_flows.times import parse_duration

MAX_LANES = 256


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration."""


class Csv(_Section, frozen=True, kw_only=True):
    """How a CSV file is written."""

    delimiter: str = ","
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"


class Input(_Section, frozen=True, kw_only=True):
    """Where events come from and what their columns mean."""

    kind: Literal["files"] = "files"
    paths: tuple[str, ...] = ()
    file_format: Literal["jsonl", "csv"] | None = None
    format: Literal["canonical", "mapping"] = "canonical"
    mapping: Mapping | None = None
    csv: Csv = Csv()
    source: str | None = None
    sort: bool = True
    stripes: int = 4
    block_bytes: int = 1 << 20
    max_record_bytes: int = 1 << 20


class Time(_Section, frozen=True, kw_only=True):
    """Order, lateness and ticks."""

    order: Literal["event", "log"] = "event"
    lateness: str = "PT1M"
    tick: str = "PT1M"
    lag: int | None = None
    ahead: str = "PT1H"


class SessionRule(_Section, frozen=True, kw_only=True):
    """When a session ends."""

    gap: str = "PT30M"


class Dedup(_Section, frozen=True, kw_only=True):
    """How long an id is remembered; `PT0S` switches de-duplication off."""

    window: str = "P1D"


class Models(_Section, frozen=True, kw_only=True):
    """The models."""

    intent: Intent = Intent()


class Triggers(_Section, frozen=True, kw_only=True):
    """The events that call for a decision."""

    types: tuple[str, ...] = ("*",)


class DecisionLog(_Section, frozen=True, kw_only=True):
    """The decision output; `fields` makes flat records of just these fields."""

    fields: tuple[str, ...] | None = None


class Outputs(_Section, frozen=True, kw_only=True):
    """What is written."""

    decisions: DecisionLog = DecisionLog()
    scores: bool = True
    sessions: bool = True


class Job(_Section, frozen=True, kw_only=True):
    """A whole job.

    Examples
    --------
    >>> job = load({"name": "shop", "time": {"lateness": "PT5M"}})
    >>> job.time.lateness, job.lanes
    ('PT5M', 128)
    """

    name: str
    lanes: int = 128
    floor: float = 0.0
    input: Input = Input()
    time: Time = Time()
    sessions: SessionRule = SessionRule()
    dedup: Dedup = Dedup()
    models: Models = Models()
    triggers: Triggers = Triggers()
    features: tuple[Feature, ...] = DEFAULT
    actions: tuple[Action, ...] = ACTIONS
    outputs: Outputs = Outputs()

    @property
    def lag(self) -> int:
        """Ticks between learning and serving."""
        if self.time.lag is not None:
            return self.time.lag
        lateness, tick = parse_duration(self.time.lateness), parse_duration(self.time.tick)
        return 2 + (-(-lateness // tick) if self.time.order == "log" else 0)

    @property
    def source(self) -> str:
        """Source of events that name none."""
        return self.input.source or self.name

    @property
    def text(self) -> tuple[str, ...]:
        """Text fields of events that the job looks at."""
        return text_fields(self.features)

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change with anything that can change an answer."""
        plain = Input()
        settled = with_input(self, ())
        rule = msgspec.structs.replace(settled.input, block_bytes=plain.block_bytes)
        settled = msgspec.structs.replace(settled, input=rule)
        # Once through JSON, so that 2 and 2.0 for the same number are the same.
        plain_job = msgspec.json.decode(msgspec.json.encode(settled), type=Job)
        text = msgspec.json.encode(plain_job, order="sorted")
        return hashlib.blake2b(text, digest_size=8).hexdigest()


def load(source: str | Path | AnyMapping[str, Any]) -> Job:
    """Read a job from a TOML file, or from a mapping of the same shape.

    Paths of inputs in a file are relative to that file.

    Raises
    ------
    ConfigError
        Naming the file, the key and the remedy.
    """
    if isinstance(source, AnyMapping):
        return _convert(dict(source), "configuration")
    path = Path(source)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{path}: no such file; `rtm run` wants the job's TOML file first"
        raise ConfigError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise ConfigError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not valid TOML: {error}"
        raise ConfigError(msg) from None
    tree.setdefault("name", path.stem)
    job = _convert(tree, str(path))
    return with_input(job, tuple(str(path.parent / p) for p in job.input.paths))


def with_input(job: Job, paths: tuple[str, ...]) -> Job:
    """Return the job reading other files."""
    return msgspec.structs.replace(job, input=msgspec.structs.replace(job.input, paths=paths))


def _convert(tree: dict[str, Any], where: str) -> Job:
    try:
        job = msgspec.convert(tree, Job)
        _check(job)
    except msgspec.ValidationError as error:
        msg = f"{where}: {_explained(str(error))}"
        raise ConfigError(msg) from None
    except (ValueError, ConfigError) as error:
        msg = f"{where}: {error}"
        raise ConfigError(msg) from None
    return job


def _check(job: Job) -> None:
    _check_time(job)
    if not 1 <= job.lanes <= MAX_LANES:
        msg = f"lanes: wants 1 to {MAX_LANES}; got {job.lanes}"
        raise ValueError(msg)
    if not 1 <= job.input.stripes <= 64:
        msg = f"input.stripes: wants 1 to 64; got {job.input.stripes}"
        raise ValueError(msg)
    if (job.input.format == "mapping") != (job.input.mapping is not None):
        msg = 'input: format = "mapping" and the table [input.mapping] go together; one is missing'
        raise ValueError(msg)
    if not job.features:
        msg = "features: at least one is needed; leave the key out for the default set"
        raise ValueError(msg)
    names = [feature.name for feature in job.features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"features: every name must be used once; used again: {', '.join(twice)}"
        raise ValueError(msg)
    check_actions(job.actions, names)


def _check_time(job: Job) -> None:
    spans = {
        "time.lateness": (job.time.lateness, 0),
        "time.tick": (job.time.tick, 1),
        "time.ahead": (job.time.ahead, 0),
        "sessions.gap": (job.sessions.gap, 1),
        "dedup.window": (job.dedup.window, 0),
    }
    for key, (text, least) in spans.items():
        try:
            span = parse_duration(text)
        except ValueError as error:
            msg = f"{key}: {error}"
            raise ValueError(msg) from None
        if span < least:
            msg = f"{key}: must be longer than zero; got {text}"
            raise ValueError(msg)
    if job.time.lag is not None and job.time.lag < 2:
        msg = f"time.lag: at least 2 ticks, so that every worker can have heard; got {job.time.lag}"
        raise ValueError(msg)


def _explained(text: str) -> str:
    """Add the nearest known key to msgspec's complaint about an unknown one."""
    found = re.match(
        r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `\$\.?(?P<at>[^`]*)`)?", text
    )
    if found is None:
        wrong = re.match(
            r"Invalid value '(?P<kind>[^']*)' - at `\$\.(?P<at>features\[.*\.kind)`", text
        )
        if wrong is not None:
            kinds = sorted({str(kind.__struct_config__.tag) for kind in get_args(Feature)})
            return f"{wrong['at']}: must be one of {', '.join(kinds)}; got {wrong['kind']!r}"
        return re.sub(r" - at `\$\.?([^`]*)`", r" (at \1)", text)
    at = found["at"] or ""
    near = difflib.get_close_matches(found["key"], _known_keys(), n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"unknown key `{f'{at}.' if at else ''}{found['key']}`{hint}"


def _known_keys() -> list[str]:
    sections = (
        Job,
        Input,
        Csv,
        Mapping,
        Time,
        SessionRule,
        Dedup,
        Models,
        Intent,
        Triggers,
        Outputs,
    )
    keys = {key for section in sections for key in section.__struct_fields__}
    keys |= {key for feature in DEFAULT for key in feature.__struct_fields__}
    return sorted(keys | set(Action.__struct_fields__))
