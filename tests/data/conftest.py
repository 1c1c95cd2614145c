"""Small recordings and series, made in the test's own folder."""

from pathlib import Path

import numpy as np
import pytest
import soundfile


def tone(seconds=0.1, rate=8000, hz=440.0, amplitude=0.3):
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.float32)


@pytest.fixture(name="tone")
def tone_fixture():
    return tone


@pytest.fixture
def record():
    """Writes a recording and returns its path."""

    def write(path, samples=None, rate=8000, **options):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(rate=rate) if samples is None else samples, rate, **options)
        return path

    return write


@pytest.fixture
def spoken_digits(monkeypatch):
    """The name of the data set, where SAIKI_DATA has it."""
    import os

    folder = os.environ.get("SAIKI_DATA")
    if not folder or not (Path(folder) / "fsdd").is_dir():
        pytest.skip("SAIKI_DATA does not hold fsdd (the Free Spoken Digit Dataset)")
    return "spoken-digits"


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """Neither SAIKI_DATA nor a filled cache; returns the folder that holds the cache."""
    monkeypatch.delenv("SAIKI_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "saiki"
