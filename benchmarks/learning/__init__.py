"""One pass beside many: `python -m benchmarks.learning`, or `make quality`.

In: real tables, in a folder beside the repository. Out: a table of the default learner, plain
River, and two batch models that may see every row many times. Refuses to shuffle what is learned
in one pass.
"""
