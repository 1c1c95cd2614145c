"""A layer of ours as one ONNX operator in onnxruntime, one thread."""

from typing import Any

import torch

from saiki.nn import interop


def make_session(layer: torch.nn.Module, *, takes_state: bool = False) -> Any:
    """X (T, B, I) and, if asked, h and c -> Y, h_n and, of an LSTM, c_n."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    operator = interop.to_onnx(layer)
    is_lstm = operator.op_type == "LSTM"
    states = ["h", "c"] if is_lstm else ["h"]
    given = ["X", *(states if takes_state else [])]
    outputs = ["Y", *(f"{state}_n" for state in states)]
    node = helper.make_node(
        operator.op_type, ["X", "W", "R", "B", "", *given[1:]], outputs, **operator.attributes
    )
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in given],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in operator.weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
