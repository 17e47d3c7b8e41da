"""Tests of decisions within a request."""
