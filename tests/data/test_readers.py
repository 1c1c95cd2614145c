"""Audio sources: folders, patterns, tables, lists."""

import gzip

import numpy as np
import pytest
import soxr

from saiki.data import read_examples
from saiki.errors import DataError, MissingFileError


@pytest.fixture
def folder(tmp_path, record, tone):
    for label, hz in (("low", 300.0), ("high", 1500.0)):
        for take in range(2):
            record(tmp_path / "set" / label / f"{take}.wav", tone(hz=hz, seconds=0.1 + take / 50))
    return tmp_path / "set"


def test_a_folder_has_a_subfolder_a_label(folder, tone):
    examples = read_examples(folder)
    assert examples.labels == ("high", "high", "low", "low")
    assert (examples.kind, examples.channels, examples.sample_rate_hz) == ("audio", 1, 8000)
    assert examples.names[3] == str(folder / "low" / "1.wav")
    assert examples.value(3).dtype == np.float32
    np.testing.assert_allclose(examples.value(3), tone(hz=300.0, seconds=0.12), atol=1e-4)


def test_hidden_files_and_other_files_are_left_out(folder):
    (folder / "low" / ".hidden.wav").write_bytes(b"")
    (folder / "low" / "notes.txt").write_text("x")
    (folder / ".git").mkdir()
    assert len(read_examples(folder)) == 4


def test_a_pattern_takes_the_folder_as_label(folder):
    examples = read_examples(f"{folder}/*/0.wav")
    assert examples.labels == ("high", "low")


def test_a_pattern_without_files(tmp_path):
    with pytest.raises(DataError, match=r"no file matches this pattern. Check it"):
        read_examples(f"{tmp_path}/*.wav")


@pytest.mark.parametrize(
    ("suffix", "options", "tolerance"),
    [
        ("wav", {}, 1e-4),
        ("flac", {}, 1e-4),
        ("ogg", {}, 0.05),
        ("mp3", {}, 0.05),
        ("wav", {"subtype": "FLOAT"}, 0),
        ("wav", {"subtype": "PCM_24"}, 1e-6),
    ],
)
def test_formats(tmp_path, record, tone, suffix, options, tolerance):
    samples = tone(seconds=0.5, rate=16000)
    path = record(tmp_path / f"a.{suffix}", samples, 16000, **options)
    examples = read_examples([path], allow_unlabelled=True)
    assert examples.labels is None
    assert examples.sample_rate_hz == 16000
    got = examples.value(0)
    middle = slice(2000, 6000)
    assert abs(np.sqrt(np.mean(got[middle] ** 2)) / np.sqrt(np.mean(samples**2)) - 1) < 0.1
    if suffix != "mp3":  # an encoder's delay moves it
        np.testing.assert_allclose(got[middle], samples[middle], atol=tolerance)


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("tsv", "\t"), ("csv.gz", ",")])
def test_a_table_with_every_column(folder, suffix, delimiter):
    rows = [
        ("file", "word", "speaker", "use"),
        ("low/0.wav", "a", "ann", "train"),
        ("low/1.wav", "b", "bob", "dev"),
        ("high/0.wav", "a", "cid", "Test"),
    ]
    text = "".join(delimiter.join(row) + "\n" for row in rows).encode("utf-8-sig")
    table = folder / f"table.{suffix}"
    table.write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
    examples = read_examples(
        table,
        path_column="file",
        label_column="word",
        group_column="speaker",
        part_column="use",
    )
    assert examples.labels == ("a", "b", "a")
    assert examples.groups == ("ann", "bob", "cid")
    assert examples.parts == ("train", "validation", "test")
    assert [len(v) for v in examples.values()] == [800, 960, 800]


def test_a_jsonl_table(folder):
    table = folder / "table.jsonl"
    table.write_text('{"path": "low/0.wav", "label": 7}\n\n{"path": "high/0.wav", "label": "x"}\n')
    assert read_examples(table).labels == ("7", "x")


def test_a_table_without_labels_to_predict(folder):
    table = folder / "table.csv"
    table.write_text("path\nlow/0.wav\n")
    assert read_examples(table, allow_unlabelled=True).labels is None
    with pytest.raises(DataError, match="there is no column 'label'; the columns are path"):
        read_examples(table)


def test_one_file_and_a_flat_folder_to_predict(folder):
    assert len(read_examples(folder / "low", allow_unlabelled=True)) == 2
    assert len(read_examples(str(folder / "low" / "0.wav"), allow_unlabelled=True)) == 1
    with pytest.raises(DataError, match=r"the labels are missing. Give a folder"):
        read_examples(folder / "low" / "0.wav")
    with pytest.raises(DataError, match="no sub-folders, so the labels are missing"):
        read_examples(folder / "low")


