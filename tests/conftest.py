"""What all tests share: messages in English, and the folder of data sets where there is one."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# For tests/kernels/sanitize.sh, whose every run takes some ten times as long.
settings.register_profile("sanitize", max_examples=2, deadline=None, derandomize=True)

os.environ["SAIKI_LANG"] = "en"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("SAIKI_LANG", "en")
    from saiki.language import set_language

    set_language(None)


@pytest.fixture
def data_folder():
    """The folder that SAIKI_DATA names; tests of real data are skipped without it."""
    folder = os.environ.get("SAIKI_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SAIKI_DATA does not name a folder of data sets")
    return Path(folder)
