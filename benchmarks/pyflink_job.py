"""PyFlink with a keyed process function; needs Java. Python runs in the JVM's own threads."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.serialization import Encoder
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, StreamFormat
from pyflink.datastream.functions import KeyedProcessFunction
from pyflink.datastream.state import ValueStateDescriptor

from benchmarks.job import Event, Profile, make_model, step
from benchmarks.protocol import count_lines, paths, say


class Step(KeyedProcessFunction):
    """The job, with each person's profile in Flink's own keyed state."""

    def open(self, context: Any) -> None:
        """Make the model and name the state."""
        self.model = make_model()
        described = ValueStateDescriptor("profile", Types.PICKLED_BYTE_ARRAY())
        self.profile = context.get_state(described)

    def process_element(self, event: Event, context: Any) -> Iterator[str]:
        """Answer one event."""
        profile = self.profile.value() or Profile()
        result = step(event, profile, self.model)
        self.profile.update(profile)
        yield json.dumps(result)


def make_environment(mode: str) -> StreamExecutionEnvironment:
    """Return an environment of one task slot; `mode` is thread or process."""
    # The interpreter inside the JVM knows of no virtual environment: it is told by this variable.
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    config = Configuration()
    config.set_string("python.execution-mode", mode)
    config.set_string("python.executable", sys.executable)
    config.set_string("python.client.executable", sys.executable)
    environment = StreamExecutionEnvironment.get_execution_environment(config)
    environment.set_parallelism(1)
    return environment


def make_flow(environment: StreamExecutionEnvironment, source: str, out: str) -> None:
    """Add the flow from file to folder."""
    text = FileSource.for_record_stream_format(StreamFormat.text_line_format(), source).build()
    lines = environment.from_source(text, WatermarkStrategy.no_watermarks(), "events")
    events = lines.map(json.loads, output_type=Types.PICKLED_BYTE_ARRAY())
    keyed = events.key_by(lambda event: event["user_id"], key_type=Types.STRING())
    records = keyed.process(Step(), output_type=Types.STRING())
    records.sink_to(FileSink.for_row_format(out, Encoder.simple_string_encoder()).build())


if __name__ == "__main__":
    source, out = paths()
    mode = sys.argv[3] if len(sys.argv) > 3 else "thread"
    environment = make_environment(mode)
    make_flow(environment, source, out)
    start = time.perf_counter()
    environment.execute("job")
    seconds = time.perf_counter() - start
    total = sum(count_lines(str(part)) for part in Path(out).rglob("*") if part.is_file())
    say(f"PyFlink, {mode} mode (job start included)", total, seconds)
