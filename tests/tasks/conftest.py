"""A recipe that trains in about a second."""

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
