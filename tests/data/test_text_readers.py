"""Texts: files, tables, folders, patterns, lists."""

import csv
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import SplitPlan, read_examples, split_examples
from saiki.data._tables import split_lines
from saiki.errors import ArgumentError, DataError, MissingFileError


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write


def texts(source, **options):
    return read_examples(source, allow_unlabelled=True, **options)


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "A.TXT"])
def test_a_line_a_record(write, name):
    path = write(name, " one two \n\n \t\n三つ目\u2028まだ三つ目\x85\r\nlast")
    examples = texts(path)
    assert examples.kind == "text"
    assert examples.values() == [" one two ", "三つ目\u2028まだ三つ目\x85", "last"]
    assert examples.names == (f"{path}, line 1", f"{path}, line 4", f"{path}, line 5")
    assert (examples.labels, examples.parts, examples.sample_rate_hz) == (None, None, None)
    assert examples.lengths().tolist() == [9, 9 + 1, 4]


def test_a_file_a_record(write):
    text = "First:\nbefore\n\nSecond:\r\nafter\n"
    path = write("a.txt", text)
    examples = texts(path, record="file")
    assert (examples.values(), examples.names) == ([text], (str(path),))


@pytest.mark.parametrize("record", ["line", "file"])
def test_files_without_text(write, record):
    with pytest.raises(DataError, match=r"a.txt: the file is empty. Give a file with"):
        texts(write("a.txt", ""), record=record)
    with pytest.raises(DataError, match=r"a.txt: holds no text: 3 lines, all of them blank"):
        texts(write("a.txt", "\n  \n\t\n"), record=record)
    with pytest.raises(DataError, match=r"a.txt.gz: the file is empty"):
        texts(write("a.txt.gz", ""), record=record)


def test_a_line_of_a_million_characters(write):
    line = "長い行 " * 250_000
    assert texts(write("a.txt", f"a\n{line}\n")).values() == ["a", line]


def test_texts_need_labels_unless_told_otherwise(write):
    with pytest.raises(DataError, match="the labels are missing"):
        read_examples(write("a.txt", "a\nb\n"))


def test_a_damaged_gz(write):
    path = write("a.txt.gz", "abc\n" * 1000)
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole[:12] + b"\xff\xff\xff" + whole[15:], b"no gzip"):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a.txt.gz: cannot be read .*get it again"):
            texts(path)


def test_several_files(write):
    paths = [write("b.txt", "1\n2\n"), write("a.txt.gz", "3\n")]
    assert texts(paths).values() == ["1", "2", "3"]
    assert texts(paths, record="file").values() == ["1\n2\n", "3\n"]
    with pytest.raises(MissingFileError, match=r"c.txt: no such file"):
        texts([*paths, paths[0].with_name("c.txt")])


ROWS = [
    ("head", "body", "class", "who", "use"),
    ("T1", 'two\nlines, "quoted"\r\nthree', "a", "ann", "train"),
    ("T2", "x\u2028y\x0cz", "b", "bob", "dev"),
    ("T3", "三", "a|b", "bob", "test"),
]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "jsonl"])
def test_a_table_with_every_column(write, suffix, tmp_path):
    if suffix == "jsonl":
        rows = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    else:
        delimiter = "\t" if suffix == "tsv" else ","
        with (tmp_path / "made").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter).writerows(ROWS)
        content = (tmp_path / "made").read_bytes()
    examples = read_examples(
        write(f"t.{suffix}", content),
        text_columns=("head", "body"),
        label_column="class",
        group_column="who",
        part_column="use",
    )
    assert examples.kind == "text"
    assert examples.values() == [f"{row[0]} {row[1]}" for row in ROWS[1:]]
    assert examples.labels == ("a", "b", "a|b")
    assert examples.groups == ("ann", "bob", "bob")
    assert examples.parts == ("train", "validation", "test")
    assert examples.names[2].endswith(f"t.{suffix}, row 3")


