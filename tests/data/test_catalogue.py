import gzip
import io
import tarfile
from collections import Counter

import numpy as np
import pytest

from saiki.data import catalogue, list_sets, load, locate, read_examples, verify
from saiki.errors import DataError, MissingFileError


def test_japanese_vowels_ship_with_the_package(no_data):
    examples = read_examples("japanese-vowels")
    assert Counter(examples.parts) == {"train": 270, "test": 370}
    assert examples.channels == 12
    assert sorted(set(examples.labels)) == [str(i) for i in range(1, 10)]
    train = [i for i, part in enumerate(examples.parts) if part == "train"]
    assert set(Counter(examples.labels[i] for i in train).values()) == {30}
    lengths = examples.lengths()
    assert (lengths.min(), lengths.max()) == (7, 29)
    # The first value of the first channel, and the first of the second, of the published file.
    np.testing.assert_allclose(examples.value(0)[0, :2], [1.860936, -0.207383], rtol=1e-6)
    assert examples.groups is None
    assert verify("japanese-vowels") == locate("japanese-vowels")


def test_where_sets_are(no_data, monkeypatch, tmp_path):
    places = {s.info.name: s.place for s in list_sets()}
    assert places == {
        "japanese-vowels": "bundled",
        "spoken-digits": "absent",
        "english-text": "absent",
        "japanese-text": "absent",
        "ptb": "absent",
        "tiny-shakespeare": "absent",
        "trec": "absent",
        "ag-news": "absent",
        "imdb": "absent",
        "authors-ja": "absent",
        "hotel-reviews-ja": "absent",
        "bundled-text-en": "bundled",
        "bundled-text-ja": "bundled",
        "small-parallel-enja": "absent",
        "multi30k": "absent",
        "dates": "generated",
        "etth1": "absent",
        "airline": "bundled",
    }
    with pytest.raises(MissingFileError, match=r"Run `saiki data fetch spoken-digits` .CC BY-SA"):
        locate("spoken-digits")
    cached = no_data / "spoken-digits"
    cached.mkdir(parents=True)
    (cached / "fsdd_recordings.tar.gz").write_bytes(b"")
    assert locate("spoken-digits") == cached
    assert [s.place for s in list_sets()][:2] == ["bundled", "cached"]
    own = tmp_path / "own" / "fsdd"
    own.mkdir(parents=True)
    (own / "fsdd_recordings.tar.gz").write_bytes(b"")
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    assert locate("spoken-digits") == own
    assert [s.place for s in list_sets()][:2] == ["bundled", "SAIKI_DATA"]


def test_every_set_says_whose_it_is():
    for info in catalogue.SETS.values():
        assert info.licence
        assert info.source_url.startswith("https://")
        assert info.licence_url.startswith("https://")
        assert info.citation
        assert bool(info.files) != info.is_generated
        if info.bundled:
            terms = (catalogue._BUNDLED / info.bundled / "LICENCE").read_text("utf-8")
            assert info.files[0].name in terms
            assert info.licence_url.removesuffix("/") in terms
        if info.kind in ("audio", "series"):
            assert info.licence.startswith("CC BY")
            assert info.licence_url.startswith("https://creativecommons.org/licenses/by")
            assert info.bundled or info.is_fetchable


def test_unknown_name():
    for ask in (catalogue.describe, locate, load, verify, catalogue.fetch):
        with pytest.raises(MissingFileError, match=r"spoken-digit: no data set .* 'spoken-digits'"):
            ask("spoken-digit")


