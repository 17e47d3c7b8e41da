"""`rtm broker`: a broker on this machine, with the topics of a job."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from rtm_flows.cli.broker_arguments import PARTITIONS
from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.client import BOOTSTRAP, bootstrap_of
from rtm_flows.connectors.kafka.embedded import embedded_broker
from rtm_flows.connectors.kafka.forwarding import forward
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.topics import wanted


def broker(parsed: argparse.Namespace) -> int:
    """Run the broker until it is told to end."""
    job = load(parsed.job) if parsed.job else None
    topics = {**({} if job is None else _topics(job)), **dict(parsed.topic)}
    with embedded_broker() as running:
        for name, partitions in topics.items():
            running.create_topic(name, partitions)
        asyncio.run(_serve(parsed, job, topics, running.bootstrap))
    return 0


def _topics(job: Job) -> dict[str, int]:
    return {one.topic: one.partitions or PARTITIONS for one in wanted(job)}


async def _serve(
    parsed: argparse.Namespace, job: Job | None, topics: dict[str, int], bootstrap: str
) -> None:
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    servers = await forward(parsed.port, bootstrap)
    port = servers[0].sockets[0].getsockname()[1]
    sys.stdout.write(_told(parsed.job, job, f"localhost:{port}", topics))
    sys.stdout.flush()  # whoever started it in the background waits for these lines
    await ending.wait()
    for server in servers:
        server.close()


def _told(path: str | None, job: Job | None, address: str, topics: dict[str, int]) -> str:
    """Return where the broker is, what it has, and how to go on."""
    named = [f"{name} ({partitions})" for name, partitions in topics.items()]
    what = ", ".join(named) or "each when it is first used, with 4 partitions"
    text = f"broker  {address}\ntopics  {what}\n"
    text += "Ctrl-C ends it; what it holds is gone then.\n"
    if job is None:
        return text
    text += "In another window:\n"
    if bootstrap_of(broker_of(job)) != address:
        text += f"  export {BOOTSTRAP}={address}\n"
    return text + f"  rtm produce {path} FILE...\n  rtm run {path}\n  rtm consume {path}\n"