def test_resampling(tmp_path, record, tone):
    up = record(tmp_path / "a.wav", tone(rate=8000), 8000)
    down = record(tmp_path / "b.wav", tone(rate=44100), 44100)
    examples = read_examples([up, down], sample_rate_hz=16000, allow_unlabelled=True)
    assert examples.sample_rate_hz == 16000
    for i, rate in enumerate((8000, 44100)):
        expected = soxr.resample(tone(rate=rate), rate, 16000)
        np.testing.assert_allclose(examples.value(i), expected, atol=1e-4)


def test_mixed_rates_need_a_wanted_one(tmp_path, record):
    paths = [record(tmp_path / "a.wav", rate=8000), record(tmp_path / "b.wav", rate=16000)]
    with pytest.raises(
        DataError, match=r"16000 Hz, but that of .*a.wav is 8000 Hz. Give sample_ra"
    ):
        read_examples(paths, allow_unlabelled=True)


def test_channels(tmp_path, record, tone):
    both = np.stack([tone(amplitude=0.4), np.zeros(800, np.float32)], axis=1)
    path = record(tmp_path / "a.wav", both, 8000)
    with pytest.raises(DataError, match=r'expected 1 channel \(mono\); got 2. .*channels="mix"'):
        read_examples([path], allow_unlabelled=True)
    mixed = read_examples([path], channels="mix", allow_unlabelled=True)
    np.testing.assert_allclose(mixed.value(0), tone(amplitude=0.2), atol=1e-4)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "path,lable\nlow/0.wav,a\n",
            "no column 'label'; the columns are path, lable. The nearest",
        ),
        ("path,label\n", "the table has no rows"),
        ("", "the table has no rows"),
        ("path,label\nlow/0.wav,\n", "row 1: the label is missing"),
        ("path,label\n ,a\n", "row 1: the path is missing"),
        ("path,label\nlow/0.wav,a,b\n", "line 2: 3 cells, but the header has 2 columns"),
        ("path,label\nlow/9.wav,a\n", "9.wav: no such file"),
        ("path,label\nlow/0.wav,a\nlow/../low/0.wav,b\n", "in row 1 .* and again in row 2"),
    ],
)
def test_bad_tables(folder, table, message):
    (folder / "table.csv").write_text(table)
    with pytest.raises(DataError, match=message):
        read_examples(folder / "table.csv", kind="audio")


def test_bad_parts_and_columns(folder):
    (folder / "table.csv").write_text("path,label,part\nlow/0.wav,a,tran\n")
    with pytest.raises(DataError, match=r"the part 'tran' is unknown; .* The nearest is 'train'"):
        read_examples(folder / "table.csv", part_column="part")
    with pytest.raises(DataError, match=r"no column 'speaker'.*give group_column="):
        read_examples(folder / "table.csv", group_column="speaker")


def test_a_recording_in_two_parts_of_a_table(folder):
    (folder / "t.csv").write_text("path,label,part\nlow/0.wav,a,train\nlow/0.wav,a,test\n")
    with pytest.raises(DataError, match=r"row 1 \(train\) and again in row 2 \(test\)"):
        read_examples(folder / "t.csv", part_column="part")


def test_bad_json_lines(folder):
    (folder / "t.jsonl").write_text('{"path": "low/0.wav", "label": "a"}\n[1]\n')
    with pytest.raises(DataError, match="line 2: not a JSON object"):
        read_examples(folder / "t.jsonl")
    (folder / "t.jsonl").write_text("{nonsense\n")
    with pytest.raises(DataError, match="line 1: not a JSON object"):
        read_examples(folder / "t.jsonl")


def test_not_utf8(folder):
    (folder / "t.csv").write_bytes(b"path,label\nlow/0.wav,\xe9\n")
    with pytest.raises(DataError, match=r"t.csv, line 2: not UTF-8 text \(byte 0xe9 at posi"):
        read_examples(folder / "t.csv")


def test_a_damaged_gz(folder):
    (folder / "t.csv.gz").write_bytes(gzip.compress(b"path,label\n" * 100)[:-20])
    with pytest.raises(DataError, match=r"t.csv.gz: cannot be read"):
        read_examples(folder / "t.csv.gz")


def test_missing_sources(tmp_path, no_data):
    with pytest.raises(MissingFileError, match=r"no such file or folder. Check the path"):
        read_examples(tmp_path / "nothing")
    with pytest.raises(MissingFileError, match="nearest data set is 'spoken-digits'"):
        read_examples("spoken-digit")
    with pytest.raises(MissingFileError, match="Run `saiki data fetch spoken-digits`"):
        read_examples("spoken-digits")
    with pytest.raises(DataError, match="the list of files is empty"):
        read_examples([])


def test_an_unknown_format(tmp_path):
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(DataError, match=r"the format '.docx' is unknown; expected a folder, .wav"):
        read_examples(tmp_path / "a.docx")


def test_an_empty_label_folder(folder):
    (folder / "middle").mkdir()
    with pytest.raises(DataError, match="middle: this label folder holds no audio file"):
        read_examples(folder)
