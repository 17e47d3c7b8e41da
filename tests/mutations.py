"""Records gone wrong in every way, by a seed: what an input may hold on its worst day.

In: a few hundred good records. Out: lines of JSON, or of CSV, most of them changed by bits, bytes,
values or structure. Nothing here says what becomes of a line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

Record = dict[str, Any]
START = 1_704_067_200_000  # 2024-01-01T00:00:00Z
HUGE = (10**30, -(10**400), 2**63, 2**64, 1e308, 10**19)
NO_JSON = (b"NaN", b"-Infinity", b"1e999", b"-1e400", b"01", b"0x1", b"True", b"'a'", b"")
OTHERS: tuple[Any, ...] = (
    True, [], {}, [1], {"a": {"b": 1}}, 0, -1, 1.5, "", "x", None, "\ud800", "1e5", " 1", "é\u2028",
)  # fmt: skip
BAD_BYTES = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x00", b"\xef\xbb\xbf")
NAMES = (
    "time", "received_at", "id", "source", "user_id", "anonymous_id", "type", "price", "quantity",
    "value", "channel", "device", "other",
)  # fmt: skip


def good_records(random: Random, count: int) -> list[Record]:
    """Return sound records of a shop, with and without what a record may lack."""
    return [_good(random, number) for number in range(count)]


def _good(random: Random, number: int) -> Record:
    record: Record = {
        "type": random.choice(["view_item", "search", "add_to_cart", "purchase", "page_ping"]),
        "user_id" if number % 3 else "anonymous_id": f"p{number % 97}",
        "price": round(random.random() * 100, 2),
        "device": random.choice(["mobile", "tüv", 'a "quoted" one', "two\nlines", "a,b"]),
    }
    optional = {"quantity": 2, "value": "12.50", "source": "web", "channel": "email", "other": [1]}
    return record | {name: v for name, v in optional.items() if random.random() < 0.3}


def dated(random: Random, good: Sequence[Record], count: int) -> Iterator[Record]:
    """Yield good records at their times: in order but for some, and now and then told twice."""
    record: Record = {}
    for number in range(count):
        if not record or random.random() > 0.02:
            record = dict(random.choice(good))
            record["time"] = START + number * 40 - random.choice((0, 0, 0, 0, 500, 120_000))
            if random.random() < 0.9:
                record["id"] = number
        yield record


def json_lines(random: Random, good: Sequence[Record], count: int) -> Iterator[bytes]:
    """Yield lines of JSON, with their ends; a change may make two lines of one, or none."""
    for record in dated(random, good, count):
        if random.random() < 0.5:
            yield _written(record) + b"\n"
        else:
            yield random.choice(CHANGES)(random, record) + random.choice((b"\n", b"\n", b"\r\n"))


def csv_lines(random: Random, good: Sequence[Record], count: int) -> Iterator[bytes]:
    """Yield CSV records of canonical columns, with a header, quoted where that is needed."""
    yield ",".join(NAMES).encode() + b"\n"
    for record in dated(random, good, count):
        line = _csv(record)
        if random.random() < 0.3:
            line = random.choice(BYTE_CHANGES)(random, line)
        yield line + random.choice((b"\n", b"\n", b"\n", b"\r\n", b"\n\n"))


def _csv(record: Record) -> bytes:
    out = io.StringIO()
    values = ("" if name == "other" else record.get(name) for name in NAMES)
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue().encode()


def _written(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def _flipped(random: Random, line: bytes) -> bytes:
    changed = bytearray(line)
    for _ in range(random.choice((1, 1, 2, 8))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(random: Random, line: bytes) -> bytes:
    return line[: random.randrange(len(line))]


def _beheaded(random: Random, line: bytes) -> bytes:
    return line[random.randrange(len(line)) :]


def _torn(random: Random, line: bytes) -> bytes:
    at = random.randrange(len(line))
    return line[:at] + b"\n" + line[at:]


def _twice(_: Random, line: bytes) -> bytes:
    return line + line


def _blank(random: Random, _: bytes) -> bytes:
    return random.choice((b"", b" ", b"\t  ", b"\n\n"))


def _with_bad_bytes(random: Random, line: bytes) -> bytes:
    at = random.randrange(len(line))
    return line[:at] + random.choice(BAD_BYTES) + line[at:]


def _endless(random: Random, line: bytes) -> bytes:
    if random.random() > 0.001:  # few: each of them is larger than a thousand others
        return line
    at = random.randrange(len(line))
    return line[:at] + b"x" * (1 << 20) + line[at:]


BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flipped, _flipped, _cut, _beheaded, _torn, _twice, _blank, _with_bad_bytes, _endless,
)  # fmt: skip


def _of_bytes(random: Random, record: Record) -> bytes:
    return random.choice(BYTE_CHANGES)(random, _written(record))


def _other_value(random: Random, record: Record) -> bytes:
    return _written({**record, random.choice(NAMES): random.choice((*OTHERS, *HUGE))})


def _swapped(random: Random, record: Record) -> bytes:
    one, other = random.choice(NAMES), random.choice(NAMES)
    return _written({**record, one: record.get(other), other: record.get(one)})


def _no_json(random: Random, record: Record) -> bytes:
    marked = _written({**record, random.choice(NAMES): "@"})
    return marked.replace(b'"@"', random.choice(NO_JSON))


def _nested(random: Random, record: Record) -> bytes:
    depth = random.choice((31, 32, 33, 34, 500)) if random.random() < 0.999 else 100_000
    deep = random.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth))
    marked = _written({**record, random.choice(NAMES): "@"})
    return marked.replace(b'"@"', random.choice((deep, deep[: depth + 3])))


def _named_twice(random: Random, record: Record) -> bytes:
    again = {random.choice(NAMES): random.choice(OTHERS) for _ in range(random.choice((1, 2)))}
    return _written(record)[:-1] + b"," + _written(again)[1:]


def _in_another_order(random: Random, record: Record) -> bytes:
    fields = [*record.items(), (random.choice(NAMES), random.choice(OTHERS))]
    random.shuffle(fields)
    return _written(dict(fields))


def _no_object(random: Random, record: Record) -> bytes:
    value = random.choice([[record], list(record), record["type"], record["price"], None, True])
    return json.dumps(value).encode()


CHANGES: tuple[Callable[[Random, Record], bytes], ...] = (
    _of_bytes, _of_bytes, _of_bytes, _other_value, _other_value, _swapped, _no_json, _nested,
    _named_twice, _in_another_order, _no_object,
)  # fmt: skip
