"""Runs benchmarks by name; each writes one file in `benchmarks/results/`."""

import importlib
import sys

NAMES = (
    "startup",
    "recurrent",
    "vectors",
    "kernels_recipe",
    "japanese_vowels",
    "spoken_digits",
    "spoken_digits_raw",
    "spoken_digits_speakers",
    "augmentation",
    "word_arithmetic",
    "console",
    "tables",
)


def main(names: list[str]) -> int:
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
