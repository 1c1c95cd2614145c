"""ONNX operators: the operator's own test cases, the reference evaluator, and ONNX Runtime."""

import importlib.util
import itertools

import numpy as np
import onnx
import pytest
import torch
from onnx.backend.test.case import node as node_cases
from onnx.backend.test.case.node import gru, lstm, rnn
from onnx.reference import ReferenceEvaluator

from saiki import nn
from saiki.errors import ArgumentError, ShapeError
from saiki.nn import interop

CASE_MODULES = {gru, lstm, rnn}  # importing a module makes its cases
CASES = {
    case.name: case
    for case in node_cases._NodeTestCases
    if case.model.graph.node[0].op_type in ("RNN", "GRU", "LSTM")
}
EXPECTED_CASES = {
    "test_gru_batchwise",
    "test_gru_bidirectional",
    "test_gru_defaults",
    "test_gru_reverse",
    "test_gru_seq_length",
    "test_gru_with_initial_bias",
    "test_lstm_batchwise",
    "test_lstm_bidirectional",
    "test_lstm_defaults",
    "test_lstm_reverse",
    "test_lstm_with_initial_bias",
    "test_lstm_with_peepholes",
    "test_rnn_seq_length",
    "test_simple_rnn_batchwise",
    "test_simple_rnn_bidirectional",
    "test_simple_rnn_defaults",
    "test_simple_rnn_reverse",
    "test_simple_rnn_with_initial_bias",
}  # onnx 1.23.2
INPUTS = {
    "RNN": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STEPS, BATCH, INPUT, HIDDEN = 5, 3, 2, 4
LENGTHS = np.array([5, 3, 1], dtype=np.int32)


def run_ours(op_type, inputs, attributes):
    weights = {name: inputs[name] for name in ("W", "R", "B", "P") if name in inputs}
    operator = interop.from_onnx(op_type, weights, attributes)
    names = ("X", "sequence_lens", "initial_h", "initial_c")
    given = {name: torch.from_numpy(inputs[name]) for name in names if name in inputs}
    outputs = operator(**given)
    return [output.detach().numpy() for output in outputs]


def test_the_onnx_package_has_the_cases_that_we_know():
    assert set(CASES) >= EXPECTED_CASES, f"missing: {sorted(EXPECTED_CASES - set(CASES))}"


@pytest.mark.parametrize("name", sorted(CASES))
def test_operator_case(name):
    node = CASES[name].model.graph.node[0]
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    inputs, wanted = CASES[name].data_sets[0]
    named = dict(zip([one for one in node.input if one], inputs, strict=True))
    got = run_ours(node.op_type, named, attributes)
    compared = 0
    for output, ours in zip(node.output, got, strict=False):
        if output:
            np.testing.assert_allclose(ours, wanted[compared], rtol=1e-6, atol=1e-6)
            compared += 1
    assert compared == len(wanted)


def random_inputs(op_type, directions=1, layout=0, seed=0):
    draws = np.random.default_rng(seed)
    rows = GATES[op_type] * HIDDEN
    shapes = {
        "X": (STEPS, BATCH, INPUT),
        "W": (directions, rows, INPUT),
        "R": (directions, rows, HIDDEN),
        "B": (directions, 2 * rows),
        "initial_h": (directions, BATCH, HIDDEN),
    }
    if op_type == "LSTM":
        shapes |= {"initial_c": shapes["initial_h"], "P": (directions, 3 * HIDDEN)}
    inputs = {name: draws.normal(size=shape) for name, shape in shapes.items()}
    for name in ("X", "initial_h", "initial_c"):
        if layout == 1 and name in inputs:
            inputs[name] = np.ascontiguousarray(np.swapaxes(inputs[name], 0, 1))
    return inputs


def model_of(op_type, inputs, attributes, element=onnx.TensorProto.DOUBLE):
    names = [name if name in inputs else "" for name in INPUTS[op_type]]
    outputs = ["Y", "Y_h", "Y_c"][: 3 if op_type == "LSTM" else 2]
    node = onnx.helper.make_node(op_type, names, outputs, hidden_size=HIDDEN, **attributes)
    types = {"sequence_lens": onnx.TensorProto.INT32}
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node],
        "one",
        [value(name, types.get(name, element), inputs[name].shape) for name in names if name],
        [value(name, element, None) for name in outputs],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)])


def run_reference(op_type, inputs, attributes):
    return ReferenceEvaluator(model_of(op_type, inputs, attributes)).run(None, inputs)


