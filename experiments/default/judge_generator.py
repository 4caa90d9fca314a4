"""How near generated hits and textures come to recordings the generator never heard.

    python experiments/default/judge_generator.py --bank BANK --weights DIR [--out FILE.json]

DIR is made by ``train_generator.py --all-classes``. Held-out takes are those outside the train split and those under
share-alike, none of which it learnt from; most of the latter come from other sources altogether.

Figures: ``near`` is the mean distance of a generated sound to its nearest held-out take, ``cover`` that of a held-out
take to its nearest generated sound, both in dB, root mean square over 64 bands and all columns (hits aligned at the
onset, peak 1, floor -80 dB) or over the bands' means and deviations (textures). ``attack_ms`` is the median rise from
10 to 90 % of the loudest millisecond within 50 ms of the onset, ``before_db`` the energy between 20 and 0.5 ms before
the onset over all of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import Take
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import HIT_SECONDS
from silentfoley.files import write_json
from silentfoley.generators.bands import BandAxis
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.shapes import HitShape
from silentfoley.generators.strike import onset_columns
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.signal.phase import griffin_lim
from silentfoley.signal.stft import StftSpec, magnitude

SPEC, BANDS, RATE = StftSpec(1024, 294), BandAxis(64, 1024, 44_100), 44_100
N_MADE, N_REAL = 16, 48
Sound = tuple[np.ndarray, int]


def hit_picture(sound: Sound, n_columns: int) -> Tensor:
    """(64, n_columns) dB from the onset on."""
    samples = torch.as_tensor(sound[0]).float()
    bands = BANDS.to_bands(onset_columns(samples / samples.abs().max(), [sound[1]], SPEC, n_columns))[0]
    return 20 * torch.log10(bands.clamp_min(1e-4))


def texture_picture(sound: Sound) -> Tensor:
    """(128,) mean and deviation of each band's level in dB, at unit level."""
    samples = torch.as_tensor(sound[0]).float()
    columns = magnitude(samples / samples.square().mean().sqrt(), SPEC) * (4 / SPEC.n_fft)
    levels = 20 * torch.log10(BANDS.to_bands(columns)[:, 4:-4].clamp_min(1e-5))
    return torch.cat([levels.mean(1), levels.std(1)])


def sharpness(sound: Sound) -> tuple[float, float]:
    """Attack in ms, and energy before the onset in dB."""
    x = np.concatenate([np.zeros(2205), np.asarray(sound[0], dtype=float), np.zeros(4410)])
    onset, step = sound[1] + 2205, 44
    level = np.sqrt(np.convolve(x**2, np.ones(step) / step, "same"))[onset - 441 : onset + 2205]
    rise = np.argmax(level >= 0.9 * level.max()) - np.argmax(level >= 0.1 * level.max())
    before = (x[onset - 882 : onset - 22] ** 2).sum() / (x**2).sum()
    return float(rise) / 44.1, float(10 * np.log10(before + 1e-9))


def made(generator: CueGenerator, label: str, strengths: Sequence[float]) -> list[Sound]:
    """Sounds of single cues."""
    out = []
    for seed in range(N_MADE):
        strength = strengths[seed % len(strengths)]
        if label in TEXTURES:
            sheet = CueSheet((Cue(0.0, label, 0.5, duration_s=4.0, envelope=(1.0, 1.0)),), 4.0)
        else:
            sheet = CueSheet((Cue(0.1, label, strength),), 0.2 + HIT_SECONDS[label])
        out.append((generator.render(sheet, seed=seed).mono(), 0 if label in TEXTURES else 4410))
    return out


def griffin_lim_strike(magnitudes: Tensor, attacks: Tensor, spec: StftSpec, generator: torch.Generator) -> Tensor:
    """The alternative to ``strike``: 32 rounds of fast Griffin-Lim on the same magnitudes, what is early kept out."""
    n = (magnitudes.shape[-1] - 1) * spec.hop_samples
    sound = griffin_lim(magnitudes * (spec.n_fft / 4), spec, n, n_iterations=32, generator=generator)
    return torch.nn.functional.pad(sound, (0, spec.hop_samples))


