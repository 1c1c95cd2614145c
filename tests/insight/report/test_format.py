"""Numbers as people read them."""

import math

import pytest

from saiki.insight.report import _format
from saiki.insight.report._figures import thin
from saiki.insight.report._grid_rows import is_lower_better
from saiki.insight.report._strings import texts


@pytest.mark.parametrize(
    ("name", "value", "spread", "shown"),
    [
        ("accuracy", 0.98149, None, "0.981"),
        ("test.accuracy", 0.98149, 0.00412, "0.981 ± 0.004"),
        ("loss_nats", 0.07124, None, "0.07124"),
        ("loss_nats", 2.302585, 0.01, "2.303 ± 0.010"),
        ("loss_nats", 0.0, None, "0.000"),
        ("perplexity", 1234.5, None, "1,234"),
        ("rmse", 1.5e-7, None, "1.5e-07"),
        ("accuracy", None, None, "–"),
        ("accuracy", math.nan, None, "NaN"),
        ("loss_nats", math.inf, 0.1, "∞"),
        ("loss_nats", 1.0, math.nan, "1.000"),
    ],
)
def test_metrics(name, value, spread, shown):
    assert _format.metric_value(name, value, spread) == shown


@pytest.mark.parametrize(
    ("value", "english", "japanese"),
    [
        (0.512, "0.51 s", "0.51 秒"),
        (12.345, "12.3 s", "12.3 秒"),
        (4321.9, "4,322 s", "4,322 秒"),
        (None, "–", "–"),
    ],
)
def test_seconds(value, english, japanese):
    assert _format.seconds(value, texts("en")) == english
    assert _format.seconds(value, texts("ja")) == japanese


@pytest.mark.parametrize(
    ("value", "shown"),
    [(512, "512 B"), (1536, "1.5 KiB"), (2**29, "512 MiB"), (1000 * 2**20, "1000 MiB"),
     (3 * 2**30, "3.0 GiB"), (math.nan, "NaN")],
)  # fmt: skip
def test_bytes(value, shown):
    assert _format.byte_size(value) == shown


def test_booleans_and_strings_are_no_numbers():
    assert _format.number(True) is None
    assert _format.finite("0.5") is None
    assert _format.number(10**400) == math.inf


def test_unknown_metrics_keep_their_name():
    assert _format.part_metric_title("test.word_error_rate", texts("en")) == "Test word_error_rate"
    assert _format.part_metric_title("speed", texts("ja")) == "speed"


def test_thinning_keeps_the_spikes_and_says_how_many_make_a_point():
    points = [(float(at), 100.0 if at == 537 else 1.0) for at in range(1000)]
    kept, size = thin(points, 300, "largest")
    assert size == 4
    assert len(kept) == 250
    assert (537.0, 100.0) in kept
    mean, _ = thin(points, 300, "mean")
    assert mean[134] == (537.5, 25.75)
    assert thin(points, 1000, "mean") == (points, 1)


def test_a_metric_of_a_list_is_named_and_shown_like_its_measure():
    text = texts("en")
    assert (
        _format.part_metric_title("test.spearman simlex999", text) == "Test Spearman's ρ: simlex999"
    )
    assert _format.part_metric_title("test.top_5_accuracy", text) == "Test top-5 accuracy"
    assert _format.metric_value("accuracy questions-words", 0.12345, 0.01) == "0.123 ± 0.010"
    assert is_lower_better("test.spearman simlex999") is False
