"""The cue-driven sibling: timing to the sample, strength, voices, means, codes, the way through a file."""

from dataclasses import replace

import helpers
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CheckpointError, DataError, LabelError
from silentfoley.generators.bands import BandAxis
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.cue_fitting import CueFitter
from silentfoley.generators.examples import hit_examples, texture_examples
from silentfoley.generators.shapes import RunningMean, TextureShape, principal
from silentfoley.generators.strike import attack_curves, onset_columns, strike
from silentfoley.signal.stft import StftSpec

SPEC = StftSpec(1024, 294)


def sheet(*starts: float, label: str = "footsteps", **kwargs) -> CueSheet:
    return CueSheet(tuple(Cue(s, label, id=f"k{i}", **kwargs) for i, s in enumerate(starts)), 1.0)


def test_a_cue_moved_by_any_samples_moves_its_sound_by_as_many(cue_class_mean):
    step = 1234 / 44_100
    a = cue_class_mean.render(sheet(0.2)).samples[0]
    b = cue_class_mean.render(sheet(0.2 + step)).samples[0]
    assert np.allclose(a[:40_000], b[1234:41_234], atol=1e-5)


def test_nothing_sounds_before_the_contact_and_at_once_after_it(cue_class_mean):
    out = cue_class_mean.render(sheet(0.5)).samples[0]
    assert not out[:22_050].any()
    peak = np.abs(out).max()
    assert np.abs(out[22_050 : 22_050 + 441]).max() > 0.3 * peak


def test_strength_is_a_linear_gain_and_brightens(cue_class_mean):
    soft, hard = (cue_class_mean.render(sheet(0.2, strength=s)).samples[0] for s in (0.3, 0.9))
    assert np.abs(hard).max() / np.abs(soft).max() == pytest.approx(3, rel=0.01)

    def centroid(x):
        power = np.abs(np.fft.rfft(x)) ** 2
        return (power * np.arange(len(power))).sum() / power.sum()

    assert centroid(hard) > 1.05 * centroid(soft)
    assert not cue_class_mean.render(sheet(0.2, strength=0.0)).samples.any()


def test_hits_of_a_clip_differ_and_a_duration_cuts(cue_class_mean):
    out = cue_class_mean.render(sheet(0.1, 0.6)).samples[0]
    assert not np.allclose(out[4410:8820], out[26_460:30_870], atol=1e-3)
    cut = cue_class_mean.render(sheet(0.1, duration_s=0.05)).samples[0]
    assert not cut[round(0.151 * 44_100) :].any()


def test_texture_follows_its_course(cue_class_mean):
    cue = Cue(0.2, "rain", 1.0, duration_s=0.6, envelope=(1.0, 1.0, 0.1, 0.1))
    out = cue_class_mean.render(CueSheet((cue,), 1.0)).samples[0]
    assert not out[: round(0.2 * 44_100)].any()
    assert not out[round(0.8 * 44_100) + 1 :].any()
    loud, soft = out[round(0.25 * 44_100) : round(0.35 * 44_100)], out[round(0.65 * 44_100) : round(0.75 * 44_100)]
    assert 5 < np.sqrt(np.mean(loud**2) / np.mean(soft**2)) < 20


def test_offset_and_level(cue_class_mean):
    out = cue_class_mean.render(CueSheet((Cue(0.0, "rain", 1.0),), 1.0)).samples[0]
    assert abs(out.mean()) < 1e-3
    assert float(np.sqrt(np.mean(out**2))) == pytest.approx(0.1, rel=0.15), "the level of the clips it learnt from"


def test_refusals(cue_class_mean):
    with pytest.raises(CheckpointError, match="class mean of clock: was never fitted"):
        CueClassMean(("clock",), n_bands=8, n_components=1).render(CueSheet((Cue(0.1, "clock"),), 1.0))
    with pytest.raises(LabelError, match="use one of: clock, footsteps, rain"):
        cue_class_mean.render(CueSheet((Cue(0.1, "fire"),), 1.0))
    with pytest.raises(DataError, match="no cue of the clips sounds"):
        CueFitter(CueClassMean(("car",), n_bands=8)).fit_class_means([helpers.batch()])


def test_through_half_precision_and_back(cue_class_mean, tmp_path):
    save_file({k: v.half() for k, v in cue_class_mean.state_dict().items()}, tmp_path / "w.safetensors")
    again = CueClassMean(helpers.LABELS, n_bands=24, n_components=3, n_codes=4, n_stretches=3, stretch_s=0.3, hidden=8)
    again.load_state_dict({k: v.float() for k, v in load_file(tmp_path / "w.safetensors").items()})
    a, b = (g.eval().render(sheet(0.1, 0.5)).samples for g in (cue_class_mean, again))
    assert np.abs(a - b).max() < 0.02 * np.abs(a).max()


def test_untrained_residual_is_the_mean_and_variation_can_be_zero(cue_class_mean):
    shape = cue_class_mean.shape("clock")
    curves = torch.rand(7, shape.n_columns)
    assert torch.equal(cue_class_mean.log_bands("clock", curves), shape.mean_spectrum)
    spectra, attack = shape.decode(torch.zeros(2, 3))
    assert torch.equal(spectra[1], shape.mean_spectrum)
    assert torch.equal(attack[0], shape.mean_attack)


