"""Pairs of texts from files and tables, and what is said of files that do not fit."""

import gzip
import json
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import ParallelText, read_parallel
from saiki.data._parallel_alignment import first_gap
from saiki.errors import ArgumentError, DataError, MissingFileError

ENGLISH = ["I eat.", "it is a very long sentence about the rain in Tokyo", "no", "are you there ?"]
JAPANESE = ["食べる。", "東京の雨についてのとても長い文である", "いいえ", "そこにいますか"]


@pytest.fixture
def write(tmp_path):
    def write_file(name, content, encoding="utf-8"):
        raw = content if isinstance(content, bytes) else content.encode(encoding)
        path = tmp_path / name
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return str(path)

    return write_file


def lines(texts, end="\n"):
    return "".join(text + end for text in texts)


@pytest.mark.parametrize(("suffix", "end"), [("", "\n"), (".gz", "\n"), ("", "\r\n")])
def test_two_files_line_by_line(write, suffix, end):
    source = write(f"train.en{suffix}", lines(ENGLISH, end))
    target = write(f"train.ja{suffix}", lines(JAPANESE, end).removesuffix(end))
    pairs = read_parallel(source, target)
    assert pairs.sources == tuple(ENGLISH)
    assert pairs.targets == tuple(JAPANESE)
    assert pairs.names == tuple(f"train.en{suffix}:{i}" for i in range(1, 5))
    assert (pairs.parts, pairs.groups, pairs.skipped, len(pairs)) == (None, None, 0, 4)


def test_nothing_but_a_line_feed_ends_a_line(write):
    source = write("a.en", "one\u2028line\x0b here \ntwo\n")
    pairs = read_parallel(source, write("a.ja", "一\x85行\n二\n"))
    assert pairs.sources == ("one\u2028line\x0b here ", "two")
    assert pairs.targets == ("一\x85行", "二")


def test_a_side_without_text(write):
    source = write("a.en", "one\n \nthree\n\nfive\n")
    target = write("a.ja", "一\n二\n\u3000\n\n五\n")
    pairs = read_parallel(source, target)
    assert (pairs.sources, pairs.targets) == (("one", "five"), ("一", "五"))
    assert (pairs.names, pairs.skipped) == (("a.en:1", "a.en:5"), 3)
    with pytest.raises(DataError, match=r"a.en:2: the source side has no text \(3 such pairs"):
        read_parallel(source, target, strict=True)
    short = write("b.en", "one\nthree\n"), write("b.ja", "一\n\n")
    with pytest.raises(DataError, match=r"b.en:2: the target side has no text \(1 such"):
        read_parallel(*short, strict=True)
    with pytest.raises(DataError, match=r"c.en: there is no pair with .* \(2 without\)"):
        read_parallel(write("c.en", "\n\n"), write("c.ja", "一\n二\n"))


def test_unequal_numbers_of_lines(write):
    source = write("a.en", lines(ENGLISH))
    missing = [JAPANESE[0], *JAPANESE[2:]]
    message = (
        r"a.en has 4 lines and .*a.ja has 3: line 4 of .*a.en is the first without a partner "
        r"\('are you there \?'\).* out of step near line 2\."
    )
    with pytest.raises(DataError, match=message):
        read_parallel(source, write("a.ja", lines(missing)))
    with pytest.raises(DataError, match=r"a.ja has 3 lines and .*a.en has 4: line 4 of .*a.en"):
        read_parallel(write("a.ja", lines(missing)), source)
    with pytest.raises(DataError, match=r"a.ja: the file is empty, and .*a.en has 4 lines"):
        read_parallel(source, write("a.ja", ""))
    with pytest.raises(DataError, match=r"a.en has 4 lines and .*: line 5 of .*\('x{60}…'\)"):
        read_parallel(source, write("a.ja", lines([*JAPANESE, "x" * 99])))


def varied(lengths):
    """Lines of these lengths, and as many that are 40 % as long."""
    return ["s" * n for n in lengths], ["t" * max(1, round(0.4 * n)) for n in lengths]


def misfit(long, short, at):
    """The sum over all lines when those that are missing in `short` are taken to be before `at`."""
    shift = len(long) - len(short)

    def mean(texts):
        return sum(math.log(1 + len(t)) for t in texts) / len(texts)

    usual = mean(long) - mean(short)
    kept = long[:at] + long[at + shift :]
    pairs = zip(kept, short, strict=True)
    return sum(abs(math.log(1 + len(a)) - math.log(1 + len(b)) - usual) for a, b in pairs)


SIZES = st.lists(st.integers(1, 200), min_size=1, max_size=30)


@given(SIZES, SIZES)
def test_the_gap_is_where_the_lengths_fit_best(some, others):
    one, other = ["s" * n for n in some], ["t" * n for n in others]
    if len(one) == len(other):
        one.append("sss")
    found = first_gap(one, other)
    assert found == first_gap(other, one)
    long, short = sorted((one, other), key=len, reverse=True)
    misfits = [misfit(long, short, at) for at in range(len(short) + 1)]
    assert misfits[found - 1] == pytest.approx(min(misfits), abs=1e-9)


