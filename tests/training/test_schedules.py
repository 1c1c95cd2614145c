"""Schedules: their defining points."""

import pytest

from saiki.errors import ArgumentError
from saiki.training import SCHEDULES, make_optimiser, make_schedule


def test_constant_is_one():
    assert make_schedule("constant", 10)(7, []) == 1.0


def test_one_cycle_rises_to_one_and_ends_near_zero():
    schedule = make_schedule("one-cycle", 100)
    values = [schedule(step, []) for step in range(101)]
    assert values[0] == pytest.approx(0.04)
    assert max(values) == values[30] == 1.0
    assert values[:31] == sorted(values[:31])
    assert values[30:] == sorted(values[30:], reverse=True)
    assert values[100] == pytest.approx(4e-6)


def test_cosine_warms_up_and_falls_to_zero():
    schedule = make_schedule("cosine", 100)
    assert schedule(0, []) == pytest.approx(0.2)
    assert schedule(5, []) == 1.0
    assert schedule(100, []) == pytest.approx(0.0)


def test_plateau_halves_after_three_epochs_without_gain():
    schedule = make_schedule("plateau", 100)
    losses = [{"loss_nats": x} for x in (1.0, 0.9, 0.95, 0.95, 0.95)]
    assert schedule(0, losses[:4]) == 1.0
    assert schedule(0, losses) == 0.5
    assert schedule(0, [*losses, {"loss_nats": 0.5}]) == 0.5


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(ArgumentError, match="constant, one-cycle, cosine, plateau"):
        make_schedule("linear", 10)
    with pytest.raises(ArgumentError, match="adamw, adam, sgd, plain-sgd, rmsprop, adagrad"):
        make_optimiser("lamb", [], learning_rate=1.0)


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_every_schedule_is_a_pure_function(name):
    schedule = make_schedule(name, 50)
    history = [{"loss_nats": 1.0}] * 4
    assert [schedule(s, history) for s in (3, 9, 3)] == [schedule(s, history) for s in (3, 9, 3)]
