"""Decisions: which action a person gets now, which often is none, and the record of why."""