def assert_all_close(got, wanted, rtol=1e-10, atol=1e-12):
    for ours, theirs in zip(got, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


OPERATORS = [
    ("RNN", {}),
    ("GRU", {"linear_before_reset": 0}),
    ("GRU", {"linear_before_reset": 1}),
    ("LSTM", {}),
]
DIRECTIONS = ["forward", "reverse", "bidirectional"]
GRID = [
    (op, own, d, layout)
    for (op, own), d, layout in itertools.product(OPERATORS, DIRECTIONS, (0, 1))
]


@pytest.mark.parametrize(("op_type", "own", "direction", "layout"), GRID, ids=str)
def test_random_weights_against_the_reference_evaluator(op_type, own, direction, layout):
    inputs = random_inputs(op_type, 2 if direction == "bidirectional" else 1, layout)
    attributes = {"direction": direction, "layout": layout, **own}
    wanted = run_reference(op_type, inputs, attributes)
    assert_all_close(run_ours(op_type, inputs, attributes), wanted)


@pytest.mark.parametrize("left_out", ["B", "P", "initial_h", "initial_c"])
def test_optional_inputs_of_the_lstm(left_out):
    inputs = random_inputs("LSTM")
    del inputs[left_out]
    assert_all_close(run_ours("LSTM", inputs, {}), run_reference("LSTM", inputs, {}))


@pytest.mark.parametrize(("op_type", "own", "direction", "layout"), GRID, ids=str)
def test_sequence_lens_equal_one_by_one_runs(op_type, own, direction, layout):
    """The reference evaluator ignores sequence_lens, so it gets each sequence alone."""
    inputs = random_inputs(op_type, 2 if direction == "bidirectional" else 1, layout)
    attributes = {"direction": direction, "layout": layout, **own}
    batch_of = {"X": 1 - layout, "initial_h": 1 - layout, "initial_c": 1 - layout}
    Y, *states = run_ours(op_type, inputs | {"sequence_lens": LENGTHS}, attributes)
    for row, length in enumerate(LENGTHS):
        alone = {
            name: np.take(array, [row], batch_of[name]) if name in batch_of else array
            for name, array in inputs.items()
        }
        alone["X"] = np.take(alone["X"], range(length), layout)
        wanted_Y, *wanted = run_reference(op_type, alone, attributes)
        assert_all_close([np.take(state, [row], 1 - layout) for state in states], wanted)
        ours = np.take(Y, [row], 2 if layout == 0 else 0)
        steps = 0 if layout == 0 else 1
        np.testing.assert_allclose(np.take(ours, range(length), steps), wanted_Y, rtol=1e-10)
        assert (np.take(ours, range(length, STEPS), steps) == 0).all()


RUNTIME = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="ONNX Runtime is not installed"
)


@RUNTIME
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("op_type", "own"), OPERATORS, ids=str)
def test_sequence_lens_against_onnx_runtime(op_type, own, direction):
    import onnxruntime

    inputs = random_inputs(op_type, 2 if direction == "bidirectional" else 1)
    inputs = {name: array.astype(np.float32) for name, array in inputs.items()}
    inputs["sequence_lens"] = LENGTHS
    attributes = {"direction": direction, **own}
    model = model_of(op_type, inputs, attributes, onnx.TensorProto.FLOAT)
    model.ir_version = 10
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    wanted = session.run(None, inputs)
    assert_all_close(run_ours(op_type, inputs, attributes), wanted, rtol=1e-5, atol=1e-6)


@RUNTIME
@pytest.mark.parametrize("name", ["relu", "sigmoid", "leaky-relu", "identity", "tanh"])
def test_activations_against_onnx_runtime(name):
    import onnxruntime

    torch.manual_seed(0)
    layer = nn.RNN(INPUT, HIDDEN, nonlinearity=name, bidirectional=True)
    op_type, weights, attributes = interop.to_onnx(layer)
    x = torch.randn(STEPS, BATCH, INPUT)
    inputs = weights | {"X": x.numpy()}
    attributes = {key: value for key, value in attributes.items() if key != "hidden_size"}
    model = model_of(op_type, inputs, attributes, onnx.TensorProto.FLOAT)
    model.ir_version = 10
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    got = session.run(["Y_h"], inputs)[0]
    np.testing.assert_allclose(got, layer(x)[1].detach(), rtol=1e-5, atol=1e-6)


