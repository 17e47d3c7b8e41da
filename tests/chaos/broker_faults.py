"""What a broker may do to a job: be away, be slow, refuse, and forget.

Each is played with a stage whose job has not begun. It leaves the job so that it can be run to its
end, and raises if the job said or did something else than it should.
"""

from __future__ import annotations

import random
import signal
import time

from tests.chaos.running import end
from tests.chaos.stage import PARTITIONS, TOPICS, Stage
from tests.kafka.broker import Leaves
from tests.kafka.mock_cluster import MockKafka

PASSING = (6, 7, 19, 20)
"""Not the leader, timed out, too few replicas, the same after appending: each is tried again."""
NOT_ALLOWED = 29
ONE_BY_ONE = """
"max.in.flight.requests.per.connection" = 1
"retry.backoff.max.ms" = 200
"""
"""The mock cluster takes what was sent behind a request that it refused, which Kafka does not."""
IMPATIENT = '"message.timeout.ms" = 3000'


def away(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Nobody is answered for a while, twice: the job waits and goes on, and then is killed."""
    broker, cut = _leaving(stage), int(len(lines) * rng.uniform(0.5, 0.9))
    stage.produce(lines[:cut])
    with stage.job.running(rng.choice([1, 2])) as process:
        for least, part in ((0.0, lines[cut:]), (0.2, [])):
            stage.at(len(lines) * (least + rng.uniform(0.0, 0.2)), process)
            broker.down()
            time.sleep(rng.uniform(0.1, 1.5))
            broker.up()
            stage.produce(part)
        time.sleep(rng.uniform(0.0, 0.5))
        if process.poll() is not None:
            msg = f"the job did not wait for its broker:\n{stage.job.tail()}"
            raise RuntimeError(msg)


def away_too_long(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Away for longer than it is waited for: one sentence, and a start goes on when it is back."""
    broker = _leaving(stage)
    stage.produce(lines)
    with stage.job.running() as process:
        # Early, so that there is much to write still.
        stage.at(rng.uniform(0.0, 0.2) * len(lines), process)
        broker.down()
        told = stage.job.failing(process)
    broker.up()
    _says(told, "again")


def slow_network(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Every answer of the broker takes long; the job is killed meanwhile, and once more after."""
    mock = _mock(stage)
    stage.produce(lines)
    with stage.job.running(rng.choice([1, 2])) as process:
        # Early, so that there is much to write still.
        stage.at(rng.uniform(0.0, 0.2) * len(lines), process)
        mock.delay(rng.randint(50, 300))
        time.sleep(rng.uniform(0.5, 1.5))
        end(process, signal.SIGKILL)
    mock.delay(0)


def slow_sink(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Only writing is slow: the job holds back, is killed with much on its way, and goes on."""
    mock = _mock(stage)
    stage.produce(lines)
    with stage.job.running(rng.choice([1, 2])) as process:
        # Early, so that there is much to write still.
        stage.at(rng.uniform(0.0, 0.2) * len(lines), process)
        mock.delay_produce(*(rng.randint(50, 400) for _ in range(100)))
        time.sleep(rng.uniform(0.5, 1.5))
        end(process, signal.SIGKILL)
    mock.answer_produce()


def passing_errors(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Requests to produce fail for a moment, again and again: nobody need look at the job."""
    mock = _mock(stage)
    stage.produce(lines)
    with stage.job.running(rng.choice([1, 2])) as process:
        for least in (0.0, 0.2, 0.4):
            stage.at(len(lines) * (least + rng.uniform(0.0, 0.2)), process)
            mock.refuse_produce(*rng.choices(PASSING, k=rng.randint(1, 4)))
        time.sleep(rng.uniform(0.0, 0.5))
        mock.answer_produce()
        if process.poll() is not None or end(process, signal.SIGTERM):
            msg = f"errors that pass have ended the job:\n{stage.job.tail()}"
            raise RuntimeError(msg)


def refused(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """The broker refuses a record for good: one sentence with its reason, and nothing is lost."""
    mock = _mock(stage)
    stage.produce(lines)
    with stage.job.running() as process:
        # Early, so that there is much to write still.
        stage.at(rng.uniform(0.0, 0.2) * len(lines), process)
        mock.refuse_produce(*[NOT_ALLOWED] * rng.randint(1, 3))
        told = stage.job.failing(process)
    mock.answer_produce()
    _says(told, "Topic authorization failed")


def retention(stage: Stage, rng: random.Random, lines: list[bytes]) -> None:
    """Records go before they were read: refused, nothing skipped; anew, what is left is right."""
    mock, cut = _mock(stage), rng.randrange(len(lines) // 4, len(lines) // 2)
    stage.produce(lines[:cut])
    with stage.job.running() as process:
        stage.at(rng.uniform(0.0, 0.2) * len(lines), process)
    number = rng.randrange(PARTITIONS)
    before = stage.high(TOPICS[0], number)
    stage.produce(lines[cut:])
    mock.delete_records(TOPICS[0], number, rng.randint(before + 1, stage.high(TOPICS[0], number)))
    written = stage.written()
    _says(stage.job.refused(), f"{TOPICS[0]}/{number}", "retention")
    if stage.written() != written:
        msg = f"{stage.written() - written} decisions came of a run that was refused"
        raise RuntimeError(msg)
    stage.begin_anew("anew")


def _leaving(stage: Stage) -> Leaves:
    if not isinstance(stage.broker, Leaves):
        msg = "this broker cannot be told to be away"
        raise TypeError(msg)
    return stage.broker


def _mock(stage: Stage) -> MockKafka:
    if not isinstance(stage.broker, MockKafka):
        msg = "only the mock cluster can be told to do that"
        raise TypeError(msg)
    return stage.broker


def _says(told: str, *wanted: str) -> None:
    for one in wanted:
        if one not in told:
            msg = f"{one!r} was wanted in: {told}"
            raise RuntimeError(msg)
