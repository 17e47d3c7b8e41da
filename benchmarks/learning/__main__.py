"""Measure the learner: `python -m benchmarks.learning --help`."""

from __future__ import annotations

import sys

from benchmarks.learning.run import main

if __name__ == "__main__":
    sys.exit(main())
