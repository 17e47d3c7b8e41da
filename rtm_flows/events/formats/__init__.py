"""Formats: mappings for records that others have agreed on.

In: the name of a format, and what a job maps otherwise. Out: a `Mapping`. It knows nothing of
files; a format is configuration that need not be written.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rtm_flows.events.formats.cloudevents import CLOUDEVENTS
from rtm_flows.events.formats.ga4 import GA4
from rtm_flows.events.formats.segment import SEGMENT
from rtm_flows.events.formats.snowplow import SNOWPLOW, SNOWPLOW_COLUMNS
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.types import EVENT_TYPES

__all__ = ["FORMATS", "columns_of", "mapping_of"]

FORMATS: Final[dict[str, Mapping]] = {
    "canonical": CANONICAL,
    "cloudevents": CLOUDEVENTS,
    "ga4": GA4,
    "mapping": Mapping(),
    "rudderstack": SEGMENT,
    "segment": SEGMENT,
    "snowplow": SNOWPLOW,
}
"""Format -> its mapping; of `mapping` itself all is the job's own."""


def mapping_of(name: str, own: Mapping | None = None) -> Mapping:
    """Return the mapping of a format, with what a job maps otherwise.

    Keys that the job sets take the place of the format's; its `types` and `constants` are added to
    those of the format, its `type_rules` are tried before them, and what it gives a type is no
    longer ignored.

    Examples
    --------
    >>> mapping_of("ga4", Mapping(types={"quiz": "custom.quiz"}, item_id="sku")).item_id
    'sku'
    """
    base = FORMATS[name]
    if own is None:
        return base
    changes: dict[str, Any] = {
        key: value for key, value in msgspec.structs.asdict(own).items() if value != _DEFAULTS[key]
    }
    constants = {**base.constants, **own.constants}
    columns = {key: None for key in own.constants if key not in changes}
    known = base.types or ({name: name for name in EVENT_TYPES} if name == "cloudevents" else {})
    merged = {
        **columns,
        **changes,
        "types": {**known, **own.types} if own.types else base.types,
        "type_rules": [*own.type_rules, *base.type_rules],
        "constants": constants,
    }
    if name != "mapping":
        merged["ignore"] = sorted({*base.ignore, *own.ignore} - set(own.types))
        merged["types"] = {k: v for k, v in merged["types"].items() if k not in own.ignore}
    return msgspec.structs.replace(base, **merged)


def columns_of(name: str, delimiter: str) -> tuple[str, ...]:
    r"""Return the columns of a format's files that have no header; none where they have one.

    Examples
    --------
    >>> len(columns_of("snowplow", "\t")), columns_of("snowplow", ",")
    (131, ())
    """
    return SNOWPLOW_COLUMNS if name == "snowplow" and delimiter == "\t" else ()


_DEFAULTS: Final = msgspec.structs.asdict(Mapping())
