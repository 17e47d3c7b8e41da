"""Whole runs: the commands as a user gives them, and the bytes they leave."""
