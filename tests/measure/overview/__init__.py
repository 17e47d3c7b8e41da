"""Tests of what one run comes to."""
