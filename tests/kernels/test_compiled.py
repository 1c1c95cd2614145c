"""Compiled kernels give the torch form's values and gradients, whatever the cell and the shape."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# The level and the filling of buffers stay the same over all examples.
pytestmark = pytest.mark.usefixtures("filled_with_nan")
SETTINGS = settings(
    max_examples=min(8, settings.default.max_examples),
    deadline=None,
    derandomize=True,  # a slope that has a kink may flip where a sum rounds to the other side of 0
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

RNN = [
    ("RNN", {"nonlinearity": name})
    for name in ("identity", "leaky-relu", "relu", "sigmoid", "softmax", "swish", "tanh")
]
GRU = [("GRU", {"reset_after": reset_after}) for reset_after in (True, False)]
LSTM = [
    ("LSTM", {"stage": stage, "output_activation": shown, "peephole": peephole})
    for stage in ("carousel", "input-output-gates", "forget-gate")
    for shown in ("tanh", "identity")
    for peephole in (False, True)
    if not (peephole and stage == "carousel")
]
PLAIN = [*RNN, *GRU, *LSTM]
NORMED = [
    (kind, {**options, "layer_norm": True}) for kind, options in [RNN[-1], RNN[0], *GRU, *LSTM]
]
SIZES = st.integers(1, 40) | st.sampled_from([64, 65, 77])


@st.composite
def lengths_of(draw, batch, steps):
    how = draw(st.sampled_from(["none", "equal", "ones", "one long", "any"]))
    if how == "none":
        return None
    if how == "any":
        return draw(st.lists(st.integers(1, steps), min_size=batch, max_size=batch))
    lengths = [{"equal": (steps + 1) // 2, "ones": 1, "one long": 1 + steps // 8}[how]] * batch
    if how == "one long":
        lengths[draw(st.integers(0, batch - 1))] = steps
    return lengths


@st.composite
def problems(draw):
    """Keyword arguments of a layer, B, T, and lengths or None."""
    how = {
        "inputs": draw(st.integers(1, 20)),
        "hidden": draw(SIZES),
        "layers": draw(st.integers(1, 3)),
        **{
            name: draw(st.booleans())
            for name in ("bias", "bidirectional", "batch_first", "learned_initial_state")
        },
    }
    batch, steps = draw(st.integers(1, 9)), draw(st.integers(1, 30))
    return how, batch, steps, draw(lengths_of(batch, steps))


@pytest.mark.parametrize(("kind", "options"), [*PLAIN, *NORMED], ids=str)
@given(problem=problems())
@SETTINGS
def test_values_and_every_gradient_equal_the_torch_form(
    make_cell, level, kind, options, compare, problem
):
    compare(make_cell(kind, options), *problem)


@given(problem=problems())
@SETTINGS
def test_the_step_function_gives_the_torch_forms_values_exactly(make_cell, level, twin, problem):
    how, batch, steps, lengths = problem
    cell = make_cell("RNN", {"nonlinearity": "step"})  # draws numbers whose sums are exact
    layer = cell.build(**how).eval()
    x, *state = cell.draw(layer, batch, steps)
    first = state[0] if state else None
    forms = (layer, twin(layer, torch.float32))
    mine, exact = (form(x, first, lengths=lengths) for form in forms)
    assert torch.equal(mine[0], exact[0])
    assert torch.equal(mine[1], exact[1])


@given(problem=problems())
@SETTINGS
def test_recurrent_drop_out_equals_the_torch_form(cell, level, compare, problem):
    how, batch, steps, lengths = problem
    places = how["layers"] * (1 + how["bidirectional"])
    generator = torch.Generator().manual_seed(1)
    masks = torch.rand(places, batch, how["hidden"], generator=generator).gt(0.4) / 0.6
    compare(cell, {**how, "recurrent_dropout": 0.4}, batch, steps, lengths, masks=masks)


def test_one_seed_draws_one_mask_in_both_forms(cell, level, twin, run, check):
    layer = cell.build(3, 20, recurrent_dropout=0.3)
    drawn = cell.draw(layer, 5, 7)
    results = []
    for form in (layer, twin(layer, torch.float32), twin(layer, torch.float32).eval()):
        torch.manual_seed(4)
        results.append({"output": run(form, drawn)["output"].double()})
    check(results[0], results[1])
    assert not torch.allclose(results[0]["output"], results[2]["output"], atol=0.01)


# Steps are worked off in chunks of some hundred rows: these runs have several, the last one short.
@pytest.mark.parametrize(("batch", "steps"), [(1, 300), (3, 143), (40, 30), (150, 3)])
@pytest.mark.parametrize("is_ragged", [False, True])
def test_runs_of_many_chunks_equal_the_torch_form(cell, level, compare, batch, steps, is_ragged):
    lengths = [1 + (37 * k) % steps for k in range(batch)] if is_ragged else None
    compare(cell, {"inputs": 9, "hidden": 17, "bidirectional": True}, batch, steps, lengths)
