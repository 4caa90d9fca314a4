"""The flow generator: its contract with weights of chance, long textures, levels, and the fallback."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CheckpointError, CueError, LabelError
from silentfoley.generators.contract import violations
from silentfoley.generators.flow import MOST, NEUTRAL, FlowGenerator
from silentfoley.generators.flow_columns import CONTEXT, LEAD_COLUMNS, WINDOW, curves, hit_columns
from silentfoley.generators.vocoder import Vocoder
from silentfoley.labels import LABELS, TEXTURES

RATE = 44_100


def small_flow(**settings) -> FlowGenerator:
    """Weights of chance that make something of their own: a decaying hiss for every class."""
    torch.manual_seed(0)
    vocoder = settings.pop("vocoder", Vocoder(dim=8, hidden=8, n_blocks=1))
    made = FlowGenerator(
        vocoder=vocoder, dims=(8, 8, 8), blocks=(1, 1, 1), n_condition=8, **{"steps": 1, **settings}
    ).eval()
    torch.nn.init.normal_(made.network.leave[1].weight, std=0.1)
    made.learned[:, 0] = 1
    return made.requires_grad_(False)


@pytest.fixture(scope="module")
def made():
    return small_flow()


# Twelve seconds of a texture in windows take their time: one in every run, the others when asked for.
@pytest.mark.parametrize(
    "label", [pytest.param(x, marks=pytest.mark.slow if x in TEXTURES and x != "rain" else ()) for x in LABELS]
)
def test_contract(made, label):
    assert violations(made, label) == []


def test_contract_with_griffin_lim_and_guidance():
    assert violations(small_flow(vocoder=None, guidance=2.0, solver="heun"), "clock") == []


def test_windows_keep_the_columns_they_are_told(made):
    told = []

    def window(given, noise, sounding):
        told.append((given, noise))
        return FlowGenerator._window(made, given, noise, sounding)

    made._window = window
    columns = torch.cat(list(made.columns(Cue(0.0, "rain", NEUTRAL), 300, torch.Generator().manual_seed(0))))
    del made._window
    assert columns.shape == (300, 80)
    plain = made.scale.draw("rain", 0, torch.Generator())
    starts = [0, WINDOW - CONTEXT, 2 * (WINDOW - CONTEXT)]
    for (given, noise), start in zip(told, starts, strict=True):
        known = int(given.known.sum())
        assert known == (CONTEXT if start else 0)
        kept = made.scale.restore("rain", given.context[0, :known], start, plain).clamp(0, MOST)
        torch.testing.assert_close(kept, columns[start : start + known], atol=1e-4, rtol=1e-4)
        assert len(noise) % made.network.step == 0


def test_overlapping_windows_share_their_noise(made):
    noises = []
    made._window = lambda given, noise, sounding: (noises.append(noise), noise)[1]
    list(made.columns(Cue(0.0, "rain"), 300, torch.Generator().manual_seed(0)))
    del made._window
    for before, after in pairwise(noises):
        assert torch.equal(before[-CONTEXT:], after[:CONTEXT])


def test_a_hit_is_as_long_as_the_take_whose_manner_it_has():
    made = small_flow()
    made.scale.fit("breaking", [torch.rand(30, 80), torch.rand(150, 80)], [1, 2])
    seen = []
    made._window = lambda given, noise, sounding: (seen.append((len(noise), sounding)), noise)[1]
    for variant, n in ((made.names[0], 30), (made.names[1], 150)):
        cue = Cue(0.0, "breaking", variant=variant)
        assert sum(len(c) for c in made.columns(cue, 260, torch.Generator())) == n
        assert sum(len(c) for c in made.columns(cue, 20, torch.Generator())) == 20
    assert seen[0] == (44, 30), "columns past the end are held beside it"


def test_columns_past_the_end_are_held():
    made = small_flow()
    manner = made.scale.draw("clock", 0, torch.Generator())
    given = made.given(Cue(0.0, "clock"), 0, range(48), torch.zeros(0, 80), manner)
    drawn = made._window(given, torch.randn(48, 80), 40)
    assert drawn[40:].abs().max() < 1e-6 < drawn[:40].abs().min()


def test_what_is_told_of_a_hit_begins_at_its_onset():
    rate = 44_100 / 256
    told = curves("clock", 0.5, range(0, 8), rate)
    assert told[:LEAD_COLUMNS].abs().max() == 0
    assert told[LEAD_COLUMNS, 0] == 1.0
    assert torch.equal(told[4:8], curves("clock", 0.5, range(4, 8), rate))
    assert torch.equal(curves("rain", 1.0, range(2, 4), rate), curves("rain", 1.0, range(90, 92), rate))
    assert hit_columns("clock", rate) == LEAD_COLUMNS + 44 + 1


def test_a_long_texture_has_no_seam_and_is_made_when_asked_for(made):
    calls = []
    made._window = lambda *told: (calls.append(1), FlowGenerator._window(made, *told))[1]
    sheet = CueSheet((Cue(0.0, "rain", 0.5),), 5.0)
    blocks = made.render_blocks(sheet, block_samples=8192)
    next(blocks)
    first = len(calls)
    out = np.concatenate(list(blocks), axis=1)[0]
    del made._window
    assert first <= 2 < len(calls)
    frames = out[: len(out) // 256 * 256].reshape(-1, 256).astype(np.float64)
    spectra = np.log(np.abs(np.fft.rfft(frames * np.hanning(256))) + 1e-6)
    flux = np.abs(np.diff(spectra, axis=0)).mean(axis=1)[20:-20]
    level = np.abs(np.diff(np.log(np.sqrt((frames**2).mean(axis=1)) + 1e-6)))[20:-20]
    seams = [k * (WINDOW - CONTEXT) - LEAD_COLUMNS - 32 - 20 + d for k in range(1, 7) for d in range(-2, 3)]
    for curve in (flux, level):
        at = [curve[i] for i in seams if 0 <= i < len(curve)]
        assert max(at) <= np.quantile(curve, 0.999) * 1.2
        assert np.mean(at) < np.mean(curve) + 2 * np.std(curve) / np.sqrt(len(at)) * 2


@pytest.mark.parametrize("block", [700, 22_050])
def test_streamed_is_the_whole(made, block):
    cues = (Cue(0.1, "clock"), Cue(0.05, "rain", duration_s=0.7, envelope=(0.2, 1.0)), Cue(0.5, "impact", pan=0.5))
    sheet = CueSheet(cues, 1.00003)
    whole = made.render(sheet, seed=2).samples
    got = np.concatenate(list(made.render_blocks(sheet, seed=2, block_samples=block)), axis=1)
    assert np.abs(got - whole).max() < 1e-4


def test_nothing_sounds_before_a_hit(made):
    out = made.render(CueSheet((Cue(0.2, "footsteps"),), 0.8)).samples[0]
    onset = round(0.2 * RATE)
    assert np.abs(out[: onset - 40]).max() == 0
    assert np.square(out[:onset]).sum() < 0.02 * np.square(out).sum()


@pytest.mark.parametrize("label", ["footsteps", "rain"])
def test_strength_drives_level_and_timbre(made, label):
    def heard(strength):
        cue = Cue(0.0, label, strength, duration_s=0.4 if label in TEXTURES else None)
        out = made.render(CueSheet((cue,), 0.5), seed=4).samples[0].astype(np.float64)
        power = np.square(np.abs(np.fft.rfft(out)))
        return power.sum(), (power * np.arange(len(power))).sum() / power.sum()

    (soft, dull), (hard, bright) = heard(0.3), heard(1.0)
    assert hard > 5 * soft
    assert bright > 1.02 * dull


def test_seeds_and_cues_draw_takes(made):
    def take(seed, name="a"):
        return made.render(CueSheet((Cue(0.0, "clock", id=name),), 0.3), seed=seed).samples

    assert np.array_equal(take(1), take(1))
    assert np.abs(take(1) - take(2)).max() > 1e-2
    assert np.abs(take(1) - take(1, "b")).max() > 1e-2


def test_unknown_labels_and_variants_are_refused_and_those_not_learned_are_none(made):
    with pytest.raises(LabelError, match="'kazoo'"):
        made.stems(CueSheet((Cue(0.0, "kazoo"),), 1.0))
    with pytest.raises(CueError, match="variant 'cheese' of footsteps is unknown here"):
        made.stems(CueSheet((Cue(0.0, "footsteps", variant="cheese"),), 1.0))
    assert made.variants("kazoo") == ()
    assert made.variant_index("gravel") > 0
    assert made.variant_index("cheese") == made.variant_index(None) == 0


def test_a_class_that_was_never_learned_is_refused():
    made = small_flow()
    made.learned[LABELS.index("rain")] = 0
    made.learned[LABELS.index("clock"), :2] = torch.tensor([0.0, 1.0])  # of one variant alone
    assert made.render(CueSheet((Cue(0.0, "clock"),), 0.2)).samples.any()
    with pytest.raises(CheckpointError, match=r"flow of rain: was never learned; train with lessons of this class"):
        made.stem_blocks(CueSheet((Cue(0.0, "rain"),), 1.0))


def test_a_learned_variant_is_looked_up_once(made, monkeypatch):
    asked, told = [], []
    monkeypatch.setattr("silentfoley.generators.flow.learned_name", lambda cue, names: asked.append(cue) or "gravel")
    made._window = lambda given, noise, sounding: (told.append(int(given.variant)), noise)[1]
    list(made.columns(Cue(0.0, "rain", variant="gravel"), 300, torch.Generator().manual_seed(0)))
    del made._window
    assert len(asked) == 1
    assert told == [made.variant_index("gravel")] * 3


def test_sizes_of_the_whole():
    whole = FlowGenerator(vocoder=Vocoder())
    assert sum(p.numel() for p in whole.parameters()) < 5e6
