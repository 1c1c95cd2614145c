"""Every recipe can learn: ten of its training examples by heart, with its own network."""

import dataclasses

import numpy as np
import pytest
import torch

from saiki.data import Tokens
from saiki.tasks.batches import MeasuringBatches
from saiki.tasks.classifier import build_network, objective
from saiki.tasks.configure import resolve
from saiki.tasks.preparation import groups_of, prepare
from saiki.tasks.recipes import recipe_names


def prepared(name):
    config = resolve(name)
    data = config.data
    if data.held_out == "each":
        data = dataclasses.replace(data, held_out=groups_of(data)[0])
    data = dataclasses.replace(data, unlabelled_source=None)  # for word vectors alone
    return config, prepare(data)


CLASSIFIERS = [n for n in recipe_names() if resolve(n).task == "classify"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in CLASSIFIERS if not n.endswith("-raw")])
def test_a_recipe_overfits_ten_examples(name, request):
    if name != "japanese-vowels":  # which ships in the package
        request.getfixturevalue("data_folder")
    config, data = prepared(name)
    chosen = data.parts.train[:: len(data.parts.train) // 10][:10]
    model = dataclasses.replace(config.model, dropout=0.0, input_dropout=0.0, embedding_dropout=0.0)
    torch.manual_seed(0)
    network = build_network(
        model,
        data.front_end.features,
        len(data.labels),
        reads_tokens=isinstance(data.front_end, Tokens),
    ).train()
    batches = MeasuringBatches(
        [data.features[i] for i in chosen], data.targets_of(chosen), torch.device("cpu")
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=0.005)
    for _ in range(60):
        for _, batch in batches:
            optimiser.zero_grad()
            measured = objective(0.0)(network, batch)
            measured.loss.backward()
            optimiser.step()
    assert measured.sums["accuracy"] == measured.count == 10


def test_the_raw_recipe_has_one_length_and_its_three_parts(data_folder):
    config, data = prepared("spoken-digits-raw")
    assert {len(f) for f in data.features} == {8000}
    parts = (data.parts.train, data.parts.validation, data.parts.test)
    assert [len(part) for part in parts] == [2100, 450, 450]
    assert config.training.epochs == 1


def test_a_held_out_speaker_is_in_no_other_part(data_folder):
    _, data = prepared("spoken-digits-speakers")
    speakers = [
        {data.examples.groups[i] for i in part} for part in (data.parts.train, data.parts.test)
    ]
    assert not speakers[0] & speakers[1]
    assert len(data.parts.test) == 500
    assert np.intersect1d(data.parts.train, data.parts.test).size == 0
