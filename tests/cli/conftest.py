"""A language model that is trained in a second."""

import random

import pytest

TOML = """
task = "language-model"
seed = 4

[data]
source = "text.txt"
tokenizer = "words"
steps = 8
test_fraction = 0.1

[model]
embedding_size = 8
hidden_size = 8
layers = 1

[training]
epochs = 2
batch_size = 4

[samples]
prompts = ["the cat"]
length = 12
temperature = 0.9
nucleus = 0.5

[samples.cloze]
"the cat ate the ___ ." = ["mouse", "stone", "zebra"]
"""


def write_corpus(folder):
    """A small text and the recipe that reads it, from another folder too."""
    draw = random.Random(5)
    lines = [
        f"the {draw.choice(['cat', 'dog', 'owl'])} {draw.choice(['ate', 'saw', 'met'])} "
        f"the {draw.choice(['mouse', 'stone', 'bird'])} ."
        for _ in range(150)
    ]
    (folder / "text.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = str(folder / "text.txt")
    (folder / "mine.toml").write_text(TOML.replace("text.txt", source), encoding="utf-8")
    return folder / "mine.toml"


@pytest.fixture(scope="session")
def language_run(tmp_path_factory):
    """One finished run, trained through the command line; tests must not change it."""
    from saiki.cli.main import main

    folder = tmp_path_factory.mktemp("language")
    words = ["train", str(write_corpus(folder)), "--out", str(folder / "run"), "--quiet"]
    assert main(words) == 0
    return folder / "run"


@pytest.fixture
def corpus(tmp_path):
    """A recipe of one's own: the TOML file."""
    return write_corpus(tmp_path)
