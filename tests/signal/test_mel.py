"""Filter banks against librosa; sound features by their promises."""

import json

import librosa
import numpy as np
import pytest
import torch

from silentfoley.errors import GridError
from silentfoley.signal.mel import HTK, SLANEY, SoundFeatures, equal_area, mel_bank, mel_edges_hz
from silentfoley.timegrid import TimeGrid


@pytest.mark.parametrize(("scale", "htk"), [(HTK, True), (SLANEY, False)])
def test_bank_equals_librosa(scale, htk):
    ours = mel_bank(40, 1024, 22050, 60, 9000, scale)
    kwargs = {"sr": 22050, "n_fft": 1024, "n_mels": 40, "fmin": 60, "fmax": 9000, "htk": htk, "dtype": np.float64}
    assert np.allclose(ours, librosa.filters.mel(norm=None, **kwargs), atol=1e-9)
    area = equal_area(ours, mel_edges_hz(40, 60, 9000, scale))
    assert np.allclose(area, librosa.filters.mel(norm="slaney", **kwargs), atol=1e-12)


@pytest.mark.parametrize("scale", [HTK, SLANEY])
def test_scales_undo_themselves(scale):
    hz = np.array([0.0, 20, 440, 999.9, 1000, 5000, 20000])
    assert np.allclose(scale.to_hz(scale.from_hz(hz)), hz)


def test_features_have_the_shape_of_the_grid_and_rebuild_from_json():
    features = SoundFeatures()
    for n in (1, 881, 882, 44100):
        assert features(torch.randn(2, n)).shape == (2, TimeGrid(n).n_columns, 64)
    again = SoundFeatures(**json.loads(json.dumps(features.settings())))
    x = torch.randn(1, 4000)
    assert torch.equal(again(x), features(x))
    assert not SoundFeatures().state_dict(), "the bank is computed, not stored"


def test_silence_is_zero_full_scale_is_known_and_bands_are_in_order():
    features = SoundFeatures()
    assert torch.equal(features(torch.zeros(1, 4410)), torch.zeros(1, 6, 64))
    t = torch.arange(44100) / 44100
    bands = []
    for hz in (100, 1000, 8000):
        column = features(torch.sin(2 * torch.pi * hz * t)[None])[0, 25]
        bands.append(int(column.argmax()))
        assert 0.1 < float(features.magnitudes(column).max()) <= 1.0
    assert bands == sorted(set(bands))
    assert (features.bank.sum(1) > 0.999).all(), "no band is empty"


def test_compression_undoes_itself_and_batch_equals_loop():
    features = SoundFeatures(n_mels=16, n_fft=256, hop_samples=100, sample_rate_hz=8000, high_hz=4000)
    x = torch.randn(3, 900)
    out = features(x)
    assert torch.allclose(torch.log1p(features.magnitudes(out) / features.floor), out, atol=1e-5)
    assert torch.allclose(out[1], features(x[1:2])[0], atol=1e-5)
    loud = torch.cat([x[:2], x[2:] * 1e3])
    assert torch.allclose(features(loud)[:2], out[:2], atol=1e-5), "a loud neighbour changes nothing"


def test_refuses_bad_ranges():
    with pytest.raises(GridError, match=r"high_hz 16000 is above half of 22050 Hz"):
        SoundFeatures(sample_rate_hz=22050)
    with pytest.raises(GridError, match=r"0 bands between 40 and 100 Hz"):
        mel_bank(0, 64, 1000, 40, 100)
