"""Measure: histories played again, and what they show."""
