"""The benchmark measures what it says it does."""
