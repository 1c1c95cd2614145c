"""`python -m benchmarks.vectors [--quick] [--part NAME ...]`: some parts, or all of them.

`--quick` is a smoke run into `runs/bench/`; `--part` measures that part anew and leaves the others.
"""

import argparse

from benchmarks.vectors.plan import PARTS
from benchmarks.vectors.run import main

parser = argparse.ArgumentParser(prog="python -m benchmarks.vectors")
parser.add_argument("--quick", action="store_true", help="a smoke run into runs/bench/")
parser.add_argument("--part", action="append", choices=PARTS, help="only this one; repeatable")
given = parser.parse_args()
main(given.part, quick=given.quick)
