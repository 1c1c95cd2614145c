"""Every recipe of translation can learn: ten of its pairs by heart, with its own network."""

import dataclasses

import pytest
import torch

from saiki.data import read_parallel
from saiki.tasks.configure import resolve
from saiki.tasks.pair_batches import PairBatches
from saiki.tasks.pair_preparation import encode_pairs
from saiki.tasks.recipes import recipe_names
from saiki.tasks.translate import reader_of, translation_objective
from saiki.tasks.translation_network import build_translator

RECIPES = [name for name in recipe_names() if resolve(name).task == "translate"]
PRESETS = {"multi30k": ("gru", "transformer")}
CASES = [(name, preset) for name in RECIPES for preset in PRESETS.get(name, ("",))]


def test_the_recipes_are_there():
    assert RECIPES == ["dates", "en-ja", "ja-en", "multi30k"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "preset"), CASES)
def test_a_recipe_overfits_ten_pairs(name, preset, request):
    if name != "dates":  # which is made on the spot
        request.getfixturevalue("data_folder")
    config = resolve(name, {"preset": preset} if preset else {})
    data, model = config.data, config.model
    texts = read_parallel(
        data.source, source_column=data.source_column, target_column=data.target_column
    ).part("train")
    pairs = texts.subset(range(0, len(texts), len(texts) // 10)).subset(range(10))
    tokenizers = tokenizers_of(data, texts.subset(range(0, len(texts), len(texts) // 500)))
    dry = dataclasses.replace(model, dropout=0.0, output_dropout=0.0)
    config = dataclasses.replace(config, model=dry)
    torch.manual_seed(0)
    network = build_translator(config, *map(len, tokenizers)).train()
    part = encode_pairs(*tokenizers, pairs)
    batches = PairBatches(part, batch_tokens=4096, seed=0, device=torch.device("cpu"))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.005)
    for epoch in range(120):
        (batch,) = batches.batches(epoch)
        optimiser.zero_grad()
        measured = translation_objective(0.0)(network, batch)
        measured.loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if measured.loss < 0.003:
            break
    reader = reader_of(config, network.eval(), *tokenizers, torch.device("cpu"))
    found = reader.translate_tokens(part.source_tokens)
    assert [one[0].tokens for one in found] == [tuple(t.tolist()) for t in part.target_tokens]


def tokenizers_of(data, pairs):
    """The recipe's, fitted on these pairs."""
    from saiki.data.text import make_tokenizer

    source, target = (
        make_tokenizer(name, normalise=data.unicode_form, max_vocabulary=data.max_vocabulary)
        for name in (data.source_tokenizer, data.target_tokenizer)
    )
    if data.shared_vocabulary:
        both = source.fit([*pairs.sources, *pairs.targets])
        return both, both
    return source.fit(pairs.sources), target.fit(pairs.targets)
