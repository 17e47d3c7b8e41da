"""Failures: why a step could not go on, kept where the engine may lose it.

In a cluster the engine tells of the connection that broke, not of the error that broke it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtm_flows.errors import RtmError


class Failures:
    """The first error of this process that is ours.

    Examples
    --------
    >>> failures = Failures()
    >>> with failures.noted():
    ...     raise RtmError("no disk")
    Traceback (most recent call last):
        ...
    rtm_flows.errors.RtmError: no disk
    >>> failures.first
    RtmError('no disk')
    """

    def __init__(self) -> None:
        self.first: RtmError | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note an error of what is done within, and let it pass."""
        try:
            yield
        except RtmError as error:
            self.first = self.first or error
            raise
