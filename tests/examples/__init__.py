"""Tests of the example configurations, on the data they are written for."""
