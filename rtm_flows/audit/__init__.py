"""Audit: what a run has written, proved again from its files by code that shares none with it."""
