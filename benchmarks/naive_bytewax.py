"""Bytewax and River as one would write them at first: one event at a time, the stock file ends."""

from __future__ import annotations

import json
import time
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.files import FileSink, FileSource
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from river import compose

from benchmarks.job import Event, Features, Label, Profile, Record, answer, make_model
from benchmarks.protocol import count_lines, paths, say

Item = tuple[Event, Features, list[Label]]


def update(profile: Profile | None, event: Event) -> tuple[Profile, Item]:
    """Fold one event into its person."""
    profile = profile or Profile()
    features, labels = profile.update(event)
    return profile, (event, features, labels)


def score(model: compose.Pipeline | None, item: Item) -> tuple[compose.Pipeline, Record]:
    """Learn from, score and answer one event; there is one model, under one key."""
    model = model or make_model()
    return model, answer(*item, model)


def make_flow(source: str, out: str) -> Dataflow:
    """Return the flow from file to file."""
    flow = Dataflow("naive")
    lines = op.input("in", flow, FileSource(source, batch_size=1000))
    events = op.map("decode", lines, json.loads)
    keyed = op.key_on("person", events, lambda event: event["user_id"])
    people = op.stateful_map("features", keyed, update)
    together = op.key_on("model", op.key_rm("any", people), lambda _: "intent")
    scored = op.stateful_map("score", together, score)
    encoded = op.map("encode", scored, lambda keyed: ("out", json.dumps(keyed[1])))
    op.output("out", encoded, FileSink(Path(out)))
    return flow


if __name__ == "__main__":
    source, out = paths()
    flow = make_flow(source, out)
    start = time.perf_counter()
    run_main(flow)  # type: ignore[no-untyped-call] # Bytewax ships no stub for it
    seconds = time.perf_counter() - start
    say("Bytewax + River, one event at a time", count_lines(out), seconds)
