"""The same job on several engines, timed side by side: `python -m benchmarks`, or `make bench`.

In: a seeded clickstream. Out: a table of events per second, ratios and log losses. Refuses to
know how a party does its work: each is a program of its own, run as `EVENTS OUT`, which prints
one line of JSON.
"""
