"""The Attention operator's own cases, where our attention can say them.

Ours takes boolean masks alone, and as many heads of keys as of queries; it has no soft cap, no
windows and no scores as an output. Other cases are left out by these rules, and by no name. Halves
are compared in float32. The operator has no projections, so what is tested is the sum under
MultiHeadAttention.
"""

import numpy as np
import onnx
import pytest
import torch
from onnx.backend.test.case import node as node_cases
from onnx.backend.test.case.node import attention

from saiki.nn._attend import attend
from saiki.nn._visibility import Visible, visible_keys

CASE_MODULES = {attention}  # importing a module makes its cases
INPUTS = ("Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen")
KNOWN = {"is_causal", "kv_num_heads", "q_num_heads", "scale"}
EXPECTED = {
    "test_attention_3d",
    "test_attention_3d_causal",
    "test_attention_3d_diff_heads_sizes",
    "test_attention_3d_scaled",
    "test_attention_3d_transpose_verification",
    "test_attention_4d",
    "test_attention_4d_attn_mask_bool",
    "test_attention_4d_attn_mask_bool_4d",
    "test_attention_4d_causal",
    "test_attention_4d_causal_nonpad_attn_mask_composition",
    "test_attention_4d_causal_nonpad_batch_prefill",
    "test_attention_4d_causal_nonpad_negative_offset_structural_empty",
    "test_attention_4d_causal_with_past_and_present",
    "test_attention_4d_causal_bf16",
    "test_attention_4d_diff_heads_sizes",
    "test_attention_4d_diff_heads_sizes_causal",
    "test_attention_4d_diff_heads_sizes_scaled",
    "test_attention_4d_fp16",
    "test_attention_4d_scaled",
    "test_attention_causal_boolmask_nan_robustness",
    "test_attention_23_boolmask_fullymasked_row_nan_robustness",
}  # onnx 1.23.2


def parts(case):
    """The inputs by name, the attributes, and the outputs that are asked for."""
    node = case.model.graph.node[0]
    given, wanted = case.data_sets[0]
    named = zip((one for one in node.input if one), given, strict=True)
    order = {one: INPUTS[place] for place, one in enumerate(node.input) if one}
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {order[name]: whole(array) for name, array in named}, attributes, wanted


def whole(array):
    """Float16 and bfloat16 as float32."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array


def heads(array, count):
    """(B, N, T, D) of an array that is that already, or (B, T, N D)."""
    if array.ndim == 4:
        return array
    return array.reshape(*array.shape[:2], count, -1).swapaxes(1, 2)


def applies(case):
    inputs, attributes, wanted = parts(case)
    mask, count = inputs.get("attn_mask"), attributes.get("q_num_heads")
    same_heads = attributes.get("kv_num_heads") == count if count else (
        inputs["Q"].shape[1] == inputs["K"].shape[1]
    )  # fmt: skip
    outputs = [name for name in case.model.graph.node[0].output if name]
    return (
        set(attributes) <= KNOWN
        and same_heads
        and (mask is None or mask.dtype == np.bool_)
        and len(outputs) == len(wanted)
        and len(case.model.graph.node[0].output) <= 3  # the fourth is the scores
    )


CASES = {
    case.name: case
    for case in node_cases._NodeTestCases
    if case.model.graph.node[0].op_type == "Attention" and applies(case)
}


def test_the_onnx_package_has_the_cases_that_we_know():
    assert set(CASES) >= EXPECTED, f"missing: {sorted(EXPECTED - set(CASES))}"


def what_is_seen(inputs, keys, queries, causal_past):
    """Our mask: from lengths, the operator's mask, which may be shorter than the keys, and order.

    With lengths of its own (nonpad_kv_seqlen) each row's last query stands at its last real key.
    """
    total, lengths = keys.shape[2], inputs.get("nonpad_kv_seqlen")
    given = None if lengths is None else torch.from_numpy(lengths)
    seen = visible_keys("Attention", torch.zeros(len(keys), total, 1), given, None, queries)
    if causal_past is not None and lengths is None:
        seen = seen.up_to(queries, total, causal_past, torch.device("cpu"))
    shown = torch.ones(1, 1, 1, total, dtype=torch.bool)
    if causal_past is not None and lengths is not None:
        last = torch.arange(queries)[:, None] + (given - queries)[:, None, None, None]
        shown = torch.arange(total) <= last
    if "attn_mask" in inputs:
        mask = torch.from_numpy(inputs["attn_mask"])
        shown = shown & torch.nn.functional.pad(mask, (0, total - mask.shape[-1]), value=False)
    if bool(shown.all()):
        return seen
    return Visible(shown if seen.mask is None else shown & seen.mask[:, None], is_certain=False)


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("name", sorted(CASES))
def test_operator_case(name, trace):
    inputs, attributes, wanted = parts(CASES[name])
    query = heads(inputs["Q"], attributes.get("q_num_heads"))
    keys, values = (heads(inputs[part], attributes.get("kv_num_heads")) for part in "KV")
    past = 0
    if "past_key" in inputs:
        past = inputs["past_key"].shape[2]
        keys = np.concatenate([inputs["past_key"], keys], axis=2)
        values = np.concatenate([inputs["past_value"], values], axis=2)
    order = past if attributes.get("is_causal") else None
    visible = what_is_seen(inputs, keys, query.shape[2], order)
    tensors = (torch.from_numpy(np.ascontiguousarray(one)) for one in (query, keys, values))
    context, _ = attend(*tensors, visible, scale=attributes.get("scale"), trace=trace)
    got = [context.numpy(), keys, values]
    if inputs["Q"].ndim == 3:
        got[0] = got[0].swapaxes(1, 2).reshape(wanted[0].shape)
    for ours, theirs in zip(got, wanted, strict=False):
        close = (1e-5, 1e-6) if theirs.dtype.itemsize > 2 else (2e-2, 1e-2)
        np.testing.assert_allclose(ours, whole(theirs), *close)