def judge(bank: Bank, label: str, rows: dict[str, Callable[[list[float]], list[Sound]]]) -> dict[str, dict[str, float]]:
    """One table of a class."""
    kind = "texture" if label in TEXTURES else "hit"
    takes = bank.takes(label=label, kind=kind)
    held = _some([t for t in takes if t.share_alike or t.split != "train"], N_REAL)
    taught = _some([t for t in takes if not t.share_alike and t.split == "train"], N_MADE)
    if not held:
        return {}
    sounds = {"held-out takes": [_sound(bank, t) for t in held]}
    if taught:
        sounds["training takes"] = [_sound(bank, t) for t in taught]
    strengths = [max(t.strength, 0.3) for t in held]
    sounds |= {name: make(strengths) for name, make in rows.items()}
    columns = round(HIT_SECONDS.get(label, 1) * RATE / SPEC.hop_samples)
    picture = texture_picture if kind == "texture" else lambda s: hit_picture(s, columns)
    real = torch.stack([picture(s) for s in sounds["held-out takes"]]).flatten(1)
    table = {}
    for name, group in sounds.items():
        row: dict[str, float] = {"n": len(group)}
        if name != "held-out takes":
            own = torch.stack([picture(s) for s in group]).flatten(1)
            distances = torch.cdist(real, own) / real.shape[1] ** 0.5
            row |= {"near": float(distances.amin(0).mean()), "cover": float(distances.amin(1).mean())}
        if kind == "hit":
            attack, before = np.median([sharpness(s) for s in group], axis=0)
            row |= {"attack_ms": float(attack), "before_db": float(before)}
        table[name] = {k: round(v, 1) for k, v in row.items()}
    return table


def _some(takes: Sequence[Take], most: int) -> list[Take]:
    rng = np.random.default_rng(0)
    return [takes[int(i)] for i in rng.permutation(len(takes))[:most]]


def _sound(bank: Bank, take: Take) -> Sound:
    return bank.samples(take)[: 5 * RATE], take.onset_samples


def load(folder: Path) -> CueClassMean:
    """The class means of a ``train_generator.py --all-classes`` folder."""
    node = json.loads((folder / "generator.json").read_text(encoding="utf-8"))["default"]
    model = CueClassMean(node["labels"])
    state = load_file(folder / "generator.safetensors")
    model.load_state_dict({k.removeprefix("parts.0."): v.float() for k, v in state.items()})
    return model.eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    bank, model, plain, synth = Bank.load(args.bank), load(args.weights), load(args.weights), ProceduralGenerator()
    for shape in plain.hits.values():
        assert isinstance(shape, HitShape)
        shape.codes.zero_()

    def with_griffin_lim(label: str, strengths: list[float]) -> list[Sound]:
        with patch("silentfoley.generators.cue_class_mean.strike", griffin_lim_strike):
            return made(model, label, strengths)

    results = {}
    for label in LABELS:
        rows: dict[str, Callable[[list[float]], list[Sound]]] = {
            "procedural": lambda s, label=label: made(synth, label, s),
            "cue class mean": lambda s, label=label: made(model, label, s),
        }
        if label not in TEXTURES:
            rows["the mean alone"] = lambda s, label=label: made(plain, label, s)
            rows["by Griffin-Lim"] = lambda s, label=label: with_griffin_lim(label, s)
        table = judge(bank, label, rows)
        results[label] = table
        for name, row in table.items():
            print(f"{label:10} {name:15} " + " ".join(f"{k} {v:6.1f}" for k, v in row.items()))
    if args.out:
        write_json(args.out, results)


if __name__ == "__main__":
    main()