def test_verify_names_what_is_wrong(no_data, monkeypatch, tmp_path):
    folder = tmp_path / "own" / "timeseries"
    folder.mkdir(parents=True)
    good = locate("japanese-vowels")
    for file in good.glob("*.gz"):
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    assert verify("japanese-vowels") == folder
    text = gzip.decompress((folder / "JapaneseVowels_TEST.ts.gz").read_bytes())
    (folder / "JapaneseVowels_TEST.ts.gz").write_bytes(gzip.compress(text.replace(b"1", b"2", 1)))
    with pytest.raises(DataError, match=r"JapaneseVowels_TEST.ts.gz \(sha256 .* cannot be trusted"):
        verify("japanese-vowels")
    (folder / "JapaneseVowels_TEST.ts.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"TEST.ts.gz .* cannot be trusted. Delete"):
        verify("japanese-vowels")


def wav(tmp_path, record, hz):
    return record(tmp_path / "x.wav", (0.1 * np.sin(np.arange(900) * hz)).astype("f4")).read_bytes()


@pytest.fixture
def digits(tmp_path, record):
    """A little data set of the same form: as an archive with a folder around it."""
    names = ["3_ann_0.wav", "3_bob_4.wav", "7_ann_5.wav", "7_bob_49.wav"]
    recordings = {name: wav(tmp_path, record, 0.1 * (i + 1)) for i, name in enumerate(names)}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in {"README.md": b"x", "recordings/notes.wav": b"x"}.items():
            member = tarfile.TarInfo(f"top-1.0/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, content in reversed(recordings.items()):
            member = tarfile.TarInfo(f"top-1.0/recordings/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue(), recordings


@pytest.mark.parametrize("is_extracted", [False, True])
def test_spoken_digits_from_an_archive_or_a_folder(
    digits, monkeypatch, tmp_path, no_data, is_extracted
):
    packed, recordings = digits
    folder = tmp_path / "own" / "fsdd"
    (folder / "recordings").mkdir(parents=True)
    if is_extracted:
        for name, content in recordings.items():
            (folder / "recordings" / name).write_bytes(content)
        (folder / "recordings" / "other.wav").write_bytes(b"")
    else:
        (folder / "recordings").rmdir()
        (folder / "fsdd_recordings.tar.gz").write_bytes(packed)
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    examples = read_examples("spoken-digits", sample_rate_hz=16000)
    assert examples.names == ("3_ann_0.wav", "3_bob_4.wav", "7_ann_5.wav", "7_bob_49.wav")
    assert examples.labels == ("3", "3", "7", "7")
    assert examples.groups == ("ann", "bob", "ann", "bob")
    assert examples.parts == ("test", "test", "train", "train")
    assert examples.sample_rate_hz == 16000
    assert [len(v) for v in examples.values()] == [1800] * 4
    with pytest.raises(DataError, match=r"fsdd_recordings.tar.gz \(sha256"):
        verify("spoken-digits")


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive" * 100, mtime=0)],
    ids=["empty", "text", "gzip of text"],  # each worker must collect the same names
)
def test_a_damaged_archive(content, monkeypatch, tmp_path, no_data):
    folder = tmp_path / "own" / "fsdd"
    folder.mkdir(parents=True)
    (folder / "fsdd_recordings.tar.gz").write_bytes(content)
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    with pytest.raises(DataError, match=r"archive.*Delete it and run `saiki data fetch spoken-dig"):
        load("spoken-digits")


def test_a_cut_archive(digits, monkeypatch, tmp_path, no_data):
    folder = tmp_path / "own" / "fsdd"
    folder.mkdir(parents=True)
    (folder / "fsdd_recordings.tar.gz").write_bytes(digits[0][:-900])
    monkeypatch.setenv("SAIKI_DATA", str(tmp_path / "own"))
    with pytest.raises(DataError, match="the archive is damaged"):
        load("spoken-digits")


def test_the_real_spoken_digits(spoken_digits):
    verify(spoken_digits)
    examples = read_examples(spoken_digits)
    assert Counter(examples.parts) == {"train": 2700, "test": 300}
    assert Counter(examples.groups) == dict.fromkeys(
        ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"], 500
    )
    assert Counter(examples.labels) == {str(d): 300 for d in range(10)}
    first = examples.names.index("0_george_0.wav")
    assert (len(examples.value(first)), examples.parts[first]) == (2384, "test")
