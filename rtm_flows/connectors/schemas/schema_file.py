"""The schemas of exported records as a file, so that these can be read without their registry.

In: schemas, or a file of them. Out: the file, a schema a line; or who knows those in it. A schema
that the registry did not have is not in the file either.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rtm_flows.connectors.schemas.schema import Schema
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import InputError

SCHEMAS = "schemas.jsonl"
"""The name of the file in a folder of exported topics."""


def write_schemas(folder: Path, schemas: Iterable[Schema]) -> None:
    """Write schemas into a folder."""
    with written_whole(folder / SCHEMAS) as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in schemas)


class SchemaFile:
    """The schemas of a folder.

    Parameters
    ----------
    folder
        Where topics were exported to.

    Raises
    ------
    InputError
        If the file is not there, or damaged.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / SCHEMAS
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            msg = (
                f"{path}: the schemas of these records cannot be read: {error.strerror}; export "
                "the topics again"
            )
            raise InputError(msg) from None
        try:
            found = [msgspec.json.decode(line, type=Schema) for line in lines]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            msg = f"{path}: damaged ({error}); export the topics again"
            raise InputError(msg) from None
        self._known = {one.id: one for one in found}

    def find(self, number: int) -> Schema | None:
        """Return the schema of an id, None where the registry had none."""
        return self._known.get(number)
