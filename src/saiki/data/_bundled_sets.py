from pathlib import Path

from saiki.data._series_ts import series_ts
from saiki.data.examples import Examples, join_examples


def load_japanese_vowels(folder: Path) -> Examples:
    """The official 270 training and 370 test cases."""
    return join_examples(
        train=series_ts(folder / "JapaneseVowels_TRAIN.ts.gz"),
        test=series_ts(folder / "JapaneseVowels_TEST.ts.gz"),
    )
