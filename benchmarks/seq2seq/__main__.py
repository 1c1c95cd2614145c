"""`python -m benchmarks.seq2seq [training] [decoding] [--quick]`; see `--help`."""

import sys

from benchmarks.seq2seq.run import main

main(sys.argv[1:])
