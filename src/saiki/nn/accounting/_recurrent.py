"""The rows of recurrent layers, ours and torch's: one for each stacked layer."""

from typing import TypeAlias

import torch

from saiki.kernels import info
from saiki.nn.accounting._rows import Batch, Row
from saiki.nn.gru import GRU
from saiki.nn.lstm import LSTM
from saiki.nn.rnn import RNN

__all__ = ["RECURRENT", "Recurrent", "recurrent_rows"]

Recurrent: TypeAlias = RNN | LSTM | GRU | torch.nn.RNN | torch.nn.LSTM | torch.nn.GRU
RECURRENT = (RNN, LSTM, GRU, torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU)

# Vectors of H that a step keeps for the backward pass beside the gates of an LSTM or the input:
# RNN h; GRU r, z, n, the recurrent sum that r scales, h; LSTM c, tanh(c), h.
KEPT = {"RNN": 1, "GRU": 5, "LSTM": 3}


def recurrent_rows(name: str, layer: Recurrent, batch: Batch) -> list[Row]:
    """One row for each stacked layer, both directions together."""
    return [_row(name, layer, index, batch) for index in range(layer.num_layers)]


def _row(name: str, layer: Recurrent, index: int, batch: Batch) -> Row:
    own = {
        parameter_name.split("_l")[0]: parameter
        for parameter_name, parameter in layer.named_parameters()
        if parameter_name.endswith(f"_l{index}")
    }
    both = 2 if layer.bidirectional else 1
    H, P = layer.hidden_size, getattr(layer, "proj_size", 0)
    I = own["weight_ih"].shape[1]
    G = own["weight_ih"].shape[0] // H
    products = G * H * (I + (P or H)) + P * H
    kind = type(layer).__name__
    kept = I + both * _kept(kind, layer, G, H, P)
    one = _formula(own, G, H, P)
    return Row(
        name=f"{name}.l{index}" if name else f"l{index}",
        kind=kind,
        formula=f"2·({one})" if both == 2 else one,
        sizes={"I": I, "H": H, "P": P} if P else {"I": I, "H": H},
        parameters=both * sum(parameter.numel() for parameter in own.values()),
        multiply_adds=both * products * batch.valid_steps,
        activation_bytes=kept * batch.padded_steps * batch.bytes_per_value,
        backend=_backend(layer),
    )


def _backend(layer: Recurrent) -> str:
    if not isinstance(layer, RNN | LSTM | GRU):
        return "torch"
    form = layer.backend_in_use(training=True)
    return f"{form} ({info().level})" if form == "compiled" else form


def _formula(own: dict[str, torch.nn.Parameter], G: int, H: int, P: int) -> str:
    seen = "P" if P else "H"
    terms = [f"{_times(G, 'H')}·(I+{seen})"]
    if P:
        terms.append("H·P")
    if "bias_ih" in own:
        terms.append(_times(2 * G, "H"))
    extra = sum(
        parameter.numel()
        for name, parameter in own.items()
        if not name.startswith(("weight_ih", "weight_hh", "weight_hr", "bias_"))
    )
    if P and "initial_state" in own:
        terms.append("P")
        extra -= P
    if extra:
        terms.append(_times(extra // H, "H"))
    return " + ".join(terms)


def _times(factor: int, letter: str) -> str:
    return letter if factor == 1 else f"{factor}·{letter}"


def _kept(kind: str, layer: Recurrent, G: int, H: int, P: int) -> int:
    """Numbers that one direction keeps for each step, its input apart."""
    kept = KEPT[kind] * H + P
    if kind == "LSTM":
        kept += G * H
    if getattr(layer, "layer_norm", False):
        kept += 2 * G * H + (H if kind == "LSTM" else 0)
    return kept
