import numpy as np
import pytest

from saiki.data import Augmentation, LogMel
from saiki.data._augment_frames import augment_log_mel, mask
from saiki.data._augment_wave import augment_wave, equalise_wave
from saiki.data._draws import draw
from saiki.errors import ArgumentError

EVERYTHING = Augmentation(
    stretch=(0.8, 1.25),
    gain_db=(-6, 6),
    noise_snr_db=(5, 30),
    noise_probability=0.7,
    crop_ms=20,
    shift_ms=15,
    equalise_db=4,
    tempo=(0.8, 1.2),
    mel_warp=(0.9, 1.1),
    mel_shift=2,
    time_masks=2,
    frequency_masks=2,
)


def rngs(count=200, purpose="augmentation"):
    return [draw(5, purpose, 0, i) for i in range(count)]


@pytest.fixture
def waves():
    rng = np.random.default_rng(0)
    return [(0.1 * rng.normal(size=n)).astype(np.float32) for n in (1600, 900, 4000, 2500, 1700)]


def test_off_by_default(waves):
    assert Augmentation().is_off
    assert not EVERYTHING.is_off
    front_end = LogMel(8000, normalise="utterance")
    for a, b in zip(
        front_end.transform(waves), front_end.transform(waves, Augmentation()), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_what_is_drawn_depends_on_seed_epoch_and_example_only(waves):
    front_end = LogMel(8000, normalise="utterance")
    draws = [(3, 1, i) for i in range(5)]
    whole = front_end.transform(waves, EVERYTHING, draws)
    order = [4, 2, 0]
    some = front_end.transform([waves[i] for i in order], EVERYTHING, [draws[i] for i in order])
    for place, i in enumerate(order):
        np.testing.assert_allclose(some[place], whole[i], rtol=1e-4, atol=1e-4)
    plain = front_end.transform(waves)[0]
    seen = [plain] + [
        front_end.transform(waves[:1], EVERYTHING, [one])[0]
        for one in ((3, 1, 0), (4, 1, 0), (3, 2, 0), (3, 1, 1))
    ]
    for i, a in enumerate(seen):
        for b in seen[i + 1 :]:
            assert a.shape != b.shape or np.abs(a - b).max() > 0.1


def test_streams_do_not_overlap():
    firsts = {
        draw(seed, purpose, epoch, index).integers(2**63)
        for seed in (0, 1, 2**63)
        for purpose in ("a", "b")
        for epoch in range(3)
        for index in range(3)
    }
    assert len(firsts) == 54


def peak_hz(wave, rate=8000):
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), n=65536))
    return spectrum.argmax() * rate / 65536


def test_stretch_changes_tempo_and_pitch_together(tone):
    wave = tone(0.5, hz=600.0)
    plan = Augmentation(stretch=(0.75, 1.5))
    factors = []
    for rng in rngs(60):
        got = augment_wave(wave, 8000, plan, rng)
        factor = len(wave) / len(got)
        factors.append(factor)
        assert peak_hz(got) == pytest.approx(600 * factor, rel=0.01)
    assert min(factors) >= 0.749
    assert max(factors) <= 1.501
    assert min(factors) < 0.85
    assert max(factors) > 1.3


def test_gain(tone):
    gains = [
        20
        * np.log10(np.abs(augment_wave(tone(), 8000, Augmentation(gain_db=(-9, 3)), r)).max() / 0.3)
        for r in rngs()
    ]
    assert -9.1 < min(gains) < -8
    assert 2 < max(gains) < 3.1


