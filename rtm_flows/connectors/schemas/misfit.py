"""What does not fit a schema, and the extra that reading by schemas wants.

In: nothing. Out: errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtm_flows.errors import ConfigError


class MisfitError(Exception):
    """A value, or a schema, is not what it should be; the text never has any of it.

    Parameters
    ----------
    field
        The column at fault, dots leading into objects; None if it is the value as a whole.
    expected
        What was wanted there, to stand behind a sentence.
    """

    def __init__(self, field: str | None = None, expected: str = "") -> None:
        super().__init__(field, expected)
        self.field, self.expected = field, expected


@contextmanager
def extra() -> Iterator[None]:
    """Say how packages are had that not every job needs.

    Raises
    ------
    ConfigError
        If one of them is missing.
    """
    try:
        yield
    except ImportError as error:
        msg = (
            f"kafka.registry: Avro and JSON Schema want more packages ({error.name} is missing); "
            "have them by pip install 'rtm_flows[registry]'"
        )
        raise ConfigError(msg) from None
