"""`python -m benchmarks.recurrent --quick`: a smoke run into `runs/bench/`, for development."""

import sys

from benchmarks.recurrent.run import main

main(quick="--quick" in sys.argv[1:])
