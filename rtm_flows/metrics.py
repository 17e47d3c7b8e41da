"""Every metric of a job: name, kind, labels, unit and meaning. The names are a contract.

Dashboards and alerts are written over these names, so they change only with a line in the
changelog. Who counts is not said here, nor how it is served: docs/operating.md.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets of durations."""

SIZES = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0)
"""Upper bounds of the buckets of numbers of records."""


class Metric(NamedTuple):
    """One metric.

    Attributes
    ----------
    name
        As it is served; a counter's ends in `_total`.
    kind
        `counter`: grows from 0 in the life of a process; `gauge`: how it is now; `histogram`:
        counts by bucket, with their sum.
    unit
        What is counted or measured.
    meaning
        What it tells, in one sentence.
    labels
        Names of its labels. Values are few: names of the configuration, topics, reasons.
    buckets
        Upper bounds of a histogram's buckets; one without bound follows.
    across
        What several processes of a run make together: the sum, or the largest.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    across: Literal["sum", "max"] = "sum"


INPUT_RECORDS = Metric(
    "rtm_input_records_total",
    "counter",
    "records",
    "Records read, whatever became of them; those that wait for time to pass have no fate yet.",
)
RECORDS = Metric(
    "rtm_records_total",
    "counter",
    "records",
    "Records by fate: accepted, duplicate, late, ignored, dead_letter.",
    ("fate",),
)
DEAD_LETTERS = Metric(
    "rtm_dead_letters_total",
    "counter",
    "records",
    "Records that could not become events, by reason.",
    ("reason",),
)
TRIGGERS = Metric(
    "rtm_triggers_total",
    "counter",
    "triggers",
    "What called for decisions: `event`, or the name of a moment.",
    ("trigger",),
)
DECISIONS = Metric(
    "rtm_decisions_total",
    "counter",
    "decisions",
    "Decisions by action; of `no_action` also why. For all others the reason is empty.",
    ("action", "reason"),
)
WRITTEN_RECORDS = Metric(
    "rtm_written_records_total",
    "counter",
    "records",
    "Records that the broker has reported as written, by output; for jobs that write topics.",
    ("output",),
)
DELIVERIES = Metric(
    "rtm_deliveries_total",
    "counter",
    "decisions",
    "Decisions reported as written to `deliveries`, by channel.",
    ("channel",),
)
UNDELIVERED = Metric(
    "rtm_undelivered_total",
    "counter",
    "decisions",
    "Decisions that will not go out, reported as written to `undelivered`, by reason.",
    ("reason",),
)
SURGES = Metric(
    "rtm_surges_total",
    "counter",
    "warnings",
    "Warnings that the breaker holds deliveries back, by channel: one a minute and partition.",
    ("channel",),
)
LAG_RECORDS = Metric(
    "rtm_lag_records",
    "gauge",
    "records",
    "Records that waited in a partition when the last epoch ended.",
    ("topic", "partition"),
)
PARTITIONS_ASSIGNED = Metric(
    "rtm_partitions_assigned",
    "gauge",
    "partitions",
    "Partitions of the input that are being read.",
)
WATERMARK_DELAY = Metric(
    "rtm_watermark_delay_seconds",
    "gauge",
    "seconds",
    "How far the job's time is behind the clock on the wall; never less than `time.lateness`.",
    across="max",
)
LAST_ROUND = Metric(
    "rtm_last_round_timestamp_seconds",
    "gauge",
    "seconds since 1970",
    "When records were read last.",
    across="max",
)
ROUND_RECORDS = Metric(
    "rtm_round_records",
    "histogram",
    "records",
    "Records of a round; for jobs that read topics.",
    buckets=SIZES,
)
STAGE_SECONDS = Metric(
    "rtm_stage_seconds",
    "histogram",
    "seconds",
    "How long a stage worked each time it was called: read (parsing included; not where nothing "
    "was there), enter, identity, know, fold, decide, publish or write, snapshot (a lane).",
    ("stage",),
    SECONDS,
)
EVENT_TO_DECISION = Metric(
    "rtm_event_to_decision_seconds",
    "histogram",
    "seconds",
    "From the time of the event or moment to the broker's report that its decision is written.",
    buckets=SECONDS,
)
PEOPLE = Metric("rtm_people", "gauge", "people", "People whose profile is kept.")
EVICTED_PEOPLE = Metric(
    "rtm_evicted_people_total",
    "counter",
    "people",
    "People who left and were forgotten, by cause: inactive, most_per_lane; with `[people]` only.",
    ("cause",),
)
STATE_BYTES = Metric(
    "rtm_state_bytes",
    "gauge",
    "bytes",
    "Size of the recovery folder on the disk.",
)
SNAPSHOT_SECONDS = Metric(
    "rtm_snapshot_seconds",
    "histogram",
    "seconds",
    "Time that a process worked for a snapshot of its lanes, told when the next one begins.",
    buckets=SECONDS,
)
SNAPSHOT_BYTES = Metric(
    "rtm_snapshot_bytes",
    "gauge",
    "bytes",
    "What the latest of these snapshots wrote, rows and parts.",
)
MODEL_EXAMPLES = Metric(
    "rtm_model_examples_total",
    "counter",
    "examples",
    "Labelled examples that came to the fold, by model; a row is counted when it is over.",
    ("model",),
)
MODEL_LOG_LOSS = Metric(
    "rtm_model_log_loss",
    "gauge",
    "nats",
    "Log loss of a model over the last period that is over, as in `learning`.",
    ("model",),
    across="max",
)
MODEL_ROC_AUC = Metric(
    "rtm_model_roc_auc",
    "gauge",
    "0 to 1",
    "ROC AUC of a model over the last period that is over and had both labels.",
    ("model",),
    across="max",
)
MODEL_ALARMS = Metric(
    "rtm_model_alarms_total",
    "counter",
    "alarms",
    "Findings of drift, by model.",
    ("model",),
)
BUILD_INFO = Metric(
    "rtm_build_info",
    "gauge",
    "always 1",
    "The version of the library, as a label.",
    ("version",),
    across="max",
)

METRICS = (
    INPUT_RECORDS,
    RECORDS,
    DEAD_LETTERS,
    TRIGGERS,
    DECISIONS,
    WRITTEN_RECORDS,
    DELIVERIES,
    UNDELIVERED,
    SURGES,
    EVENT_TO_DECISION,
    LAG_RECORDS,
    PARTITIONS_ASSIGNED,
    WATERMARK_DELAY,
    LAST_ROUND,
    ROUND_RECORDS,
    STAGE_SECONDS,
    PEOPLE,
    EVICTED_PEOPLE,
    STATE_BYTES,
    SNAPSHOT_SECONDS,
    SNAPSHOT_BYTES,
    MODEL_EXAMPLES,
    MODEL_LOG_LOSS,
    MODEL_ROC_AUC,
    MODEL_ALARMS,
    BUILD_INFO,
)
"""All of them, in the order in which they are served and documented."""
