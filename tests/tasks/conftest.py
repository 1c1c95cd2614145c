"""A recipe that trains in about a second."""

import numpy as np
import pytest

SMALL = {
    "model": {"hidden_size": 8, "bidirectional": False},
    "training": {"epochs": 2, "batch_size": 32},
}


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """One finished run on the bundled data; tests must not change it."""
    import saiki

    folder = tmp_path_factory.mktemp("runs") / "small"
    return saiki.train("japanese-vowels", out=folder, **SMALL)


@pytest.fixture
def small():
    return SMALL


class Numbers:
    """Pairs for translators: numbers in words, and the same backwards in another language."""

    english = ("one", "two", "three", "four", "five", "six", "seven")
    german = ("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben")

    def pairs(self, count=150, seed=5, longest=6):
        """Sources and targets."""
        rng = np.random.default_rng(seed)
        rows = [rng.integers(0, 7, rng.integers(1, longest + 1)) for _ in range(count)]
        sources = [" ".join(self.english[i] for i in row) for row in rows]
        return sources, [" ".join(self.german[i] for i in row[::-1]) for row in rows]

    def table(self, **sections):
        """A configuration that trains in a second."""
        made = {
            "task": "translate",
            "data": {"source": "numbers.en", "target": "numbers.de", "test_fraction": 0.15},
            "model": {"embedding_size": 10, "hidden_size": 12},
            "training": {"epochs": 2, "batch_tokens": 60, "checkpoint_seconds": 1000.0},
            "decoding": {"width": 3},
            "scores": {"language": "de", "tokens": "own"},
            "samples": {"inputs": ["one two three"]},
        }
        for name, section in sections.items():
            made[name] = made.get(name, {}) | section
        return made

    def transformer(self, **sections):
        """The same with a small Transformer."""
        small = {"model_size": 12, "num_heads": 2, "layers": 2, "feedforward_size": 16}
        return self.table(**sections) | {"model": {"architecture": "transformer"} | small}

    def write(self, folder, made):
        """The two files and the configuration beside them; returns its path."""
        from saiki.artifacts import to_toml

        for name, lines in zip(("numbers.en", "numbers.de"), self.pairs(), strict=True):
            if not (folder / name).exists():
                text = "".join(line + "\n" for line in lines)
                (folder / name).write_text(text, encoding="utf-8")
        file = folder / "own.toml"
        file.write_text(to_toml(made), encoding="utf-8")
        return file

    def train(self, folder, made, **options):
        """One run in `folder`."""
        import saiki

        return saiki.train(self.write(folder, made), out=folder / "run", **options)


@pytest.fixture(scope="session")
def numbers():
    return Numbers()


@pytest.fixture(scope="session")
def translation_run(numbers, tmp_path_factory):
    """One finished run of a recurrent translator; tests must not change it."""
    return numbers.train(tmp_path_factory.mktemp("translation"), numbers.table())
