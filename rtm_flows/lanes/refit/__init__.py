"""Refitting: state of one configuration made that of another, or of another number of lanes.

In: what the steps of a job have kept. Out: the same, as the steps of the other job would have kept
it. It runs while no run does, and refuses to know where state lies.
"""
