"""What saiki knows of each data set: its files, its owner's terms, where to get it."""

from dataclasses import dataclass
from typing import Literal, final


@final
@dataclass(frozen=True, kw_only=True)
class FileInfo:
    """A file of a data set.

    Args:
        name: the name in the folder of the set.
        holds: "gzip" for one compressed file, "recordings" for an archive of recordings.
        sha256: of the content: of the uncompressed file, or of the sorted list of the
            recordings' names and sha256 sums, so that it does not depend on the packing.
        bytes: of that content.
        url: where `fetch` gets it; None for a file that ships in the package.
    """

    name: str
    holds: Literal["gzip", "recordings"]
    sha256: str
    bytes: int
    url: str | None = None


@final
@dataclass(frozen=True, kw_only=True)
class ArchiveInfo:
    """An archive of text files of which `fetch` makes one file with a line for each.

    Args:
        name: of the file that is made, gzip; its checksum is kept beside it.
        url: of the tar.gz archive.
        md5: of that archive.
        members: how the path of each text file in it begins.
    """

    name: str
    url: str
    md5: str
    members: str


@final
@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """A data set: its names, its owner's terms, and its files.

    Args:
        folder: the sub-folder of `SAIKI_DATA` that holds it.
        bundled: the sub-folder of the package that holds it, or None.
        archive: what `fetch` makes instead, where the files themselves are nowhere to be had.
    """

    name: str
    title: str
    kind: Literal["audio", "series", "text"]
    source_url: str
    licence: str
    licence_url: str
    citation: str
    folder: str
    files: tuple[FileInfo, ...]
    bundled: str | None = None
    archive: ArchiveInfo | None = None

    @property
    def is_fetchable(self) -> bool:
        """Whether `fetch` has a place to get it from."""
        return self.archive is not None or any(file.url for file in self.files)


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

_ENGLISH_TEXT = SetInfo(
    name="english-text",
    title="English text: 10,748 film reviews and 95 Wikipedia articles (fetched: all 50,000 "
    "unlabelled film reviews, without the articles)",
    kind="text",
    source_url="https://ai.stanford.edu/~amaas/data/sentiment/",
    licence="reviews: none stated, for research; articles: CC BY-SA 3.0",
    licence_url="https://creativecommons.org/licenses/by-sa/3.0/",
    citation=(
        "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts (2011): Learning Word "
        "Vectors for Sentiment Analysis. ACL 2011."
    ),
    folder="en_corpus",
    files=(
        FileInfo(
            name="imdb_unsup_reviews.txt.gz",
            holds="gzip",
            sha256="dc1a8ff9df208552270bcc0150b5ccc120a28662b494ea1818cdf3ea05364562",
            bytes=14_014_573,
        ),
        FileInfo(
            name="enwiki_excerpt.txt.gz",
            holds="gzip",
            sha256="2df6d1ab8130b10291c1c9279a47f727c8ab925dc48e693dc52dc0ee1469657a",
            bytes=2_430_213,
        ),
    ),
    archive=ArchiveInfo(
        name="unlabelled_reviews.txt.gz",
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        md5="7c2ac02c03563afcf9b574c7e56c153a",
        members="aclImdb/train/unsup/",
    ),
)
_JAPANESE_TEXT = SetInfo(
    name="japanese-text",
    title="Japanese prose in modern spelling: 213 works by ten authors, from Aozora Bunko",
    kind="text",
    source_url="https://www.aozora.gr.jp/",
    licence="public domain in Japan; Aozora Bunko asks for its name to be given",
    licence_url="https://www.aozora.gr.jp/guide/kijyunn.html",
    citation="Aozora Bunko (https://www.aozora.gr.jp/).",
    folder="aozora_ja",
    files=(
        FileInfo(
            name="corpus.txt.gz",
            holds="gzip",
            sha256="95b6e08d74bc42d401ebef9903df77bf08e5a246a1f48cb51277c9bbaf1b2fbe",
            bytes=10_117_832,
        ),
    ),
)

SETS: dict[str, SetInfo] = {
    s.name: s for s in (_JAPANESE_VOWELS, _SPOKEN_DIGITS, _ENGLISH_TEXT, _JAPANESE_TEXT)
}