def test_noise_has_the_wanted_ratio(tone):
    wave = tone(1.0)
    plan = Augmentation(noise_snr_db=(10, 10))
    for rng in rngs(30):
        noise = augment_wave(wave, 8000, plan, rng) - wave
        assert 10 * np.log10(np.mean(wave**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.5)
    half = Augmentation(noise_snr_db=(10, 10), noise_probability=0.5)
    changed = [not np.array_equal(augment_wave(wave, 8000, half, r), wave) for r in rngs()]
    assert 0.35 < np.mean(changed) < 0.65


def test_crop_takes_a_little_off_both_ends():
    wave = np.arange(1000, dtype=np.float32)
    cuts = [augment_wave(wave, 1000, Augmentation(crop_ms=50), r) for r in rngs()]
    starts, ends = {int(c[0]) for c in cuts}, {int(c[-1]) for c in cuts}
    assert min(starts) < 5
    assert 40 < max(starts) < 50
    assert 950 <= min(ends) < 960
    assert max(ends) > 994
    short = augment_wave(np.arange(8, dtype=np.float32), 1000, Augmentation(crop_ms=50), rngs()[0])
    assert len(short) >= 4


def test_shift_moves_the_sound():
    wave = np.arange(1, 101, dtype=np.float32)
    moves = set()
    for rng in rngs():
        got = augment_wave(wave, 1000, Augmentation(shift_ms=7), rng)
        assert len(got) == 100
        move = int(np.argmax(got)) - 99 if got[0] else int(np.flatnonzero(got)[0])
        moves.add(move)
        expected = np.zeros(100)
        expected[max(0, move) : 100 + min(0, move)] = wave[max(0, -move) : 100 - max(0, move)]
        np.testing.assert_array_equal(got, expected)
    assert moves == set(range(-7, 8))


def test_equalising_a_waveform_and_its_log_mel_agree():
    noise = np.random.default_rng(0).normal(size=80_000).astype(np.float32)
    plan = Augmentation(equalise_db=8)
    front_end = LogMel(8000, mels=20, f_min_hz=0.0, normalise="none", level="none")
    change = (
        front_end.transform([equalise_wave(noise, plan, rngs()[3])])[0]
        - front_end.transform([noise])[0]
    )
    assert np.ptp(change.mean(axis=0)) > 1
    curves = []
    for rng in rngs():
        frames = np.zeros((7, 20), np.float32)
        got = augment_log_mel(frames, plan, rng)
        assert (got == got[0]).all()
        curves.append(got[0])
    # A knot has the full deviation: 8 dB of power are 1.84 in natural units.
    np.testing.assert_allclose(np.std(curves, axis=0)[[0, -1]], 8 * np.log(10) / 10, rtol=0.15)


def test_tempo_keeps_the_bins():
    frames = np.linspace(0, 1, 50, dtype=np.float32)[:, None] * np.arange(1, 4, dtype=np.float32)
    lengths = set()
    for rng in rngs():
        got = augment_log_mel(frames, Augmentation(tempo=(0.5, 2.0)), rng)
        lengths.add(len(got))
        np.testing.assert_allclose(got[[0, -1]], frames[[0, -1]], atol=1e-6)
        np.testing.assert_allclose(got, np.linspace(0, 1, len(got))[:, None] * (1, 2, 3), atol=1e-5)
    assert 25 <= min(lengths) < 30
    assert 90 < max(lengths) <= 100


def test_mel_shift_and_warp():
    frames = np.tile(np.arange(20, dtype=np.float32), (4, 1))
    shifts = []
    for rng in rngs():
        got = augment_log_mel(frames, Augmentation(mel_shift=3), rng)
        shifts.append(got[0, 10] - 10)
        np.testing.assert_allclose(got, np.clip(frames + shifts[-1], 0, 19), atol=1e-4)
    assert -3 <= min(shifts) < -2.7
    assert 2.7 < max(shifts) <= 3
    warps = []
    for rng in rngs():
        got = augment_log_mel(frames, Augmentation(mel_warp=(0.8, 1.25)), rng)
        warps.append(got[0, 10] / 10)
        np.testing.assert_allclose(got, np.clip(frames * warps[-1], 0, 19), atol=1e-4)
    assert 0.8 <= min(warps) < 0.83
    assert 1.2 < max(warps) <= 1.251


def test_masks_take_the_mean():
    rng = np.random.default_rng(0)
    frames = rng.normal(size=(40, 12)).astype(np.float32)
    plan = Augmentation(time_masks=1, time_mask_frames=6, frequency_masks=1, frequency_mask_bins=3)
    rows, columns = set(), set()
    for generator in rngs():
        got = mask(frames, plan, generator)
        is_mean = np.isclose(got, frames.mean(axis=0), atol=1e-6)
        hidden_rows, hidden_columns = is_mean.all(axis=1), is_mean.all(axis=0)
        kept = ~hidden_rows[:, None] & ~hidden_columns
        np.testing.assert_array_equal(got[kept], frames[kept])
        rows.add(int(hidden_rows.sum()))
        columns.add(int(hidden_columns.sum()))
    assert rows == set(range(7))
    assert columns == set(range(4))


def test_masks_leave_most_of_a_short_sequence():
    frames = np.arange(8, dtype=np.float32)[:, None]
    plan = Augmentation(time_masks=1, time_mask_frames=100)
    for generator in rngs():
        assert (mask(frames, plan, generator) != frames).sum() <= 2


def test_the_original_is_never_changed(waves):
    before = [w.copy() for w in waves]
    front_end = LogMel(8000, normalise="none", level="none")
    front_end.transform(waves, EVERYTHING, [(0, 0, i) for i in range(5)])
    for a, b in zip(before, waves, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"stretch": (1.2, 0.8)},
            r"stretch must be \(low, high\) .* low above 0; got \(1.2, 0.8\)",
        ),
        ({"stretch": (0.0, 1.0)}, "stretch must be"),
        ({"gain_db": (1,)}, r"gain_db must be \(low, high\) with low <= high; got \(1,\)"),
        ({"equalise_db": -1.0}, "equalise_db must be at least 0; got -1.0"),
        ({"time_masks": -1}, "time_masks must be at least 0"),
        ({"noise_probability": 1.5}, "noise_probability must be from 0 to 1; got 1.5"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ArgumentError, match=f"Augmentation: {message}"):
        Augmentation(**settings)


def test_lists_from_a_file_become_tuples():
    assert Augmentation(stretch=[0.9, 1.1]) == Augmentation(stretch=(0.9, 1.1))


def test_draws_are_needed(waves):
    with pytest.raises(ArgumentError, match=r"needs draws, .* for each of the 5 values; got none"):
        LogMel(8000, normalise="none").transform(waves, EVERYTHING)
    with pytest.raises(ArgumentError, match="for each of the 5 values; got 1"):
        LogMel(8000, normalise="none").transform(waves, EVERYTHING, [(0, 0, 0)])
