"""Prompts, blanks and figures of a language reader, on networks with random weights."""

import pytest
import torch

from saiki.data.text import TextTokenizer
from saiki.tasks.configure import config_from_table
from saiki.tasks.language_model import build_language_model
from saiki.tasks.language_reader import LanguageReader
from saiki.tasks.text_preparation import encode_part, prepare_text
from saiki.tasks.token_measure import measure_part

CPU = torch.device("cpu")


@pytest.fixture
def reader(tmp_path):
    def make(**data):
        path = tmp_path / "corpus.txt"
        path.write_text("ab ba\nbab a\n猫が鳴く\n犬も\n" * 20, encoding="utf-8")
        table = {"task": "language-model", "data": {"source": str(path)} | data}
        table["model"] = {"embedding_size": 6, "hidden_size": 7, "layers": 1}
        config = config_from_table(table, "test")
        tokenizer = prepare_text(config.data).tokenizer
        torch.manual_seed(5)
        network = build_language_model(config.model, tokenizer).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(4)  # so that the next token depends on those before it
        return LanguageReader(network, tokenizer, config.data, CPU)

    return make


def test_a_line_break_of_a_prompt_is_the_end_of_a_line(reader):
    lines = reader(tokenizer="characters", record="line")
    whole = "".join(lines.generate("ab", length=60, seed=2))
    begun = whole[: whole.index("\n") + 1]
    rest = list(lines.generate("ab" + begun, length=1, temperature=0))
    ids = [lines.first, *lines.tokenizer.encode("ab" + begun[:-1]), TextTokenizer.end_id]
    hidden, _ = lines.network(torch.tensor([ids]))
    scores = lines.network.head.log_probabilities(hidden[:, -1])[0]
    scores[:3] = -torch.inf
    best = int(scores.argmax())
    assert "".join(rest) == ("\n" if best == 3 else lines.tokenizer.decode([best]))


def test_own_candidates_are_whole_characters(reader):
    found = reader(tokenizer="byte-bpe", max_vocabulary=262).rank("猫が___", count=200)
    assert len(found) > 100
    assert not [one.candidate for one in found if "\ufffd" in one.candidate]


def test_the_unknown_rate_is_that_of_the_tokeniser(reader):
    lines = reader(tokenizer="characters", record="line")
    config = config_from_table({"task": "language-model", "data": {"source": "x"}}, "test")
    part = encode_part(lines.tokenizer, ["zzza"], config.data)
    assert measure_part(lines.network, part, config.data, CPU)["unknown_rate"] == 0.75
    assert lines.score(["zzza"])[0].unknown_rate == 0.75
