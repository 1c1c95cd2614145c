"""Configuration: one way for recipes, files, flags and Python; clear answers to mistakes."""

import dataclasses
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saiki.data import Augmentation
from saiki.errors import ConfigurationError, MissingFileError
from saiki.tasks.config import AugmentConfig
from saiki.tasks.configure import (
    changed_keys,
    commented_toml,
    config_from_table,
    config_to_toml,
    known_keys,
    nest,
    resolve,
)
from saiki.tasks.recipes import recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_resolves_and_its_toml_gives_it_back(name):
    config = resolve(name)
    assert config.recipe == name
    assert config.description
    assert config_from_table(tomllib.loads(config_to_toml(config)), name) == config
    own = config_from_table(tomllib.loads(commented_toml(config)), name)
    assert dataclasses.replace(own, recipe=name, description=config.description) == config


def test_every_key_has_a_description():
    assert all(text for _, text in known_keys())


def test_flags_win_over_the_recipe_and_none_switches_off():
    flags = {"model.cell": "lstm", "training.clip-norm": "none", "data.augment.stretch": "0.8,1.2"}
    config = resolve("japanese-vowels", nest(flags | {"model.bidirectional": "false"}))
    assert config.model.cell == "lstm"
    assert config.model.bidirectional is False
    assert config.training.clip_norm is None
    assert config.data.augment.stretch == (0.8, 1.2)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            {"model.hiden_size": "3"},
            r"unknown key 'model.hiden_size'. Did you mean 'model.hidden_s",
        ),
        ({"modle.cell": "gru"}, r"unknown key 'modle'. Did you mean 'model'"),
        ({"model.hidden_size": "many"}, r"model.hidden_size does not fit: .*integer.*got 'many'"),
        ({"model.hidden_size": "0"}, r"greater than or equal to 1; got '0'"),
        ({"model.cell": "grru"}, r"'rnn', 'lstm', 'peephole-lstm', 'gru'.*got 'grru'"),
        ({"data.augment.stretch": "1"}, r"data.augment.stretch"),
        ({"training.learning_rate": "nan"}, r"learning_rate does not fit"),
    ],
)
def test_mistakes_are_named_with_what_would_be_right(flags, message):
    with pytest.raises(ConfigurationError, match=message):
        resolve("japanese-vowels", nest(flags))


@pytest.mark.parametrize(
    "task", ["classify", "forecast", "language-model", "translate", "word-vectors"]
)
def test_an_unknown_key_of_a_file_is_answered_with_a_recipe_of_its_task(task):
    table = {"task": task, "data": {"source": "x"}, "model": {"nothing": 1}}
    with pytest.raises(ConfigurationError, match=r"unknown key 'model.nothing'") as caught:
        config_from_table(table, "own.toml")
    name = str(caught.value).split("--show ")[1].split("`")[0]
    assert resolve(name).task == task


def test_an_empty_word_takes_a_list_back():
    assert resolve("sine-cosine", nest({"data.past_columns": ""})).data.past_columns == ()
    assert resolve("airline", nest({"data.targets": "a, b"})).data.targets == ("a", "b")


def test_unknown_recipes_and_missing_files(tmp_path):
    with pytest.raises(ConfigurationError, match="Did you mean 'japanese-vowels'"):
        resolve("japanese-vowel")
    with pytest.raises(MissingFileError, match="there is no such file"):
        resolve(tmp_path / "absent.toml")


def test_a_file_without_data_is_told_what_is_missing(tmp_path):
    (tmp_path / "mine.toml").write_text('task = "classify"\n')
    with pytest.raises(ConfigurationError, match="key 'data' must be given"):
        resolve(tmp_path / "mine.toml")


def test_sources_in_a_file_are_looked_for_beside_it(tmp_path):
    (tmp_path / "cases.npz").write_bytes(b"")
    (tmp_path / "mine.toml").write_text('[data]\nsource = "cases.npz"\n')
    config = resolve(tmp_path / "mine.toml")
    assert config.recipe == "mine"
    assert config.data.source == str(tmp_path / "cases.npz")


def test_vectors_in_a_file_are_looked_for_beside_it(tmp_path):
    (tmp_path / "vectors.txt").write_bytes(b"")
    (tmp_path / "corpus").write_bytes(b"")  # the word of the default, no path
    for name, read in (("vectors.txt", tmp_path / "vectors.txt"), ("corpus", "corpus")):
        text = f'[data]\nsource = "trec"\n[model]\nvectors = "{name}"\n'
        (tmp_path / "mine.toml").write_text(text)
        assert resolve(tmp_path / "mine.toml").model.vectors == str(read)


def test_changes_are_listed_with_both_values():
    before = resolve("japanese-vowels")
    now = resolve("japanese-vowels", {"seed": 4, "model": {"hidden_size": 7}})
    assert changed_keys(before, now) == [
        "seed: 0 -> 4",
        f"model.hidden_size: {before.model.hidden_size} -> 7",
    ]


@given(st.dictionaries(st.from_regex(r"[a-z]{1,4}(\.[a-z]{1,4}){2}", fullmatch=True), st.text()))
def test_nested_flags_hold_every_value(flags):
    nested = nest(flags)
    for key, value in flags.items():
        found = nested
        for part in key.split("."):
            found = found[part]
        assert found == value


def test_the_configuration_offers_every_augmentation_with_its_default():
    offered = {f.name: f.default for f in dataclasses.fields(Augmentation)}
    ours = {name: getattr(AugmentConfig(), name) for name in offered}
    assert ours == offered
    assert {f.name for f in dataclasses.fields(AugmentConfig)} == set(offered)


def test_a_recipe_in_the_size_that_is_asked_for():
    small, medium = resolve("ptb"), resolve("ptb", {"preset": "medium"})
    assert (small.preset, medium.preset) == ("small", "medium")
    assert medium.model.hidden_size > small.model.hidden_size
    wide = resolve("ptb", {"preset": "medium", "model": {"hidden_size": 7}})
    assert wide.model.hidden_size == 7
    assert wide.training == medium.training


def test_a_run_of_a_preset_reads_its_own_configuration_back(tmp_path):
    config = resolve("ptb", {"preset": "medium"})
    file = tmp_path / "ptb.toml"
    file.write_text(config_to_toml(config), encoding="utf-8")
    assert resolve(file) == config


@pytest.mark.parametrize("recipe", ["ptb", "botchan"])
def test_an_unknown_preset_is_refused(recipe):
    with pytest.raises(ConfigurationError, match=r"preset must be one of .*; got 'huge'"):
        resolve(recipe, {"preset": "huge"})


def test_a_preset_that_is_no_table_is_refused(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('preset = "a"\n[data]\nsource = "x.txt"\n[presets]\na = 3\n')
    with pytest.raises(ConfigurationError, match=r"presets\.a must be a table.*got 3"):
        resolve(file)