def test_gaps_of_real_sizes():
    long, short = varied([7 + 13 * i % 101 for i in range(400)])
    for at in (0, 1, 57, 398):
        assert abs(first_gap(long, short[:at] + short[at + 1 :]) - (at + 1)) <= 1
    assert first_gap(long, short[:-1]) == 400
    blank = [*short[:200], *short[201:]]
    assert abs(first_gap(blank, long) - 201) <= 1


def test_encodings(write):
    japanese = "昨日は雨が降っていました。\nそれから彼はゆっくり家に帰った。\n"
    source, target = write("a.en", "a\nb\n"), write("a.ja", japanese, "cp932")
    with pytest.raises(DataError, match=r"a.ja, line 1: not UTF-8 .* likely cp932"):
        read_parallel(source, target)
    assert read_parallel(source, target, encoding="cp932").targets[1].endswith("家に帰った。")
    with pytest.raises(ArgumentError, match="encoding: must be one that Python knows"):
        read_parallel(source, target, encoding="shift-jizz")


TABLE = [
    {"en": "Go, now", "ja": "行け", "split": "train", "kind": "a"},
    {"en": "Stop", "ja": "", "split": "train", "kind": "b"},
    {"en": 'He said "no"', "ja": "彼は「いや」と言った", "split": "dev", "kind": "b"},
    {"en": "Late", "ja": "遅い", "split": "test", "kind": "a"},
]


def table(suffix):
    if suffix == ".jsonl":
        return lines(json.dumps(row, ensure_ascii=False) for row in TABLE)
    mark = "\t" if suffix == ".tsv" else ","
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row.values()] for row in TABLE]
    return lines(mark.join(cells) for cells in [list(TABLE[0]), *quoted])


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_tables(write, suffix, packed):
    path = write(f"pairs{suffix}{packed}", table(suffix))
    columns = {"source_column": "en", "target_column": "ja"}
    pairs = read_parallel(path, **columns, part_column="split", group_column="kind")
    assert pairs.sources == ("Go, now", 'He said "no"', "Late")
    assert pairs.targets == ("行け", "彼は「いや」と言った", "遅い")
    assert pairs.parts == ("train", "validation", "test")
    assert pairs.groups == ("a", "b", "a")
    assert pairs.skipped == 1
    assert pairs.names[1] == f"pairs{suffix}{packed}, row 3"
    assert read_parallel(path, **columns).parts is None
    with pytest.raises(DataError, match=r"row 2: the target side has no text"):
        read_parallel(path, **columns, strict=True)
    with pytest.raises(DataError, match=r"no column 'target'; the columns are en, ja, split, kind"):
        read_parallel(path, source_column="en")
    with pytest.raises(DataError, match=r"no column 'splot'; .* nearest is 'split': give part_col"):
        read_parallel(path, **columns, part_column="splot")
    with pytest.raises(DataError, match=r"row 1: the part 'a' is unknown"):
        read_parallel(path, **columns, part_column="kind")


def test_a_table_with_the_usual_columns(write):
    path = write("pairs.csv", "target,source\nx,a\n")
    assert read_parallel(path).sources == ("a",)
    headed = write("pairs.tsv", "target\tsource\nx\ta\n")
    assert read_parallel(headed).sources == ("a",)


def test_two_bare_columns(write):
    path = write("pairs.tsv", '"Go," he said.\t「行け」と言った。\n\nNo "\tいいえ\n\tない\n')
    pairs = read_parallel(path)
    assert pairs.sources == ('"Go," he said.', 'No "')
    assert pairs.targets == ("「行け」と言った。", "いいえ")
    assert (pairs.names, pairs.skipped) == (("pairs.tsv:1", "pairs.tsv:3"), 2)
    with pytest.raises(DataError, match=r"no column 'part'; the columns are source, target"):
        read_parallel(path, part_column="part")
    ragged = write("ragged.tsv", "a\tb\nc\td\te\n")
    with pytest.raises(DataError, match=r"ragged.tsv, line 2: 3 cells, but the first line has 2"):
        read_parallel(ragged)
    with pytest.raises(DataError, match=r"'en' and 'Japanese', looks like a header. Give source_c"):
        read_parallel(write("headed.tsv", "en\tJapanese\nGo\t行け\n"))
    with pytest.raises(DataError, match=r"no column 'source'; the columns are Go, 行け, CC BY"):
        read_parallel(write("three.tsv", "Go\t行け\tCC BY\nNo\tいいえ\tCC BY\n"))
    with pytest.raises(DataError, match=r"no column 'source'; the columns are a, b"):
        read_parallel(write("bare.csv", "a,b\nc,d\n"))


