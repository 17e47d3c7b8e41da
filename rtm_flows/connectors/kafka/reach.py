"""Reach: whether the broker answers, for whoever asks beside the run.

In: a broker. Out: yes or no, within a second. It has a client of its own: the run neither waits for
it nor tells it anything.
"""

from __future__ import annotations

import threading
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import made, properties

_ANSWER = 0.8
"""Seconds to wait for an answer: probes mostly give up after one."""
_FRESH = 1.0
"""Seconds for which an answer is given again without asking."""


class Reach:
    """Asks a broker for one of the topics that are read.

    Parameters
    ----------
    rule
        The broker, with at least one topic.

    Raises
    ------
    ConfigError
        If the client does not take its properties.
    """

    def __init__(self, rule: Kafka) -> None:
        self._topic = rule.topics[0].name
        self._lock = threading.Lock()
        self._client = made(AdminClient, {**properties(rule), "log_level": 0})
        self._asked, self._answer = float("-inf"), False

    def answers(self) -> bool:
        """Tell whether the broker answers, or did a moment ago."""
        with self._lock:
            if time.monotonic() - self._asked > _FRESH:
                self._answer = self._ask()
                self._asked = time.monotonic()
            return self._answer

    def _ask(self) -> bool:
        try:
            self._client.list_topics(self._topic, timeout=_ANSWER)
        except KafkaException:
            return False
        return True
