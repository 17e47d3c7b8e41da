"""The broker: reading topics in rounds, writing records once, and topics themselves.

The only room that knows confluent-kafka.
"""