def test_rows_of_jsonl_with_other_keys(write):
    path = write("pairs.jsonl", '{"source": "a", "target": "x"}\n{"source": "b"}\n')
    with pytest.raises(DataError, match=r"pairs.jsonl, row 2: has no 'target', which other rows"):
        read_parallel(path)
    half = write("half.jsonl", '{"source": "a\\ud83d", "target": "x"}\n')
    with pytest.raises(DataError, match=r"half.jsonl, row 1: holds half of a surrogate pair"):
        read_parallel(half)
    with pytest.raises(DataError, match="the table has no rows"):
        read_parallel(write("none.jsonl", "\n"))


def test_arguments_that_do_not_fit(write, tmp_path):
    source, target, pairs = write("a.en", "a\n"), write("a.ja", "b\n"), write("p.tsv", "a\tb\n")
    for arguments, message in [
        ([source], r"a.en is one file of text, and the other side is missing"),
        ([str(tmp_path)], r"is a folder. Give two files of text"),
        ([pairs, target], r"p.tsv is a table, which has both sides"),
        ([source, pairs], r"p.tsv is a table, which has both sides"),
        (["dates", target], r"dates is a data set and has both sides"),
        ([source, source], r"a.en is given as both sides, so every text would be its own"),
        (["spoken-digits"], r"spoken-digits: is a data set of kind audio; parallel text is"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            read_parallel(*arguments)
    with pytest.raises(ArgumentError, match=r"group_column is for tables, and .*a.en is none"):
        read_parallel(source, target, group_column="kind")
    with pytest.raises(ArgumentError, match=r"part_column is for tables, and dates is none"):
        read_parallel("dates", part_column="part")
    with pytest.raises(ArgumentError, match=r"two columns; both are 'ja'"):
        read_parallel("dates", source_column="ja", target_column="ja")


def test_what_is_not_there(write, tmp_path):
    with pytest.raises(MissingFileError, match=r"small-parallel-jaen: no such .* nearest .*-enja'"):
        read_parallel("small-parallel-jaen")
    with pytest.raises(MissingFileError, match=r"xyz: no such file. .* text: small-parallel-enja,"):
        read_parallel("xyz")
    for arguments in (["no.tsv"], [write("a.en", "a\n"), str(tmp_path / "a.ja")]):
        with pytest.raises(MissingFileError, match=r"no such file. Check the path"):
            read_parallel(*arguments)


TEXTS = st.text(min_size=1).filter(lambda text: bool(text.strip()))
PAIRS = st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(["train", "validation", "test"])))


def parallel(rows, groups=None):
    return ParallelText(
        sources=tuple(row[0] for row in rows),
        targets=tuple(row[1] for row in rows),
        names=tuple(map(str, range(len(rows)))),
        parts=tuple(row[2] for row in rows),
        groups=groups,
    )


@given(PAIRS)
def test_parts_are_the_pairs_in_order(rows):
    pairs = parallel(rows)
    for part in ("train", "validation", "test"):
        chosen = pairs.part(part)
        expected = [row for row in rows if row[2] == part]
        assert list(zip(chosen.sources, chosen.targets, chosen.parts, strict=True)) == expected
        assert len(chosen) == len(expected)
    assert pairs.subset(range(len(rows))) == pairs
    assert pairs.subset(range(len(rows))).fingerprint() == pairs.fingerprint()


@given(PAIRS, PAIRS)
def test_equal_fingerprints_mean_equal_pairs(rows, others):
    assert (parallel(rows).fingerprint() == parallel(others).fingerprint()) == (rows == others)


def test_what_a_fingerprint_covers():
    rows = [("ab", "c", "train"), ("d", "e", "test")]
    pairs = parallel(rows, ("x", "y"))
    others = [
        parallel(rows),
        parallel(rows, ("y", "x")),
        parallel([("a", "bc", "train"), rows[1]], ("x", "y")),
        parallel([("ab", "c", "test"), rows[1]], ("x", "y")),
        parallel(rows[::-1], ("y", "x")),
    ]
    assert len({pairs.fingerprint(), *(other.fingerprint() for other in others)}) == 6
    named = ParallelText(**{**vars(pairs), "names": ("p", "q")})
    assert named.fingerprint() == pairs.fingerprint()


def test_columns_of_unequal_length():
    with pytest.raises(ArgumentError, match=r"ParallelText: targets must have .* 1 sources; got 2"):
        ParallelText(sources=("a",), targets=("b", "c"), names=("1",))
    with pytest.raises(ArgumentError, match="groups must have"):
        ParallelText(sources=("a",), targets=("b",), names=("1",), groups=())
    bare = ParallelText(sources=("a",), targets=("b",), names=("a.en:1",))
    with pytest.raises(DataError, match=r"a.en:1: these pairs come without parts, .* no test part"):
        bare.part("test")


def test_parts_of_a_table_may_be_empty(write):
    path = write("p.csv", "source,target,part\na,b,train\n")
    pairs = read_parallel(path, part_column="part")
    assert len(pairs.part("validation")) == 0
    assert Counter(pairs.parts) == {"train": 1}
