"""Jobs between topics under test: what several tests have in their configurations.

Texts to be formatted and put together; the order of tables is free in TOML.
"""

from __future__ import annotations

SHOP = """
name = "shop"
lanes = 8
[input]
kind = "kafka"
[time]
lateness = "PT1M"
[models.intent]
kind = "sgd"
mature = 50
mature_positives = 5
"""
"""A shop whose model is served after a few hundred events; `[kafka]` is to follow."""

TO_FILES = """
name = "{name}"
lanes = 8
[input]
kind = "kafka"
[outputs]
kind = "files"
[time]
lateness = "PT30S"
"""
"""From topics to files; `[kafka]` is to follow."""

MAPPED = """
format = "mapping"
[kafka.topics.mapping]
id = "nr"
time = "at"
user_id = "who"
type = "what"
price = "worth"
types = {{ call = "search", order = "purchase" }}
"""
"""The end of a topic whose records have columns of their own."""

LEASED = """
name = "{name}"
lanes = 4
[input]
kind = "kafka"
[kafka.written]
partitions = 1
[[kafka.topics]]
name = "{name}.events"
[kafka]
bootstrap = "{bootstrap}"
lease = "{term}"
"""
"""The least that wants a lease."""
