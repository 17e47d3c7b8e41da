"""Where a run tells how it is doing: the keys under `[operating]` as typed records.

In: values that are of the right types. Out: records of them. None of them is part of an answer.
"""

from __future__ import annotations

from rtm_flows.config.input_rule import Section
from rtm_flows.errors import refuse
from rtm_flows.times import parse_duration


class Operating(Section, frozen=True, kw_only=True):
    """Where a run tells how it is doing, over HTTP: /metrics, /healthz, /readyz.

    Attributes
    ----------
    host
        Address to listen on; there is no log-in, so `0.0.0.0` is for networks that are closed.
    port
        Port to listen on, 0 for any that is free; left out, nothing is served.
    stuck
        ISO 8601 duration after which a loop that does not turn is no longer healthy, and a
        watermark that does not move while records wait no longer ready.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    stuck: str = "PT2M"


def check_operating(rule: Operating) -> None:
    """Refuse an address that cannot be one, or no time at all.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key.
    """
    if not rule.host:
        refuse("operating.host", "is empty; 127.0.0.1 is this machine alone")
    if rule.port is not None and not 0 <= rule.port <= 65535:
        refuse("operating.port", f"must be from 0 to 65535; got {rule.port}")
    try:
        stuck = parse_duration(rule.stuck)
    except ValueError as error:
        refuse("operating.stuck", str(error))
    if not stuck:
        refuse("operating.stuck", f"must be longer than nothing; got {rule.stuck!r}")
