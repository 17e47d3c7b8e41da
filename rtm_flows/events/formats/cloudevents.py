"""CloudEvents 1.0, structured JSON: the envelope says what and when, `data` carries our fields.

Who is meant is told in `data`; where nobody is, `subject` counts as the anonymous id.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.events.mapping import Mapping

_ENVELOPE: Final[dict[str, Any]] = {
    "id": "id",
    "source": "source",
    "type": "type",
    "time": {"first_of": ["time", "data.time"]},
    "anonymous_id": {"first_of": ["data.anonymous_id", "subject"]},
}

CLOUDEVENTS: Final = msgspec.convert(
    {**{name: f"data.{name}" for name in FIELD_NAMES}, **_ENVELOPE, "unmapped": "custom"}, Mapping
)
"""CloudEvents with data in the canonical format."""
