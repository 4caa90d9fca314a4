"""EncoderModule learns pulses that flash and sound together, and says what chance is."""

from __future__ import annotations

from functools import partial

import pytest
import pytorch_lightning as pl
import torch

from silentfoley.cues import CueSheet
from silentfoley.data.batch import FoleyBatch
from silentfoley.encoders.module import EncoderModule
from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.errors import DataError

COLUMNS = 100


def pulses(n: int, seed: int, silent: int = 0) -> FoleyBatch:
    """Clips of 2 s in which channel 1 of the picture and all bands of the sound pulse together, in noise."""
    rng = torch.Generator().manual_seed(seed)
    hits = (torch.rand(n, COLUMNS, generator=rng) < 0.06).float()
    decay = torch.nn.functional.conv1d(
        hits[:, None], torch.tensor([[[0.0, 0, 0, 0, 1.0, 0.6, 0.3, 0.15, 0]]]), padding=4
    )
    decay = decay[:, 0]
    features = 0.3 * torch.randn(n, COLUMNS, 4, generator=rng)
    features[..., 1] += 2 * hits
    sound = 0.3 * torch.randn(n, COLUMNS, 6, generator=rng) + 2 * decay[..., None]
    return FoleyBatch(
        clip_ids=tuple(f"{seed}-{i}" for i in range(n)),
        features=features,
        label=torch.zeros(n, dtype=torch.long),
        lengths=torch.full((n,), COLUMNS),
        onset=hits,
        strength=hits,
        sound=sound,
        silent=torch.arange(n) < silent,
        cues=tuple(CueSheet((), 2.0) for _ in range(n)),
        audio=torch.zeros(n, 0),
        sample_rate_hz=44_100,
        hop_samples=882,
    )


def _module(**options) -> EncoderModule:
    torch.manual_seed(0)
    net = SynchronyNet(4, 6, n_embedding=16, n_hidden=16)
    return EncoderModule(net, partial(torch.optim.Adam, lr=5e-3), **options)


def _trainer(**options) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, **options,
    )  # fmt: skip


def _loader(batches: list[FoleyBatch]) -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(batches, batch_size=None)


def test_learns_pulses_far_above_the_chance_of_one_half():
    module, held_out = _module(), _loader([pulses(32, 1000)])
    trainer = _trainer(max_epochs=1, num_sanity_val_steps=0)
    before = trainer.validate(module, held_out, verbose=False)[0]
    trainer.fit(module, _loader([pulses(12, seed) for seed in range(30)]))
    after = trainer.validate(module, held_out, verbose=False)[0]
    assert after["val/loss"] < 0.8 * before["val/loss"]
    assert after["val/told_apart"] > 0.85
    # Held against sounds of other clips nothing is told apart: it is the timing that was learned.
    strangers = pulses(32, 2000)
    mixed = FoleyBatch(**{**strangers.__dict__, "features": pulses(32, 1000).features})
    module.eval()
    with torch.inference_mode():
        assert 0.3 < module.verdicts(mixed).mean().item() < 0.7


def test_silent_clips_take_no_part():
    module, batch = _module(), pulses(6, 3, silent=2)
    sounding = FoleyBatch(**{
        name: value[2:] if name in {"features", "sound", "lengths", "silent"} else value
        for name, value in batch.__dict__.items()
    })  # fmt: skip
    torch.testing.assert_close(module.model_step(batch), module.model_step(sounding))
    assert len(module.verdicts(batch)) == 4 * 6
    alone = pulses(2, 3, silent=2)
    assert module.model_step(alone).item() == 0
    assert len(module.verdicts(alone)) == 0


def test_batch_equals_loop():
    module, batch = _module().eval(), pulses(3, 4)
    with torch.inference_mode():
        whole = module(batch)
        for i in range(3):
            alone = module.net(batch.features[i : i + 1], batch.sound[i : i + 1], batch.lengths[i : i + 1])
            torch.testing.assert_close(whole.audio[i], alone.audio[0], atol=1e-5, rtol=1e-4)


def test_a_batch_without_sound_is_refused():
    batch = pulses(2, 5)
    with pytest.raises(DataError, match="no sound features"):
        _module().model_step(FoleyBatch(**{**batch.__dict__, "sound": batch.sound[..., :0]}))


def test_schedule_is_used():
    module = _module(scheduler=partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5))
    trainer = _trainer(max_epochs=2)
    trainer.fit(module, _loader([pulses(4, 1)]))
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(1.25e-3)
