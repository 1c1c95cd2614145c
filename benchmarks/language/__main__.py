"""`python -m benchmarks.language step | runs FOLDER... | baseline`; see `--help`."""

import sys

from benchmarks.language.run import main

main(sys.argv[1:])
