"""Weights of layers from and to torch.nn, Keras and ONNX."""

from saiki.nn.interop.keras import KerasKind, from_keras, to_keras
from saiki.nn.interop.onnx import OnnxOperator, OnnxRecurrent, from_onnx, to_onnx
from saiki.nn.interop.torch_layout import from_torch, negate_update_gate, to_torch
from saiki.nn.interop.torch_transformer import TorchTransformer, transformer_from_torch

__all__ = [
    "KerasKind",
    "OnnxOperator",
    "OnnxRecurrent",
    "TorchTransformer",
    "from_keras",
    "from_onnx",
    "from_torch",
    "negate_update_gate",
    "to_keras",
    "to_onnx",
    "to_torch",
    "transformer_from_torch",
]
