"""Know: features, declared as data and computed as columns."""