def test_what_a_table_holds_is_found_out(write):
    def kind(name, content, **options):
        try:
            return read_examples(write(name, content), **options).kind
        except MissingFileError:
            return "audio"  # the recordings that it names are not there

    assert kind("t.csv", "text,label\ngood,1\n") == "text"
    assert kind("t.csv", "body,label\ngood,1\n", text_columns="body") == "text"
    assert kind("t.csv", "body,label\n2.5,1\n", text_columns=("body",)) == "text"
    assert kind("t.csv", "path,text,label\na.wav,good,1\n") == "audio"
    assert kind("t.csv", "path,text,label\na.wav,good,1\n", kind="text") == "text"
    assert kind("t.csv", "id,text,label\n1,2.5,x\n1,3.5,x\n") == "series"
    assert kind("t.csv", "id,text,label\n1,2.5,x\n1,3.5,x\n", kind="text") == "text"
    assert kind("t.jsonl", '\n{"text": "good", "label": "1"}\n') == "text"
    assert kind("t.jsonl", '{"path": "a.wav", "text": "good", "label": "1"}\n') == "audio"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_row(write, end):
    path = write("t.csv", end.join(["text,label", "a,b", "", "c,d", ""]))
    assert read_examples(path).values() == ["a", "c"]


def test_cells_longer_than_the_csv_module_allows(write):
    limit = csv.field_size_limit()
    long = "あ" * (limit + 1)
    path = write("t.csv", f'text,label\n"{long}",a\nb,b\n')
    assert read_examples(path).values() == [long, "b"]
    assert csv.field_size_limit() == limit


def test_a_cell_without_its_closing_quotation_mark(write):
    with pytest.raises(DataError, match=r"line 3: the row that begins here cannot be .*written tw"):
        read_examples(write("t.csv", 'text,label\na,a\n"b,b\nc,c\nd,d\n'))
    with pytest.raises(DataError, match=r"line 1: the row that begins here cannot be read"):
        read_examples(write("t.csv", '"text,label\na,a\n'))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"kind": "text"},
            "no column 'text'; the columns are texts, label. The nearest is 'texts'",
        ),
        ({"text_columns": "txts"}, "no column 'txts'; .* nearest is 'texts': give text_columns="),
        ({"text_columns": ("texts", "title")}, "no column 'title'"),
        ({"text_columns": "texts", "label_column": "class"}, "no column 'class'; .*label_column="),
        ({"text_columns": "texts", "group_column": "g"}, "no column 'g'; .* give group_column="),
        ({"text_columns": "texts", "part_column": "p"}, "no column 'p'; .* give part_column="),
    ],
)
def test_missing_columns(write, options, message):
    with pytest.raises(DataError, match=message):
        read_examples(write("t.csv", "texts,label\na,b\n"), **options)


def test_a_table_without_labels_serves_for_prediction(write):
    assert texts(write("t.csv", "text\na\nb\n")).labels is None


def test_cells_that_cannot_be_used(write):
    with pytest.raises(DataError, match=r"t.csv, row 2: the text is missing. Fill it in"):
        read_examples(write("t.csv", "text,label\na,b\n ,b\n"))
    with pytest.raises(DataError, match=r"t.csv, row 1: the label is missing"):
        read_examples(write("t.csv", "text,label\na,\n"))
    with pytest.raises(DataError, match=r"row 1: holds half of a surrogate pair .\\ud83d."):
        read_examples(write("t.jsonl", '{"text": "a\\ud83d", "label": "b"}\n'))
    with pytest.raises(DataError, match=r"t.csv: the table has no rows"):
        read_examples(write("t.csv", "text,label\n"), kind="text")


def test_tables_in_other_encodings(write):
    path = write("t.csv", "text,label\n良い,正\n悪いです,負\n".encode("cp932"))
    with pytest.raises(DataError, match=r"t.csv, line 2: not UTF-8 .* --data.encoding cp932"):
        read_examples(path)
    examples = read_examples(path, encoding="cp932")
    assert (examples.values(), examples.labels) == (["良い", "悪いです"], ("正", "負"))


