"""Tests of what an operator looks at."""