def test_examples_are_aligned_normalised_and_masked():
    batch = helpers.batch(("clock", "rain"))
    first, second = hit_examples(batch, SPEC, {"clock": 100}, {"clock": 200})
    for example, start in ((first, 4410), (second, 26_460)):
        peak = float(batch.audio[0, start : start + 22_050].abs().max())
        piece = batch.audio[0, start - 512 : start + 512]
        by_hand = torch.fft.rfft(piece * torch.hann_window(1024)).abs() * 4 / 1024 / peak
        assert torch.allclose(example.magnitudes[:, 0], by_hand, atol=1e-5)
        assert float(example.magnitudes.max()) <= 1
        assert example.level == pytest.approx(0.5, rel=1e-3), "peak over strength"
    # The first hit's columns end before the second's window begins, the second's at the clip's end.
    assert int(first.known.sum()) == 1 + (22_050 - 512) // 294
    assert int(second.known.sum()) == 1 + (44_100 - 26_460) // 294
    (rain,) = texture_examples(batch, SPEC, {"rain"})
    assert rain.level == pytest.approx(0.1, rel=0.02)
    assert not rain.known[0]
    silent = replace(batch, silent=torch.ones(2, dtype=torch.bool))
    assert not list(hit_examples(silent, SPEC, {"clock": 10}, {"clock": 10}))


def test_pairs_learn(cue_class_mean):
    from silentfoley.generators.losses import log_spectral_distance_db, pairs_loss

    model = CueClassMean(("clock", "footsteps"), n_bands=12, n_components=2, hidden=8)
    fitter = CueFitter(model)
    batch = helpers.batch(("clock", "footsteps"))
    fitter.fit_class_means([batch])
    for shape in model.hits.values():
        shape.mean_spectrum += 1.0  # something to unlearn
    optimiser = torch.optim.Adam(model.residual.parameters(), 1e-2)
    distances = []
    for _ in range(15):
        pairs = fitter.pairs(batch)
        loss = pairs_loss(pairs)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        distances.append(float(log_spectral_distance_db(pairs).detach()))
    assert distances[-1] < 0.7 * distances[0]
    assert fitter.pairs(replace(batch, silent=torch.ones(2, dtype=torch.bool))) is None


# The parts.


def test_strike_has_the_wanted_spectrogram():
    x = torch.zeros(30_000)
    x[2000:12_000] = helpers.burst(10_000, 1500, 0)
    wanted = onset_columns(x, [2000] * 30, SPEC, 40)
    attacks = attack_curves(x, [2000] * 30, 300)
    made = strike(wanted, attacks, SPEC, torch.Generator().manual_seed(0))
    assert made.shape == (30, 40 * 294)
    axis = BandAxis(30, 1024, 44_100)
    got = torch.stack([axis.to_bands(onset_columns(y, [0], SPEC, 30))[0] for y in made]).mean(0)
    target = axis.to_bands(wanted[0, :, :30])
    ratio_db = 20 * torch.log10(got[3:, 1:20] / target[3:, 1:20])
    assert float(ratio_db.mean().abs()) < 1.5
    assert float(ratio_db.abs().mean()) < 4


def test_bands_gather_and_spread():
    axis = BandAxis(40, 1024, 44_100)
    flat = torch.full((513, 3), 0.7)
    assert torch.allclose(axis.to_bands(flat), torch.full((40, 3), 0.7))
    assert torch.allclose(axis.to_bins(torch.full((40, 3), -2.0)), torch.full((513, 3), -2.0))
    lowest = torch.zeros(513, 1)
    lowest[2] = 1
    assert int((BandAxis(100, 1024, 44_100).to_bands(lowest) > 0).sum()) == 1, "the lowest bands are single bins"
    slope = torch.linspace(0, 1, 513)[:, None].square()
    there_and_back = axis.to_bins(axis.to_bands(slope))
    assert torch.allclose(there_and_back[:-30], slope[:-30], atol=0.02), "the outermost bands have one side only"
    full = BandAxis(33, 64, 8000)
    x = torch.rand(33, 2)
    assert torch.allclose(full.to_bands(x), x, atol=1e-6), "as many bands as bins changes nothing"


def test_running_mean_over_what_is_known():
    mean = RunningMean()
    items = torch.rand(3, 2, 5)
    known = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.bool)
    for item, mask in zip(items, known, strict=True):
        mean.add(item[None], mask[None, None])
    out = mean.filled().float()
    assert torch.allclose(out[:, 0], items[:, :, 0].mean(0))
    assert torch.allclose(out[:, 1], items[:2, :, 1].mean(0))
    assert torch.allclose(out[:, 3], items[0, :, 3])
    assert torch.allclose(out[:, 4], out[:, 3]), "unknown columns hold the last known"


def test_directions_rebuild_rows_of_low_rank():
    rows = torch.randn(12, 2) @ torch.randn(2, 30)
    basis, codes = principal(rows, 4)
    assert basis.shape == (4, 30)
    assert torch.allclose(codes @ basis, rows, atol=1e-4)
    assert not basis[2:].abs().max() > 1.01
    short_basis, short_codes = principal(rows[:1], 4)
    assert torch.allclose(short_codes @ short_basis, rows[:1], atol=1e-4)


def test_texture_codes_move_and_repeat_by_seed():
    shape = TextureShape(6, 4, 3, 40)
    shape.set_mean(torch.rand(6), 0.1)
    shape.set_codes(torch.randn(5, 6, 40))

    def drawn(seed: int, n: int = 200) -> torch.Tensor:
        return shape.decode(shape.draw(n, torch.Generator().manual_seed(seed)))

    assert drawn(0).shape == (6, 200)
    assert torch.equal(drawn(0), drawn(0))
    assert not torch.allclose(drawn(0), drawn(1))
    assert 0.3 < float(drawn(2, 2000).std(1).mean()) < 1.5, "as lively as what it learnt"
    assert torch.isfinite(drawn(3, 1)).all()