@pytest.fixture
def folder(write, tmp_path):
    write("set/neg/1.txt", "bad\nvery bad\n")
    write("set/neg/2.txt.gz", "poor")
    write("set/pos/1.txt", "good")
    write("set/pos/.hidden.txt", "hidden")
    write("set/pos/notes.md", "notes")
    write("set/.git/1.txt", "hidden")
    return tmp_path / "set"


def test_a_folder_has_a_subfolder_a_label(folder):
    examples = read_examples(folder)
    assert examples.kind == "text"
    assert examples.labels == ("neg", "neg", "pos")
    assert examples.values() == ["bad\nvery bad\n", "poor", "good"]
    assert examples.names[2] == str(folder / "pos" / "1.txt")
    assert read_examples(folder, record="line").labels == ("neg", "neg", "neg", "pos")


def test_folders_that_cannot_be_used(folder, write):
    write("set/empty/notes.md", "x")
    with pytest.raises(DataError, match=r"empty: this label folder holds no text file"):
        read_examples(folder)
    with pytest.raises(DataError, match=r"neg: no sub-folders, so the labels are missing. .*texts"):
        read_examples(folder / "neg", kind="text")


def test_a_folder_with_audio_is_one_of_audio(folder, record):
    record(folder / "pos" / "1.wav")
    with pytest.raises(DataError, match=r"neg: this label folder holds no audio file"):
        read_examples(folder)
    assert len(read_examples(folder, kind="text")) == 3


def test_files_straight_in_a_folder_have_no_labels(folder):
    examples = texts(folder / "neg")
    assert (examples.values(), examples.labels) == (["bad\nvery bad\n", "poor"], None)
    assert texts(folder / "neg", record="line").values() == ["bad", "very bad", "poor"]


def test_a_pattern_takes_the_folder_as_label(folder):
    examples = read_examples(f"{folder}/*/1.txt")
    assert (examples.values(), examples.labels) == (["bad\nvery bad\n", "good"], ("neg", "pos"))
    assert read_examples(f"{folder}/*/2*", kind="text").values() == ["poor"]
    assert len(read_examples(f"{folder}/*/1.txt", record="line")) == 3
    with pytest.raises(DataError, match=r"no file matches this pattern"):
        read_examples(f"{folder}/*/3.txt")


def test_kinds_that_do_not_fit(write):
    with pytest.raises(DataError, match=r"the format '.txt' is unknown"):
        texts(write("a.txt", "a"), kind="series")
    with pytest.raises(ArgumentError, match="bundled-text-en: is a data set of kind text; series"):
        texts("bundled-text-en", kind="series")
    with pytest.raises(ArgumentError, match="japanese-vowels: is a data set of kind series; text"):
        texts("japanese-vowels", kind="text")


def test_texts_are_split_like_everything_else(write):
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(40))
    examples = read_examples(write("t.csv", "text,label\n" + rows))
    parts = split_examples(examples, SplitPlan(by="fractions", test_fraction=0.25))
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [27, 3, 10]
    assert sorted(examples.labels[i] for i in parts.test) == ["a"] * 5 + ["b"] * 5


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_lines_come_back(lines):
    for end in ("\n", "\r\n"):
        assert split_lines("".join(line + end for line in lines)) == lines


def test_a_column_twice_in_the_header(write):
    with pytest.raises(DataError, match=r"t.csv: the header has the column 'text' twice. Rename"):
        texts(write("t.csv", "text,text,label\na,b,c\n"))
    assert texts(write("t.csv", "text,label,,\na,b,,\n")).values() == ["a"]  # as spreadsheets do


@pytest.mark.parametrize(
    "line", ['{"text": ' + "1" * 5000 + "}", "[" * 100_000, '{"text": "a"'], ids=len
)
def test_lines_that_are_no_json_object(write, line):
    path = write("t.jsonl", '{"text": "a"}\n' + line + "\n")
    with pytest.raises(DataError, match=r"t.jsonl, line 2: not a JSON object"):
        texts(path)


def test_a_label_that_is_no_text(write):
    path = write("t.jsonl", '{"text": "a", "label": "\\ud83d"}\n')
    with pytest.raises(DataError, match=r"row 1: holds half of a surrogate pair \(\\ud83d\)"):
        read_examples(path)
