"""What can be wrong with one audio file: found when it is named, not in the middle of training."""

import os

import numpy as np
import pytest

from saiki.data import read_examples
from saiki.errors import DataError, MissingFileError


def read(path):
    return read_examples([path], allow_unlabelled=True)


def test_missing(tmp_path):
    with pytest.raises(MissingFileError, match=r"a.wav: no such file. Check the path"):
        read(tmp_path / "a.wav")


def test_empty(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(DataError, match=r"a.wav: the file is empty \(0 bytes\). Record it again"):
        read(tmp_path / "a.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_no_permission(tmp_path, record):
    path = record(tmp_path / "a.wav")
    path.chmod(0)
    with pytest.raises(DataError, match=r"cannot be opened .*Check its permissions"):
        read(path)


def test_not_audio(tmp_path):
    (tmp_path / "a.wav").write_text("this is text, and long enough to look at")
    with pytest.raises(DataError, match=r"a.wav: cannot be read as audio \(.*\). Convert it"):
        read(tmp_path / "a.wav")


def test_no_samples(tmp_path, record):
    path = record(tmp_path / "a.wav", np.zeros(0, np.float32))
    with pytest.raises(DataError, match="the file holds no samples"):
        read(path)


def test_a_cut_wav_is_found_by_its_header(tmp_path, record):
    path = record(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"truncated: its header promises 1600 bytes .* holds 1400"):
        read(path)


def test_a_wav_cut_in_its_header(tmp_path, record):
    path = record(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(DataError, match="truncated: there are no samples after its header"):
        read(path)


def test_chunks_before_the_samples_are_skipped(tmp_path, record, tone):
    path = record(tmp_path / "a.wav")
    raw = path.read_bytes()
    at = raw.index(b"data")
    odd_chunk = b"note" + (3).to_bytes(4, "little") + b"abc\0"
    path.write_bytes(raw[:at] + odd_chunk + raw[at:])
    np.testing.assert_allclose(read(path).value(0), tone(), atol=1e-4)
    path.write_bytes((raw[:at] + odd_chunk + raw[at:])[:-10])
    with pytest.raises(DataError, match="promises 1600 bytes of samples, it holds 1590"):
        read(path)


def test_a_damaged_flac_is_found_when_it_is_decoded(tmp_path, record):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 20000).astype(np.float32)
    path = record(tmp_path / "a.flac", noise)
    path.write_bytes(path.read_bytes()[:20000])
    examples = read(path)
    with pytest.raises(DataError, match=r"a.flac: (decoding failed|the file is truncated)"):
        examples.value(0)


def test_fewer_samples_than_promised(tmp_path, record, monkeypatch):
    """Some decoders end early without an error."""
    import soundfile

    examples = read(record(tmp_path / "a.wav"))
    whole = soundfile.read

    def shortened(*arguments, **options):
        samples, rate = whole(*arguments, **options)
        return samples[:-100], rate

    monkeypatch.setattr(soundfile, "read", shortened)
    with pytest.raises(
        DataError, match=r"truncated: its header promises 800 samples, it holds 700"
    ):
        examples.value(0)


def test_not_finite_samples(tmp_path, record, tone):
    samples = tone()
    samples[37] = np.nan
    path = record(tmp_path / "a.wav", samples, subtype="FLOAT")
    with pytest.raises(DataError, match="sample 37 is not a finite number"):
        read(path).value(0)


def test_samples_are_decoded_once(tmp_path, record):
    path = record(tmp_path / "a.wav")
    examples = read(path)
    path_gone = examples.subset([0])
    first = examples.value(0)
    path.unlink()
    assert examples.value(0) is first
    assert path_gone.value(0) is first