LAYERS = [
    (nn.RNN, {"nonlinearity": "tanh"}),
    (nn.RNN, {"nonlinearity": "relu", "bias": False}),
    (nn.RNN, {"nonlinearity": "sigmoid"}),
    (nn.RNN, {"nonlinearity": "leaky-relu"}),
    (nn.RNN, {"nonlinearity": "identity"}),
    (nn.GRU, {"reset_after": True}),
    (nn.GRU, {"reset_after": False, "bias": False}),
    (nn.LSTM, {}),
    (nn.LSTM, {"peephole": True}),
    (nn.LSTM, {"output_activation": "identity", "peephole": True, "bias": False}),
]


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("kind", "options"), LAYERS, ids=str)
def test_there_and_back_is_exact(kind, options, bidirectional):
    torch.manual_seed(0)
    layer = kind(INPUT, HIDDEN, bidirectional=bidirectional, **options)
    back = interop.from_onnx(*interop.to_onnx(layer)).layer
    assert type(back) is kind
    assert {name: getattr(back, name) for name in options} == options
    state = layer.state_dict()
    assert state.keys() == back.state_dict().keys()
    for name, tensor in back.state_dict().items():
        assert torch.equal(tensor, state[name])


@pytest.mark.parametrize(("kind", "options"), LAYERS[5:9] + LAYERS[:1], ids=str)
def test_an_exported_layer_computes_the_same_in_the_reference_evaluator(kind, options):
    torch.manual_seed(0)
    layer = kind(INPUT, HIDDEN, bidirectional=True, dtype=torch.float64, **options)
    op_type, weights, attributes = interop.to_onnx(layer)
    x = torch.randn(STEPS, BATCH, INPUT, dtype=torch.float64)
    attributes = {key: value for key, value in attributes.items() if key != "hidden_size"}
    _, Y_h, *_ = run_reference(op_type, weights | {"X": x.numpy()}, attributes)
    final = layer(x)[1]
    final = final[0] if isinstance(final, tuple) else final
    np.testing.assert_allclose(Y_h, final.detach(), rtol=1e-10, atol=1e-12)


def test_a_stacked_layer_gives_one_operator_each():
    layer = nn.GRU(INPUT, HIDDEN, num_layers=2, bidirectional=True)
    x = torch.randn(STEPS, BATCH, INPUT)
    first = interop.from_onnx(*interop.to_onnx(layer))
    second = interop.from_onnx(*interop.to_onnx(layer, index=1))
    middle, _ = first(x)
    output, _ = second(middle.transpose(1, 2).flatten(2))
    torch.testing.assert_close(output.transpose(1, 2).flatten(2), layer(x)[0])
    with pytest.raises(ArgumentError, match="to_onnx: index must be from 0 to 1"):
        interop.to_onnx(layer, index=2)


def test_identity_output_of_an_lstm_by_hand():
    inputs = random_inputs("LSTM")
    del inputs["P"]
    names = {"activations": ["Sigmoid", "Tanh", "Affine"], "activation_alpha": [1.0]}
    Y, _, Y_c = run_ours("LSTM", inputs, names | {"activation_beta": [0.0]})
    bias = np.add(*np.split(inputs["B"][0], 2))
    h = Y[-2, 0]
    _, o, _, _ = np.split(inputs["X"][-1] @ inputs["W"][0].T + h @ inputs["R"][0].T + bias, 4, 1)
    np.testing.assert_allclose(Y[-1, 0], Y_c[0] / (1 + np.exp(-o)), rtol=1e-10)


@pytest.mark.parametrize(
    ("activations", "alpha", "beta", "ours"),
    [
        (["Tanh"], [], [], "tanh"),
        ([b"relu"], [], [], "relu"),
        (["LeakyRelu"], [], [], "leaky-relu"),
        (["LeakyRelu"], [np.float32(0.01)], [], "leaky-relu"),
        (["Affine"], [1.0], [0.0], "identity"),
        (["Sigmoid"], [0.7], [0.3], "sigmoid"),
    ],
)
def test_activation_names(activations, alpha, beta, ours):
    weights = {name: random_inputs("RNN")[name] for name in ("W", "R")}
    attributes = {
        "activations": activations,
        "activation_alpha": alpha,
        "activation_beta": beta,
    }
    assert interop.from_onnx("RNN", weights, attributes).layer.nonlinearity == ours


def test_the_operator_can_be_trained():
    operator = interop.from_onnx("GRU", {name: random_inputs("GRU")[name] for name in ("W", "R")})
    Y, _ = operator(torch.randn(STEPS, BATCH, INPUT, dtype=torch.float64))
    Y.sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in operator.parameters())


