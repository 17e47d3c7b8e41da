"""Tests of what runs are worth."""
