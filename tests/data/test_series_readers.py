"""Series sources: .ts, long and wide tables, .npz."""

import gzip

import numpy as np
import pytest

from saiki.data import read_examples
from saiki.errors import DataError

TS = """# a comment
@problemName Little
@timeStamps false
@univariate false
@classLabel true 1 2
@data
1,2,3:4,5,6:1
7,8:9,10:2
"""


def test_ts(tmp_path):
    (tmp_path / "a.ts").write_text(TS)
    (tmp_path / "b.ts.gz").write_bytes(gzip.compress(TS.encode()))
    for name in ("a.ts", "b.ts.gz"):
        examples = read_examples(tmp_path / name)
        assert (examples.kind, examples.channels, examples.sample_rate_hz) == ("series", 2, None)
        assert examples.labels == ("1", "2")
        assert examples.names[1] == f"{name}: case 1"
        np.testing.assert_array_equal(examples.value(0), [[1, 4], [2, 5], [3, 6]])
        np.testing.assert_array_equal(examples.value(1), [[7, 9], [8, 10]])


def test_ts_without_labels(tmp_path):
    (tmp_path / "a.ts").write_text("@classLabel false\n@data\n1,2:3,4\n")
    examples = read_examples(tmp_path / "a.ts", allow_unlabelled=True)
    assert examples.labels is None
    assert examples.value(0).shape == (2, 2)
    with pytest.raises(DataError, match="the labels are missing"):
        read_examples(tmp_path / "a.ts")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("7,8:9,10:2", "7,8:9:2", r"case 1: its channels have unequal lengths \[2, 1\]"),
        ("7,8:9,10:2", "7,8:2", "case 1: this case has 1 channels, but .*case 0 has 2"),
        ("7,8:9,10:2", "7,8:9,?:2", "case 1, channel 1, step 1: expected a finite number; got nan"),
        ("7,8:9,10:2", "7,inf:9,1:2", "case 1, channel 0, step 1: .* got inf. Fill the gap"),
        ("7,8:9,10:2", "7,8:9,x:2", "case 1, channel 1: expected numbers; got 'x'"),
        ("7,8:9,10:2", "7,8:9,10:", "case 1: the label is missing"),
        ("@data", "@dota", "there is no @data line"),
        ("@timeStamps false", "@timeStamps true", "time stamps .* are not supported"),
        ("@classLabel true 1 2", "@targetLabel true", "this is a regression file"),
    ],
)
def test_bad_ts(tmp_path, old, new, message):
    (tmp_path / "a.ts").write_text(TS.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_examples(tmp_path / "a.ts")


def test_ts_without_cases(tmp_path):
    (tmp_path / "a.ts").write_text(TS[: TS.index("1,2,3")])
    with pytest.raises(DataError, match="there are no cases after @data"):
        read_examples(tmp_path / "a.ts")


LONG = """id,time,x,y,label,who,part
p,2,3,30,a,ann,train
p,10,5,50,a,ann,train
q,1,7,70,b,bob,test
p,1,1,10,a,ann,train
"""


def test_long_table(tmp_path):
    (tmp_path / "a.csv").write_text(LONG)
    examples = read_examples(tmp_path / "a.csv", group_column="who", part_column="part")
    assert examples.labels == ("a", "b")
    assert examples.groups == ("ann", "bob")
    assert examples.parts == ("train", "test")
    assert examples.names[0] == "a.csv: id p"
    np.testing.assert_array_equal(examples.value(0), [[1, 10], [3, 30], [5, 50]])
    np.testing.assert_array_equal(examples.value(1), [[7, 70]])


def test_long_table_with_named_columns(tmp_path):
    text = "run,when,v,label\n1,2026-02-01,5,a\n1,2026-01-01,4,a\n2,2026-01-01,6,b\n"
    (tmp_path / "a.csv").write_text(text)
    examples = read_examples(tmp_path / "a.csv", id_column="run", time_column="when")
    np.testing.assert_array_equal(examples.value(0), [[4], [5]])


def test_long_table_without_time_keeps_the_order(tmp_path):
    (tmp_path / "a.csv").write_text("case,v,label\n1,9,a\n2,5,b\n1,4,a\n")
    np.testing.assert_array_equal(read_examples(tmp_path / "a.csv").value(0), [[9], [4]])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("p,10,5,50,a", "p,10,5,,a", "id p, channel y, step 2: expected a finite number; got nan"),
        ("p,10,5,50,a", "p,10,5,z,a", "id p, channel y, step 2: expected a number; got 'z'"),
        ("p,10,5,50,a", "p,10,5,50,b", "id p: the column 'label' has several values a, b"),
        ("p,10,5,50,a", "p,,5,50,a", "id p: a row has no time"),
        ("x,y,label", "x,y,labl", "no column 'label'.* The nearest is 'labl'"),
    ],
)
def test_bad_long_tables(tmp_path, old, new, message):
    (tmp_path / "a.csv").write_text(LONG.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_examples(tmp_path / "a.csv", group_column="who", part_column="part")


def test_wide_table(tmp_path):
    (tmp_path / "a.csv").write_text("label,t0,t1,t2\nup,1,2,3\ndown,6,5,\n")
    examples = read_examples(tmp_path / "a.csv")
    assert examples.labels == ("up", "down")
    assert examples.channels == 1
    np.testing.assert_array_equal(examples.value(0), [[1], [2], [3]])
    np.testing.assert_array_equal(examples.value(1), [[6], [5]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,t0,t1\na,,2\n", "row 1, channel 0, step 0: expected a finite number; got nan"),
        ("label,t0,t1\na,,\n", "row 1: this case has no steps"),
        ("label\na\n", "no column with values is left beside label"),
        ("label,t0\n", "the table has no rows"),
    ],
)
def test_bad_wide_tables(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_examples(tmp_path / "a.csv")


def test_npz_layouts(tmp_path):
    cases = [np.arange(6.0).reshape(3, 2), 9 - np.arange(4.0).reshape(2, 2)]
    padded = np.zeros((2, 3, 2))
    padded[0], padded[1, :2] = cases
    common = {"labels": np.array([4, 5]), "groups": np.array(["u", "v"]), "lengths": [3, 2]}
    np.savez(tmp_path / "padded.npz", values=padded, **common)
    np.savez(tmp_path / "joined.npz", values=np.concatenate(cases), **common)
    for name in ("padded", "joined"):
        examples = read_examples(tmp_path / f"{name}.npz")
        assert examples.labels == ("4", "5")
        assert examples.groups == ("u", "v")
        for i in range(2):
            np.testing.assert_array_equal(examples.value(i), cases[i])
            assert examples.value(i).dtype == np.float32


def test_npz_of_one_length(tmp_path):
    parts = np.array(["train", "test"])
    np.savez(tmp_path / "a.npz", values=np.ones((2, 5)), labels=["a", "b"], parts=parts)
    examples = read_examples(tmp_path / "a.npz")
    assert examples.value(0).shape == (5, 1)
    assert examples.parts == ("train", "test")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"valves": np.ones((2, 5))}, "no array called values; the arrays are valves"),
        ({"values": np.ones(7)}, r"values must be \(N, T, C\), .* got \(7,\)"),
        ({"values": np.ones((7, 2)), "lengths": [3, 3]}, r"got \(7, 2\). Reshape it"),
        ({"values": np.ones((2, 5)), "lengths": [1.5, 2]}, "lengths must be .* whole numbers"),
        ({"values": np.array([["a"]])}, "values must be real numbers; got the type <U1"),
        ({"values": np.ones((2, 5)), "labels": ["a"]}, r"labels must be \(2,\), .* got \(1,\)"),
        ({"values": np.ones((0, 5)), "labels": []}, "values holds no cases"),
        ({"values": np.array([[1, np.nan]]), "labels": ["a"]}, "case 0, channel 0, step 1: .*nan"),
        ({"values": np.ones((2, 1)), "labels": np.array([{}, {}])}, "without pickled objects"),
    ],
)
def test_bad_npz(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_examples(tmp_path / "a.npz")


def test_npz_that_is_none(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match=r"a.npz: cannot be read as .npz"):
        read_examples(tmp_path / "a.npz")


def test_a_list_of_series_files_is_joined(tmp_path):
    for name in ("a.ts", "b.ts"):
        (tmp_path / name).write_text(TS)
    examples = read_examples([tmp_path / "a.ts", tmp_path / "b.ts"])
    assert examples.labels == ("1", "2", "1", "2")
    (tmp_path / "b.ts").write_text(TS.replace("7,8:9,10:2\n", "").replace("4,5,6:", "4,5,6:1,1,1:"))
    with pytest.raises(DataError, match=r"its channels is 3, but that of a.ts: case 0 is 2"):
        read_examples([tmp_path / "a.ts", tmp_path / "b.ts"])
