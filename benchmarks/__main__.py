"""Runs benchmarks by name; each writes one file in `benchmarks/results/`.

`python -m benchmarks startup vectors` runs those two, without a name all run. What stands behind
`language`, `seq2seq` or `sequences` is for that one: `python -m benchmarks language runs runs/ptb`.
"""

import importlib
import sys

NAMES = (
    "startup",
    "recurrent",
    "vectors",
    "language",
    "seq2seq",
    "sequences",
    "kernels_recipe",
    "japanese_vowels",
    "spoken_digits",
    "spoken_digits_raw",
    "spoken_digits_speakers",
    "augmentation",
    "text_classification",
    "word_arithmetic",
    "console",
    "tables",
)
TAKE_WORDS = ("language", "seq2seq", "sequences")


def main(names: list[str]) -> int:
    if names and names[0] in TAKE_WORDS:
        importlib.import_module(f"benchmarks.{names[0]}").main(names[1:])
        return 0
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
