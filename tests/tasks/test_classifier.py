"""Loading and predicting: raw inputs in, answers out, and clear refusals."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import saiki
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.tasks.classifier import choose_device, measure


@pytest.fixture(scope="module")
def tones_run(tmp_path_factory):
    """Low against high tones, as wav files in two folders."""
    root = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(1)
    for label, hertz in (("low", 200), ("high", 1500)):
        (root / "sounds" / label).mkdir(parents=True)
        for take in range(16):
            soundfile.write(root / "sounds" / label / f"{take}.wav", tone(rng, hertz), 8000)
    (root / "tones.toml").write_text(
        """
        [data]
        source = "sounds"
        split = "fractions"
        test_fraction = 0.25
        validation_fraction = 0.25
        [data.features]
        mels = 12
        [model]
        hidden_size = 8
        [training]
        epochs = 12
        batch_size = 4
        learning_rate = 0.02
        threads = 1
        """
    )
    return saiki.train(root / "tones.toml", out=root / "run")


def tone(rng, hertz, seconds=0.3):
    t = np.arange(int(8000 * seconds)) / 8000
    wave = 0.3 * np.sin(2 * np.pi * hertz * t) + 0.01 * rng.standard_normal(len(t))
    return wave.astype(np.float32)


def test_own_recordings_are_learned_and_recognised(tones_run, tmp_path):
    assert tones_run.metrics["test"]["accuracy"] == 1.0
    model = saiki.load(tones_run.folder)
    rng = np.random.default_rng(2)
    soundfile.write(tmp_path / "new.flac", tone(rng, 1500, 0.5), 8000)
    answer = model.predict(tmp_path / "new.flac")
    assert answer["label"] == "high"
    assert answer["confidence"] == answer["confidences"]["high"] > 0.5
    assert sum(answer["confidences"].values()) == pytest.approx(1, abs=1e-5)
    assert [row["label"] for row in model.predict([tone(rng, 200), tone(rng, 1500)])] == [
        "low",
        "high",
    ]


def test_a_recording_of_another_rate_is_resampled(tones_run, tmp_path):
    t = np.arange(9600) / 32000
    soundfile.write(tmp_path / "fast.wav", 0.3 * np.sin(2 * np.pi * 1500 * t), 32000)
    soundfile.write(tmp_path / "slow.wav", 0.3 * np.sin(2 * np.pi * 200 * t), 32000)
    rows = saiki.load(tones_run.folder).predict([tmp_path / "fast.wav", tmp_path / "slow.wav"])
    assert [row["label"] for row in rows] == ["high", "low"]


def test_silence_is_warned_of(tones_run, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(4000, np.float32), 8000)
    answer = saiki.load(tones_run.folder).predict(tmp_path / "silence.wav")
    assert "silence: the recording's level is -120 dBFS" in answer["warning"]


def test_a_stereo_recording_is_refused(tones_run, tmp_path):
    soundfile.write(tmp_path / "stereo.wav", np.zeros((4000, 2), np.float32), 8000)
    with pytest.raises(DataError, match="channel"):
        saiki.load(tones_run.folder).predict(tmp_path / "stereo.wav")


def test_a_moved_run_predicts_the_same(small_run, tmp_path):
    from saiki.data import load as load_set

    case = load_set("japanese-vowels").value(3)
    moved = tmp_path / "moved"
    shutil.copytree(small_run.folder, moved)
    assert saiki.load(moved).predict(case) == saiki.load(small_run.folder).predict(case)


def test_evaluation_gives_the_figures_of_the_run(small_run):
    _, scores = saiki.load(small_run.folder).evaluate()
    assert scores.metrics() == pytest.approx(small_run.metrics["test"], rel=1e-6)


def test_batch_size_does_not_change_the_answers(small_run, monkeypatch):
    from saiki.tasks import batches

    model = saiki.load(small_run.folder)
    _, many = model.evaluate()
    monkeypatch.setattr(batches, "_MEASURING_BATCH_SIZE", 1)
    _, single = model.evaluate()
    np.testing.assert_allclose(many.probabilities, single.probabilities, rtol=1e-4, atol=1e-6)


def test_arrays_of_the_wrong_kind_are_refused(small_run):
    model = saiki.load(small_run.folder)
    with pytest.raises(DataError, match=r"must have 12 channels, as in training; got 5"):
        model.predict(np.zeros((9, 5), np.float32))
    with pytest.raises(DataError, match=r"must be \(T, C\) steps and channels, not empty"):
        model.predict(np.zeros(9, np.float32))
    with pytest.raises(DataError, match="NaN or infinity"):
        model.predict(np.full((9, 12), np.nan, np.float32))


def test_evaluation_refuses_a_test_part_that_is_not_what_it_was(tones_run, tmp_path):
    model = saiki.load(tones_run.folder)
    sounds = Path(model.config.data.source)
    assert sounds.is_absolute()
    kept = (sounds / "low" / "0.wav").read_bytes()
    (sounds / "low" / "0.wav").write_bytes((sounds / "low" / "1.wav").read_bytes())
    try:
        with pytest.raises(RunFolderError, match="has changed since training"):
            model.evaluate()
    finally:
        (sounds / "low" / "0.wav").write_bytes(kept)


def test_devices_that_are_not_there_are_named():
    for name in ("mps", "meta", "cuda:x"):
        with pytest.raises(ArgumentError, match="must be auto, cpu, cuda or cuda:N"):
            choose_device(name)
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["model.safetensors", "config.toml", "preprocess/labels.json"])
def test_a_damaged_run_is_refused(small_run, tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(small_run.folder, copy)
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[:-2] + b"\n\n")
    with pytest.raises(RunFolderError, match=r"must have the SHA-256"):
        saiki.load(copy)


def test_a_label_that_training_never_saw_is_named(small_run, tmp_path):
    path = tmp_path / "cases.npz"
    np.savez(path, values=np.zeros((2, 5, 12), np.float32), labels=np.array(["1", "77"]))
    with pytest.raises(DataError, match=r"label '77' is not one of the 9 classes"):
        saiki.load(small_run.folder).evaluate(path)


def test_losses_are_the_cross_entropy_of_the_probabilities(small_run):
    _, scores = saiki.load(small_run.folder).evaluate()
    picked = scores.probabilities[np.arange(len(scores.targets)), scores.targets]
    np.testing.assert_allclose(scores.losses_nats, -np.log(picked), rtol=1e-4, atol=1e-5)
    assert measure.__doc__