@pytest.mark.parametrize(
    ("op_type", "changes", "attributes", "error", "message"),
    [
        ("CRU", {}, {}, ArgumentError, "op_type must be RNN, GRU or LSTM; got 'CRU'"),
        ("GRU", {}, {"clip": 3.0}, ArgumentError, "clip=3.0"),
        ("LSTM", {}, {"input_forget": 1}, ArgumentError, "input_forget=1"),
        ("GRU", {}, {"input_forget": 0}, ArgumentError, "GRU has no attribute 'input_forget'"),
        ("GRU", {}, {"direction": "back"}, ArgumentError, "direction must be .* got 'back'"),
        ("GRU", {}, {"layout": 2}, ArgumentError, "layout must be 0 or 1; got 2"),
        ("RNN", {}, {"activations": ["Elu"]}, ArgumentError, "activation elu with alpha=1.0"),
        (
            "RNN",
            {},
            {"activations": ["LeakyRelu"], "activation_alpha": [0.2]},
            ArgumentError,
            "activation leakyrelu with alpha=0.2",
        ),
        ("RNN", {}, {"activations": ["Tanh", "Tanh"]}, ArgumentError, "must be 1 names"),
        ("GRU", {}, {"activations": ["Sigmoid", "Relu"]}, ArgumentError, "Tanh candidate"),
        (
            "LSTM",
            {},
            {"activations": ["Sigmoid", "Tanh", "Relu"]},
            ArgumentError,
            "output of an LSTM may be Tanh or Affine",
        ),
        (
            "RNN",
            {},
            {"direction": "bidirectional", "activations": ["Tanh", "Relu"]},
            ArgumentError,
            "both directions must have the same activations",
        ),
        ("GRU", {"P": np.zeros((1, 12))}, {}, ArgumentError, "weights of GRU are W, R, B; got 'P'"),
        ("LSTM", {"initial_h": np.zeros(1)}, {}, ArgumentError, "give initial_h, initial_c and"),
        ("GRU", {"W": None}, {}, ShapeError, "must have W with three axes"),
        ("GRU", {"R": np.zeros((12, 4))}, {}, ShapeError, r"R with three axes.* got \(12, 4\)"),
        ("GRU", {}, {"hidden_size": 5}, ShapeError, r"W must be \(1, 15, 2\); got \(1, 12, 2\)"),
        ("GRU", {"B": np.zeros((1, 12))}, {}, ShapeError, r"B must be \(1, 24\); got \(1, 12\)"),
        ("GRU", {"W": np.zeros((1, 12, 2), int)}, {}, ArgumentError, "got int64"),
        ("GRU", {}, {"direction": "bidirectional"}, ShapeError, r"W must be \(2, 12, 2\)"),
    ],
)
def test_from_onnx_refuses(op_type, changes, attributes, error, message):
    arrays = random_inputs(op_type if op_type in GATES else "GRU")
    weights = {name: arrays[name] for name in ("W", "R", "B")} | changes
    weights = {name: array for name, array in weights.items() if array is not None}
    with pytest.raises(error, match=message):
        interop.from_onnx(op_type, weights, attributes)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.LSTM(2, 3, proj_size=2), "proj_size=2"),
        (nn.LSTM(2, 3, stage="input-output-gates"), "stage='input-output-gates'"),
        (nn.GRU(2, 3, layer_norm=True), "layer_norm=True"),
        (nn.GRU(2, 3, learned_initial_state=True), "learned_initial_state=True"),
        (nn.RNN(2, 3, nonlinearity="swish"), "no activation 'swish'"),
    ],
)
def test_to_onnx_refuses_what_onnx_lacks(layer, message):
    with pytest.raises(ArgumentError, match=f"to_onnx: .*{message}"):
        interop.to_onnx(layer)


def test_the_module_refuses():
    with pytest.raises(ArgumentError, match="num_layers=1"):
        interop.OnnxRecurrent(nn.GRU(2, 3, num_layers=2))
    with pytest.raises(ArgumentError, match="not be bidirectional if reverse"):
        interop.OnnxRecurrent(nn.GRU(2, 3, bidirectional=True), is_reverse=True)
    operator = interop.OnnxRecurrent(nn.GRU(2, 3))
    with pytest.raises(ArgumentError, match="initial_c is an input of LSTM alone"):
        operator(torch.zeros(4, 1, 2), initial_c=torch.zeros(1, 1, 3))
    with pytest.raises(ShapeError, match=r"X must have three axes, \(T, B, I\); got \(4, 2\)"):
        operator(torch.zeros(4, 2))
