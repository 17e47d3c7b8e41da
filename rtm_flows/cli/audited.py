"""The configurations that an audit judges by: of files that are named, and of a recovery folder.

A run that went on under other configurations is judged by each in its turn: every decision names
the digest of its own.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.audit.upgraded import Upgraded
from rtm_flows.cli.runs import Run
from rtm_flows.config import load
from rtm_flows.connectors.recovery_folder import known_owner
from rtm_flows.errors import ConfigError, InputError


class _Named(msgspec.Struct, frozen=True, gc=False):
    config: str = ""


def known_of(parsed: argparse.Namespace, run: Run) -> Known | Upgraded | None:
    """Return what is known of a run; None where no configuration is given."""
    paths: list[str] = parsed.config or []
    if not paths and parsed.recovery is None:
        return None
    first, last = _digests(run)
    try:
        if len(paths) == 1 and parsed.recovery is None and len(first) < 2:
            return Known(_of_file(paths[0]))
        given = {} if parsed.recovery is None else _of_folder(Path(parsed.recovery))
        given |= {load(path).digest: _of_file(path) for path in paths}
        return Upgraded(given, first, last)
    except ValueError as error:
        msg = f"--config: {error}"
        raise ConfigError(msg) from None


def _digests(run: Run) -> tuple[list[str], list[str]]:
    """Return the digests that decisions name: by where each stands first, and by where last."""
    first: dict[str, None] = {}
    last: dict[str, None] = {}
    decode = msgspec.json.Decoder(_Named).decode
    with run.reading("decisions") as opened:
        for line in opened.file:
            try:
                digest = decode(line).config
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # told as unreadable, or not yet written to its end
            if digest not in first or digest != next(reversed(last)):
                first.setdefault(digest)
                last.pop(digest, None)
                last[digest] = None
    return list(first), list(last)


def _of_file(path: str) -> Declared:
    try:
        with Path(path).open("rb") as file:
            return msgspec.convert(tomllib.load(file), Declared)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(msg) from None
    except (ValueError, msgspec.ValidationError) as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from None


def _of_folder(recovery: Path) -> dict[str, Declared]:
    """Return the configurations that a recovery folder was run with, by digest."""
    owner = known_owner(recovery)
    held = {one.was: one.config for one in owner.upgrades} | {owner.digest: owner.config}
    lacking = [digest for digest, config in held.items() if config is None]
    if lacking:
        msg = (
            f"{recovery}: does not hold the configuration {lacking[0]}, as an older version wrote "
            "it; name the files with --config instead"
        )
        raise InputError(msg)
    return {digest: _declared(config or {}) for digest, config in held.items()}


def _declared(config: Mapping[str, Any]) -> Declared:
    return msgspec.convert(_without_none(config), Declared)


def _without_none(value: Any) -> Any:
    """Return tables without the keys that a file would have left out."""
    if isinstance(value, Mapping):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list | tuple) else value
