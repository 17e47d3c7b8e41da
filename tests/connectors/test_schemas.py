"""Records behind schemas: decoded as confluent-kafka's own deserializer does."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest
from confluent_kafka.schema_registry import Schema as Given
from confluent_kafka.schema_registry.avro import AvroDeserializer
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.config import load
from rtm_flows.connectors.schemas.decoding import Decoder, Undecoded
from rtm_flows.connectors.schemas.schema import Reference, Schema
from rtm_flows.connectors.schemas.schema_file import SchemaFile, write_schemas
from rtm_flows.connectors.topic_records import Part, Record, TopicParsers
from rtm_flows.errors import ConfigError, InputError

EVENT: dict[str, Any] = {
    "type": "record",
    "name": "Event",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "time", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "user_id", "type": ["null", "string"], "default": None},
        {"name": "type", "type": "string"},
        {
            "name": "price",
            "type": [
                "null",
                {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
            ],
        },
        {"name": "quantity", "type": ["null", "int"]},
        {"name": "texts", "type": {"type": "map", "values": ["string", "double", "null"]}},
    ],
}
JSON_EVENT: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "price": {"type": "number", "minimum": 0},
        "home": {"$ref": "place.json"},
    },
    "required": ["id"],
}
PLACE = '{"type": "object", "properties": {"city": {"type": "string"}}}'


class Known:
    """Knows some schemas."""

    def __init__(self, *schemas: Schema) -> None:
        self._known = {one.id: one for one in schemas}

    def find(self, number: int) -> Schema | None:
        """Return one of them."""
        return self._known.get(number)


AVRO = Schema(1, "AVRO", json.dumps(EVENT))
JSON = Schema(2, "JSON", json.dumps(JSON_EVENT), (Reference("place.json", PLACE),))
KNOWN = Known(AVRO, JSON, Schema(3, "AVRO", '{"type": "record"}'), Schema(4, "JSON", '{"type": 7}'))
avro, json_schema = Decoder("avro", KNOWN), Decoder("json_schema", KNOWN)


def framed(number: int, content: bytes) -> bytes:
    """Return content with the id of a schema in front."""
    return b"\0" + number.to_bytes(4, "big") + content


def written(value: object, schema: object = EVENT, number: int = 1) -> bytes:
    """Return a value in Avro, framed."""
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), value)  # type: ignore[arg-type]
    return framed(number, stream.getvalue())


class _OneSchema:
    """As much of a client of registries as a deserializer asks of it without a context."""

    def get_schema(self, _number: int, *_more: object) -> Given:
        return Given(AVRO.text, "AVRO", [])

    def config(self) -> dict[str, str]:
        return {}


judge = AvroDeserializer(
    _OneSchema(),
    conf={"subject.name.strategy.type": "TOPIC"},
)
texts = st.text(max_size=8)
events = st.fixed_dictionaries(
    {
        "id": texts,
        "time": st.integers(0, 2**42).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC)),
        "user_id": st.none() | texts,
        "type": texts,
        "price": st.none() | st.decimals(-(10**9), 10**9, places=2),
        "quantity": st.none() | st.integers(-(2**31), 2**31 - 1),
        "texts": st.dictionaries(texts, st.none() | texts | st.floats(allow_nan=False), max_size=3),
    }
)


@given(events)
def test_avro_becomes_json_of_what_the_deserializer_returns(event: dict[str, Any]) -> None:
    """Times as RFC 3339 has them, decimals with all their digits."""
    value = written(event)
    decoded = avro.decode(value)
    assert isinstance(decoded, bytes)
    found = json.loads(decoded, parse_float=Decimal)
    wanted: Any = judge(value)
    assert datetime.fromisoformat(found.pop("time")) == wanted.pop("time")
    price, same = found.pop("price"), wanted.pop("price")
    assert (None if price is None else Decimal(price)) == same
    told = {name: _float(one) for name, one in found.pop("texts").items()}
    kept = {name: _finite(one) for name, one in wanted.pop("texts").items()}
    assert told == kept
    assert found == wanted


def _float(one: object) -> object:
    return float(one) if isinstance(one, Decimal | int) else one


def _finite(one: object) -> object:
    return None if isinstance(one, float) and abs(one) == float("inf") else one


@given(events, st.data())
def test_no_bytes_stop_the_decoder(event: dict[str, Any], data: st.DataObject) -> None:
    """What is cut off, longer, or flipped is decoded or told; what is cut or longer is told."""
    value = written(event)
    cut = data.draw(st.integers(0, len(value) - 1))
    assert isinstance(avro.decode(value[:cut]), Undecoded)
    assert isinstance(avro.decode(value + b"x"), Undecoded)
    flipped = bytearray(value)
    flipped[cut] ^= 1 << data.draw(st.integers(0, 7))
    assert isinstance(avro.decode(bytes(flipped)), bytes | Undecoded)
    avro.decode(framed(1, data.draw(st.binary(max_size=40))))
    json_schema.decode(framed(2, data.draw(st.binary(max_size=40))))


@pytest.mark.parametrize(
    ("decoder", "value", "field", "detail"),
    [
        (avro, b'{"id": "e1"}', None, "no schema's id stands in front: a zero byte and four bytes"),
        (avro, b"\0\0", None, "no schema's id stands in front: a zero byte and four bytes"),
        (avro, framed(99, b"x"), None, "the registry has no schema 99"),
        (avro, framed(2, b"{}"), None, "schema 2 is JSON, not AVRO"),
        (json_schema, framed(1, b"{}"), None, "schema 1 is AVRO, not JSON"),
        (avro, framed(3, b"x"), None, "schema 3 itself cannot be read"),
        (json_schema, framed(4, b"{}"), None, "schema 4 itself cannot be read"),
        (avro, framed(1, b"\xff"), None, "does not fit its schema 1"),
        (json_schema, framed(2, b"{}"), None, "does not fit its schema 2: its rule `required`"),
        (
            json_schema,
            framed(2, b'{"id": "secret", "price": -1}'),
            "price",
            "does not fit its schema 2: its rule `minimum` is broken",
        ),
        (
            json_schema,
            framed(2, b'{"id": "e", "home": {"city": 5}}'),
            "home.city",
            "does not fit its schema 2: its rule `type` is broken",
        ),
    ],
)
def test_why_a_value_is_not_decoded(
    decoder: Decoder, value: bytes, field: str | None, detail: str
) -> None:
    """The column by the schema's words, the rule, and nothing of the value."""
    found = decoder.decode(value)
    assert isinstance(found, Undecoded)
    assert found.field == field
    assert found.detail.startswith(detail)
    assert "secret" not in found.detail


