"""One long series: time stamps that rise evenly, cells that are numbers, and the catalogue's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import calendar_features, catalogue, load, read_examples, read_time_series, verify
from saiki.data._time_stamps import read_time_axis
from saiki.errors import ArgumentError, DataError, MissingFileError


def write(tmp_path, text, name="series.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def read(tmp_path, text, **named):
    return read_time_series(write(tmp_path, text), **{"time_column": "t"} | named)


@pytest.mark.parametrize(
    ("stamps", "unit", "step", "after"),
    [
        (["1949-11", "1949-12", "1950-01"], "months", 1, ["1950-02", "1950-03"]),
        (["2023-01-31", "2023-02-28", "2023-03-31"], "months", 1, ["2023-04-30", "2023-05-31"]),
        (["2022-12-31", "2023-01-31", "2023-02-28"], "months", 1, ["2023-03-31", "2023-04-30"]),
        (["2023-01-28", "2023-02-28"], "months", 1, ["2023-03-28", "2023-04-28"]),
        (["2020-02-29", "2021-02-28"], "months", 12, ["2022-02-28", "2023-02-28"]),
        (["2024-02-28", "2024-02-29", "2024-03-01"], "seconds", 86400, ["2024-03-02"]),
        (["2024-01-01 23:00:00", "2024-01-02 00:00:00"], "seconds", 3600, ["2024-01-02 01:00:00"]),
        (["2024/1/1 10:15", "2024/1/1 10:30"], "seconds", 900, ["2024/1/1 10:45"]),
        (["2024年1月1日", "2024年1月8日"], "seconds", 604800, ["2024年1月15日"]),
        (["2024年01月08日", "2024年01月15日"], "seconds", 604800, ["2024年01月22日"]),
        (["2024/1/31 22:00", "2024/1/31 23:00"], "seconds", 3600, ["2024/2/1 00:00"]),
        (["2024/1/31 9:00", "2024/1/31 21:00"], "seconds", 43200, ["2024/2/1 9:00"]),
        (["2024年1月1日 22:05", "2024年1月1日 23:05"], "seconds", 3600, ["2024年1月2日 00:05"]),
        (["2024年1月1日9時", "2024年1月1日21時"], "seconds", 43200, ["2024年1月2日9時"]),
        (["20240130", "20240131"], "seconds", 86400, ["20240201"]),
        (["202311", "202312"], "months", 1, ["202401"]),
        (["20240132", "20240133"], "numbers", 1, ["20240134"]),
        (["2019", "2020", "2021"], "numbers", 1, ["2022"]),
        (["0.1", "0.2", "0.3"], "numbers", 0.1, ["0.4", "0.5"]),
        (["2024-01-01T00:00:00+09:00", "2024-01-01T01:00:00+09:00"], "seconds", 3600,
         ["2024-01-01T02:00:00+0900"]),
    ],
)  # fmt: skip
def test_time_stamps_go_on_as_they_began(stamps, unit, step, after):
    axis = read_time_axis("x.csv", "t", stamps)
    assert (axis.unit, axis.step) == (unit, pytest.approx(step))
    assert list(axis.after(len(stamps) - 1, len(after))) == after


@given(
    st.integers(0, 10**9), st.sampled_from([1, 60, 900, 3600, 86400, 604800]), st.integers(2, 40)
)
def test_evenly_spaced_stamps_have_their_spacing_and_go_on(begin, step, count):
    stamps = np.datetime64(begin, "s") + np.arange(count + 3) * np.timedelta64(step, "s")
    labels = [str(stamp).replace("T", " ") for stamp in stamps]
    axis = read_time_axis("x.csv", "t", labels[:count])
    if axis.unit == "seconds":
        assert axis.step == step
    assert list(axis.after(count - 1, 3)) == labels[count:]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-02"], r"row 3: .*'2024-01-02'.* comes twice"),
        (["2024-01-02", "2024-01-01"], r"row 2: .*'2024-01-01' comes before '2024-01-02'"),
        (
            ["2024-01", "2024-02", "2024-04", "2024-05"],
            r"between '2024-02' and '2024-04'.* 2 times",
        ),
        (["1", "2", "3", "7", "8"], r"between '3' and '7'.* gap: .* 4 times"),
        (["2024-01-01", "yesterday"], r"row 2: .*'yesterday'.* as the first one, '2024-01-01'"),
        (["20240131", "20240201", "20240203"], r"between '20240201' and '20240203'.* 2 times"),
        (["inf", "2"], r"row 1: .*'inf'.* cannot be read\. Write it such as"),
        (["05/01/2024", "05/02/2024"], r"row 1: .*'05/01/2024'.* cannot be read\. Write it"),
    ],
)
def test_time_stamps_that_do_not_rise_evenly(tmp_path, rows, message):
    text = "t,y\n" + "".join(f"{stamp},{row}\n" for row, stamp in enumerate(rows))
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", "", "3"], r"row 2: the column 'y' has no number there \(''; 1 such cells"),
        (["1", "2", "NaN"], r"row 3: the column 'y' has no number there \('NaN'"),
        (["1", "inf", ""], r"row 2: the column 'y' has no number there \('inf'; 2 such"),
        (["1", "two", "3"], r"row 2: the column 'y' must hold numbers; got 'two'"),
    ],
)
def test_cells_that_are_no_numbers(tmp_path, cells, message):
    text = "t,y\n" + "".join(f"{row},{cell}\n" for row, cell in enumerate(cells))
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_only_the_end_of_an_open_column_may_be_empty(tmp_path):
    text = "t,y,z\n1,5,1\n2,6,2\n3,,3\n4,,4\n"
    series = read(tmp_path, text, open_columns=["y"])
    np.testing.assert_array_equal(series.select(["y"])[:, 0], [5, 6, np.nan, np.nan])
    with pytest.raises(DataError, match="row 2: the column 'y' has no number"):
        read(tmp_path, "t,y\n1,5\n2,\n3,7\n", open_columns=["y"])


def test_unknown_columns_are_answered_with_those_there_are(tmp_path):
    text = "t,load,oil\n1,2,3\n2,4,5\n"
    with pytest.raises(DataError, match=r"no column 'oils'; the columns are t, load, oil"):
        read(tmp_path, text, columns=["oils"])
    with pytest.raises(DataError, match=r"no column 'time'.*the name in data.time_column"):
        read(tmp_path, text, time_column="time")
    with pytest.raises(DataError, match="no column 'x'"):
        read(tmp_path, text).select(["x"])


def test_columns_without_a_time_are_counted_rows(tmp_path):
    path = write(tmp_path, "a\tb\n1\t2\n3\t4\n", "series.tsv")
    series = read_time_series(path)
    assert (series.columns, series.labels(1, 4)) == (("a", "b"), ["1", "2", "3"])
    np.testing.assert_array_equal(series.values, [[1, 2], [3, 4]])


def test_labels_reach_into_the_future(tmp_path):
    series = read(tmp_path, "t,y\n2024-01-30,1\n2024-01-31,2\n")
    assert series.labels(1, 4) == ["2024-01-31", "2024-02-01", "2024-02-02"]


@pytest.mark.parametrize(
    ("stamps", "plotted"),
    [
        (["2024年5月1日", "2024年5月2日"], ["2024-05-01", "2024-05-02"]),
        (["202405", "202406"], ["2024-05", "2024-06"]),
        (["2024/5/1 9:00", "2024/5/1 10:00"], ["2024-05-01 09:00:00", "2024-05-01 10:00:00"]),
        (["2024-5-1", "2024-5-2"], ["2024-5-1", "2024-5-2"]),
        (["0.5", "1.0"], ["0.5", "1.0"]),
    ],
)
def test_a_plot_reads_dates_with_dashes(stamps, plotted):
    assert read_time_axis("x.csv", "t", stamps).plotted(stamps) == plotted


def test_the_fingerprint_knows_names_times_and_values(tmp_path):
    texts = [
        "t,y\n1,5\n2,6\n",
        "t,z\n1,5\n2,6\n",
        "t,y\n2,5\n3,6\n",
        "t,y\n1,5\n2,7\n",
    ]
    assert len({read(tmp_path, text).fingerprint() for text in texts}) == len(texts)
    assert read(tmp_path, texts[0]).fingerprint() == read(tmp_path, texts[0]).fingerprint()


def test_sources_that_are_no_series(tmp_path):
    with pytest.raises(MissingFileError, match=r"etth.*nearest is 'etth1'"):
        read_time_series("etth")
    with pytest.raises(DataError, match="ptb: is a data set of kind text"):
        read_time_series("ptb")
    with pytest.raises(DataError, match="must be a table"):
        read_time_series(write(tmp_path, "hello", "a.txt"))


def test_the_airline_passengers_ship_with_the_package(monkeypatch):
    monkeypatch.delenv("SAIKI_DATA", raising=False)
    series = read_time_series("airline", time_column="Date")
    assert (len(series), series.columns) == (144, ("Passengers",))
    assert (series.values[0, 0], series.values[-1, 0]) == (112, 432)
    assert series.labels(143, 146) == ["1960-12", "1961-01", "1961-02"]
    assert verify("airline") == catalogue.locate("airline")


def test_etth1_is_the_published_file(data_folder):
    series = read_time_series("etth1", time_column="date")
    assert (len(series), series.axis.unit, series.axis.step) == (17420, "seconds", 3600)
    assert series.columns == ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
    np.testing.assert_allclose(series.values[0, [0, 6]], [5.827, 30.531], rtol=1e-5)
    assert verify("etth1")


def test_a_long_series_is_no_set_of_examples():
    with pytest.raises(ArgumentError, match="airline: is one long series to be forecast"):
        load("airline")
    with pytest.raises(ArgumentError, match="airline"):
        read_examples("airline")


def test_the_generated_curves_are_sine_and_cosine_of_their_angle():
    series = read_time_series("sine-cosine", time_column="angle")
    angles = np.array(series.axis.labels, np.float64)
    np.testing.assert_allclose(series.values, np.stack([np.sin(angles), np.cos(angles)], 1))


def test_the_calendar_turns_whole_circles():
    axis = read_time_axis("x", "t", ["2024-03-04 06:00", "2024-03-04 18:00"])  # a Monday
    found = calendar_features(axis.dates(), ["hour", "weekday", "month", "day", "year-day"])
    np.testing.assert_allclose(found[0, :2], [1, 0], atol=1e-6)
    np.testing.assert_allclose(found[1, :2], [-1, 0], atol=1e-6)
    np.testing.assert_allclose(found[0, 2:4], [0, 1], atol=1e-6)
    np.testing.assert_allclose(found[0, 4:6], [np.sin(np.pi / 3), np.cos(np.pi / 3)], rtol=1e-6)
    day = 2 * np.pi * 3 / 31
    np.testing.assert_allclose(found[:, 6:8], [[np.sin(day), np.cos(day)]] * 2, rtol=1e-6)
    np.testing.assert_allclose((found.reshape(2, 5, 2) ** 2).sum(-1), 1, rtol=1e-6)
    with pytest.raises(DataError, match="calendar_features: must be among hour"):
        calendar_features(axis.dates(), ["minute"])
