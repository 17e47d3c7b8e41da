"""Two brokers to test against: the real Apache Kafka and librdkafka's mock cluster."""
