"""The data sets that saiki knows by name: recordings and series here, others beside."""

from saiki.data._parallel_catalogue import PARALLEL_SETS
from saiki.data._set_info import FileInfo, SetInfo
from saiki.data._text_catalogue import TEXT_SETS
from saiki.data._time_series_catalogue import TIME_SERIES_SETS

_JAPANESE_VOWELS = SetInfo(
    name="japanese-vowels",
    title="Japanese Vowels: nine speakers saying /ae/, 12 cepstrum coefficients, 7 to 29 steps",
    kind="series",
    source_url="https://archive.ics.uci.edu/dataset/128/japanese+vowels",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    citation=(
        "M. Kudo, J. Toyama, M. Shimbo (1999): Multidimensional curve classification using "
        "passing-through regions. Pattern Recognition Letters 20 (11-13), 1103-1111."
    ),
    folder="timeseries",
    bundled="japanese_vowels",
    files=(
        FileInfo(
            name="JapaneseVowels_TRAIN.ts.gz",
            holds="gzip",
            sha256="68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
            bytes=487_971,
        ),
        FileInfo(
            name="JapaneseVowels_TEST.ts.gz",
            holds="gzip",
            sha256="b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
            bytes=649_132,
        ),
    ),
)
_SPOKEN_DIGITS = SetInfo(
    name="spoken-digits",
    title="Free Spoken Digit Dataset: 3,000 recordings of the digits 0-9, six speakers, 8 kHz",
    kind="audio",
    source_url="https://github.com/Jakobovski/free-spoken-digit-dataset",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    citation=(
        "Z. Jackson, C. Souza, J. Flaks, Y. Pan, H. Nicolas, A. Thite: "
        "Free Spoken Digit Dataset, commit 26eb9aaf76e8."
    ),
    folder="fsdd",
    files=(
        FileInfo(
            name="fsdd_recordings.tar.gz",
            holds="recordings",
            sha256="dbd573d7cafe79c4b49f65718115e1304e24e067fa39eff18a660dc6cb9c360f",
            bytes=21_128_848,
            url=(
                "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
                "26eb9aaf76e8.tar.gz"
            ),
        ),
    ),
)

SETS: dict[str, SetInfo] = {
    s.name: s
    for s in (
        _JAPANESE_VOWELS,
        _SPOKEN_DIGITS,
        *TEXT_SETS,
        *PARALLEL_SETS,
        *TIME_SERIES_SETS,
    )
}