def test_json_behind_a_schema_is_passed_on_as_it_is() -> None:
    """Also what is no JSON: the parser says better what is wrong with it."""
    assert json_schema.decode(framed(2, b'{"id":"e", "x":1}')) == b'{"id":"e", "x":1}'
    assert json_schema.decode(framed(2, b'{"id"')) == b'{"id"'


def test_a_schema_of_others() -> None:
    """What a schema refers to, and what that refers to, is set in; also twice the same."""
    money = {"type": "record", "name": "Money", "namespace": "shop",
             "fields": [{"name": "amount", "type": "int"}]}  # fmt: skip
    line = {"type": "record", "name": "Line", "namespace": "shop",
            "fields": [{"name": "price", "type": "Money"}]}  # fmt: skip
    day = {"type": "int", "logicalType": "date"}
    order = {"type": "record", "name": "Order", "namespace": "shop",
             "fields": [{"name": "line", "type": "Line"}, {"name": "sum", "type": "Money"},
                        {"name": "day", "type": day}]}  # fmt: skip
    references = (
        Reference("shop.Money", json.dumps(money)),
        Reference("shop.Line", json.dumps(line)),
    )
    decoder = Decoder("avro", Known(Schema(7, "AVRO", json.dumps(order), references)))
    whole = json.loads(json.dumps(order))
    whole["fields"][0]["type"] = {**line, "fields": [{"name": "price", "type": money}]}
    value = {"line": {"price": {"amount": 3}}, "sum": {"amount": 4}, "day": date(2024, 2, 29)}
    found = decoder.decode(written(value, whole, 7))
    assert isinstance(found, bytes)
    assert json.loads(found) == {**value, "day": "2024-02-29"}


def test_rows_are_those_of_the_same_records_in_json() -> None:
    """Whatever they were written in; a dead letter has the record as it lay in the topic."""
    topics = [{"name": "web", "encoding": "avro"}]
    kafka = {"topics": topics, "registry": {"url": "http://r"}, "written": {"payload": True}}
    behind = TopicParsers(load({"name": "shop", "kafka": kafka}), KNOWN)
    plain = TopicParsers(load({"name": "shop", "kafka": {"topics": [{"name": "web"}]}}))
    given = [
        {"id": f"e{at}", "time": datetime(2024, 3, 1, 10, at, tzinfo=UTC), "user_id": f"u{at % 2}",
         "type": "purchase", "price": Decimal("19.99"), "quantity": at + 1, "texts": {}}
        for at in range(5)
    ]  # fmt: skip
    bad = written({**given[0], "type": ""})
    records = [Record(at, written(one)) for at, one in enumerate(given)]
    read = behind.parse(
        [Part("web", 0, [*records, Record(9, bad), Record(10, b"old"), Record(11, None)])]
    )
    as_json = [
        json.dumps({**one, "time": one["time"].isoformat(), "price": 19.99}).encode()  # type: ignore[attr-defined]
        for one in given
    ]
    wanted = plain.parse([Part("web", 0, [Record(at, one) for at, one in enumerate(as_json)])])
    for name in wanted.table.columns:
        assert read.table[name].tolist() == wanted.table[name].tolist(), name
    assert [(one.line, one.reason, one.payload) for one in read.dead] == [
        (9, read.dead[0].reason, bad), (10, "undecodable", b"old"), (11, "tombstone", b"")
    ]  # fmt: skip
    assert read.dead[0].field == "type"


def test_schemas_are_kept_in_a_file(tmp_path: Path) -> None:
    """And read back; a file that is damaged or not there is refused."""
    with pytest.raises(InputError, match="cannot be read: No such file"):
        SchemaFile(tmp_path)
    write_schemas(tmp_path, [AVRO, JSON])
    found = SchemaFile(tmp_path)
    assert [found.find(number) for number in (1, 2, 3)] == [AVRO, JSON, None]
    (tmp_path / "schemas.jsonl").write_bytes(b'{"id": 1}\n')
    with pytest.raises(InputError, match="damaged"):
        SchemaFile(tmp_path)


@pytest.mark.parametrize(
    ("module", "number", "encoding"),
    [("fastavro", 1, "avro"), ("jsonschema", 2, "json_schema")],
)
def test_a_missing_extra_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, module: str, number: int, encoding: Any
) -> None:
    """Once a record wants it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=r"pip install 'rtm_flows\[registry\]'"):
        Decoder(encoding, KNOWN).decode(framed(number, b"{}"))
