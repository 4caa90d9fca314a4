import librosa
import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.signal.flux import FluxSettings, flux_curve, flux_onsets_s, peak_near, pick_flux_peaks

RATE_HZ = 22_050


def clicks(seed: int, seconds: float = 3.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sound = 0.003 * rng.standard_normal(round(seconds * RATE_HZ))
    for start in rng.integers(0, sound.size - 3000, 8):
        sound[start : start + 3000] += rng.uniform(0.1, 1) * rng.standard_normal(3000) * np.exp(-np.arange(3000) / 500)
    return sound


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("hop", "aggregate", "delta", "wait"), [(256, "median", 0.2, 4), (512, "mean", 0.3, None)])
def test_curve_and_onsets_agree_with_librosa(seed, hop, aggregate, delta, wait):
    sound = clicks(seed)
    settings = FluxSettings(RATE_HZ, hop_samples=hop, aggregate=aggregate, delta=delta, wait_columns=wait)
    theirs = librosa.onset.onset_strength(y=sound, sr=RATE_HZ, hop_length=hop, aggregate=getattr(np, aggregate))
    ours = flux_curve(sound, settings)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    more = {} if wait is None else {"wait": wait}
    times = librosa.onset.onset_detect(
        onset_envelope=theirs, sr=RATE_HZ, hop_length=hop, delta=delta, units="time", **more
    )
    assert times.size > 2
    np.testing.assert_allclose(flux_onsets_s(sound, settings), times, atol=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_peaks_of_any_curve_agree_with_librosa(seed):
    rng = np.random.default_rng(seed)
    curve = np.maximum(rng.standard_normal(rng.integers(1, 200)), 0)
    settings = FluxSettings(hop_samples=int(rng.choice([128, 256, 512])), delta=float(rng.choice([0, 0.07, 0.3])))
    theirs = librosa.onset.onset_detect(
        onset_envelope=curve, sr=RATE_HZ, hop_length=settings.hop_samples, delta=settings.delta
    )
    assert pick_flux_peaks(curve, settings).tolist() == theirs.tolist()


@pytest.mark.parametrize("n_samples", [0, 1, 100, RATE_HZ])
def test_silence_has_no_onsets(n_samples):
    assert flux_onsets_s(np.zeros(n_samples), FluxSettings()).size == 0


def test_blocks_do_not_show(monkeypatch):
    sound, settings = clicks(1), FluxSettings(hop_samples=256)
    whole = flux_curve(sound, settings)
    monkeypatch.setattr("silentfoley.signal.flux._BLOCK_COLUMNS", 7)
    np.testing.assert_allclose(flux_curve(sound, settings), whole, atol=1e-9)


def test_peak_near():
    sound = np.zeros(RATE_HZ)
    sound[RATE_HZ // 2] = -0.7
    assert peak_near(sound, RATE_HZ, [0.4, 0.46, 0.9], 0.05).tolist() == [0.0, 0.7, 0.0]
    assert peak_near(sound, RATE_HZ, [], 0.05).shape == (0,)


def test_unknown_aggregate():
    with pytest.raises(SilentFoleyError, match="'max' is unknown; use mean or median"):
        FluxSettings(aggregate="max")
