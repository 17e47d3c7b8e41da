"""Serve: decisions within a request, by the core of the flow, without engine, broker or files."""
