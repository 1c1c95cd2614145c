"""The Transformer against the equations, and what it refuses."""

import numpy as np
import pytest
import torch

from saiki import equations
from saiki.errors import ArgumentError
from saiki.models import TransformerSeq2Seq

SIZES = {"model_size": 6, "num_heads": 2, "layers": 2, "feedforward_size": 10}


def numbers(tensor):
    return tensor.detach().numpy()


def heads(layer):
    w, b = (numbers(part).reshape(3, 6, -1) for part in (layer.in_proj_weight, layer.in_proj_bias))
    return equations.MultiHeadParameters(
        *w, numbers(layer.out_proj.weight), *b[..., 0], numbers(layer.out_proj.bias)
    )


def norm(layer):
    return equations.LayerNormParameters(numbers(layer.weight), numbers(layer.bias))


def block(layer):
    parts = {}
    if hasattr(layer, "multihead_attn"):
        parts = {"to_memory": heads(layer.multihead_attn), "norm_memory": norm(layer.norm2)}
    one, two = layer.linear1, layer.linear2
    return equations.TransformerBlockParameters(
        heads(layer.self_attn),
        equations.FeedForwardParameters(
            numbers(one.weight), numbers(two.weight), numbers(one.bias), numbers(two.bias)
        ),
        norm(layer.norm1),
        norm(layer.norm3 if parts else layer.norm2),
        **parts,
    )


def embedded(table, ids):
    positions = equations.sinusoidal_positions(ids.shape[1], 6)
    return np.sqrt(6) * numbers(table.weight)[ids] + positions


@pytest.mark.parametrize("norm_first", [True, False])
def test_it_equals_the_equations(norm_first, make_pairs):
    torch.manual_seed(4)
    model = TransformerSeq2Seq(20, 30, **SIZES, norm_first=norm_first).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    batch = make_pairs(4, source=6, target=5)
    lengths, real = batch.source_lengths.numpy(), batch.is_real

    def finish(stack, x):
        return equations.layer_norm(norm(stack.norm), x).y if norm_first else x

    memory = embedded(model.source_embedding, batch.source)
    for layer in model.encoder.layers:
        memory = equations.transformer_block(
            block(layer), 2, memory, lengths, norm_first=norm_first
        ).y
    memory, x, looked = (
        finish(model.encoder, memory),
        embedded(model.target_embedding, batch.inputs),
        [],
    )
    for layer in model.decoder.layers:
        run = equations.transformer_block(
            block(layer), 2, x, batch.target_lengths.numpy(), causal=True, memory=memory,
            memory_lengths=lengths, norm_first=norm_first,
        )  # fmt: skip
        x = run.y
        looked.append(run.to_memory.weights)
    logits = finish(model.decoder, x) @ numbers(model.head.weight).T + numbers(model.head.bias)
    wanted = torch.tensor(logits).log_softmax(-1)
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(numbers(model.log_probabilities(batch)[real]), wanted[real], **close)
    maps = model.attention_maps(batch)
    assert list(maps) == [
        "layer 1 head 1", "layer 1 head 2", "layer 2 head 1", "layer 2 head 2"
    ]  # fmt: skip
    for layer, weights in enumerate(looked, 1):
        for head in (1, 2):
            found = maps[f"layer {layer} head {head}"]
            np.testing.assert_allclose(found[real], weights[:, head - 1][real], **close)


def test_embeddings_start_at_the_scale_of_positions():
    torch.manual_seed(0)
    model = TransformerSeq2Seq(3000, 3000, **SIZES | {"model_size": 64})
    for table in (model.source_embedding, model.target_embedding):
        assert (model.scale * table.weight).std().item() == pytest.approx(1, rel=0.02)
    assert model.backend() == "torch"


def test_refused(make_pairs):
    model, batch = TransformerSeq2Seq(20, 30, **SIZES), make_pairs(2)
    with pytest.raises(ArgumentError, match=r"loss: teacher_forcing must be 1; got 0\.5"):
        model.loss(batch, teacher_forcing=0.5)
    with pytest.raises(ArgumentError, match=r"loss: label_smoothing must be in \[0, 1\); got 1\.0"):
        model.loss(batch, label_smoothing=1.0)
    with pytest.raises(ArgumentError, match="model_size must be a multiple of num_heads=4; got 6"):
        TransformerSeq2Seq(20, 30, **SIZES | {"num_heads": 4})
    batch.source[1, 0] = 20
    with pytest.raises(ArgumentError, match=r"tokens must be in 0\.\.V-1=19; got"):
        model.nats(batch)


@pytest.mark.parametrize("norm_first", [True, False])
def test_bfloat16_is_for_the_products_of_training_alone(norm_first, make_pairs):
    torch.manual_seed(3)
    sizes = SIZES | {"model_size": 64, "norm_first": norm_first}
    model = TransformerSeq2Seq(20, 30, **sizes, precision="bf16").eval()
    batch, seen = make_pairs(5), []
    for name, layer in model.named_modules():
        if name.endswith(("linear1", "norm1")):
            layer.register_forward_hook(
                lambda one, _, y: seen.append((type(one).__name__, y.dtype))
            )

    model.loss(batch).total.backward()
    assert set(seen) == {("Linear", torch.bfloat16), ("LayerNorm", torch.float32)}
    seen.clear()
    model.nats(batch)
    model.log_probabilities(batch)
    assert {dtype for _, dtype in seen} == {torch.float32}
