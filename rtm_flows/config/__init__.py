"""The job's configuration: TOML read into typed records, with every key checked.

In: a TOML file or a mapping of the same shape. Out: a `Job`. Unknown keys are refused, durations
are ISO 8601, and a mistake is answered with the file, the key and what was wanted. Secrets are
never read from here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from rtm_flows.config.checks import MAX_LANES, check
from rtm_flows.config.complaints import explained
from rtm_flows.config.input_rule import STANDARD_INPUT
from rtm_flows.config.job import Job, with_input
from rtm_flows.config.old_conditions import refuse_conditions
from rtm_flows.config.reconfigured import reconfigured
from rtm_flows.errors import ConfigError

__all__ = ["MAX_LANES", "STANDARD_INPUT", "Job", "load", "reconfigured", "with_input"]


def load(source: str | Path | Mapping[str, Any]) -> Job:
    """Read a job from a TOML file, or from a mapping of the same shape.

    Paths of inputs in a file are relative to that file; `-` is standard input.

    Raises
    ------
    ConfigError
        Naming the file, the key and the remedy.
    """
    if isinstance(source, Mapping):
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
    paths = tuple(_beside(path, other) for other in job.input.paths)
    return msgspec.structs.replace(job, input=msgspec.structs.replace(job.input, paths=paths))


def _beside(path: Path, other: str) -> str:
    return other if other == STANDARD_INPUT else str(path.parent / other)


def _convert(tree: dict[str, Any], where: str) -> Job:
    try:
        refuse_conditions(tree)
        job = msgspec.convert(tree, Job)
        check(job)
    except msgspec.ValidationError as error:
        msg = f"{where}: {explained(str(error))}"
        raise ConfigError(msg) from None
    except (ValueError, ConfigError) as error:
        msg = f"{where}: {error}"
        raise ConfigError(msg) from None
    return job
