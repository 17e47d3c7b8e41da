"""The tests: they mirror the package, room by room; `reference/` is the naive oracle."""
