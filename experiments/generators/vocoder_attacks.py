"""How sharply the vocoder begins a hit, beside Griffin-Lim: takes through log-mel and back.

    python experiments/generators/vocoder_attacks.py BANK WEIGHTS [--each 6]

WEIGHTS holds generator.json and generator.safetensors of a ``flow``. Prints, as means over takes of each class of hits
in the *val* split (the train split where that has none): the energy earlier than 2 ms before the onset, dB of the
whole; how much the level rises within 3 ms around the onset, dB; mean absolute difference of log-mel to the take's.
Neither is cut open at the onset, as the generator does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from rows import learned

from silentfoley.bank.bank import Bank
from silentfoley.data.lessons import HIT_SECONDS, free_takes, lesson, spread
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.vocoding import GriffinLim

LEAD, RATE = 2048, 44_100


def decibels(part: np.ndarray, whole: np.ndarray) -> float:
    """Energy of a part against that of the whole, at least -100 dB."""
    return float(10 * np.log10(np.square(part).sum() / np.square(whole).sum() + 1e-10))


def measures(sound: np.ndarray) -> tuple[float, float]:
    """Energy before the onset at ``LEAD``, and rise of level within 3 ms around it, dB."""
    step = round(0.0015 * RATE)
    early = sound[: LEAD - round(0.002 * RATE)]
    rise = decibels(sound[LEAD : LEAD + 2 * step], sound) - decibels(sound[LEAD - 2 * step : LEAD - step], sound)
    return decibels(early, sound), rise


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bank", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--each", type=int, default=6, help="takes per class")
    args = parser.parse_args()
    torch.set_num_threads(1)
    generator = learned(args.weights)
    assert isinstance(generator, FlowGenerator)
    bank, vocoder = Bank.load(args.bank), generator.vocoder
    ways = {"vocoder": vocoder, "griffin_lim": GriffinLim(vocoder.features, 32)}
    print(f"{'class':10s} {'way':12s} before_db rise_db log_mel_l1")
    for label in sorted(HIT_SECONDS):
        splits = [spread(free_takes(bank, (split,)), args.each) for split in ("val", "train")]
        takes = [t for takes in splits for t in takes if t.label == label]
        rows: dict[str, list[tuple[float, ...]]] = {}
        for i, take in enumerate(takes[: args.each]):
            heard = lesson(bank.samples(take), take)
            sound = np.pad(heard.samples, (LEAD - heard.onset_samples, LEAD))
            sound = sound[: len(sound) // 256 * 256]
            log_mel = vocoder.features(torch.from_numpy(sound[None]))
            noise = torch.randn((1, len(sound)), generator=torch.Generator().manual_seed(i))
            rows.setdefault("take", []).append((*measures(sound), 0.0))
            for name, way in ways.items():
                with torch.no_grad():
                    made = way(log_mel, noise)
                    far = float((vocoder.features(made) - log_mel)[log_mel > 0.5].abs().mean())
                rows.setdefault(name, []).append((*measures(made[0].numpy()), far))
        for name, values in rows.items():
            before, rise, far = np.mean(values, axis=0)
            print(f"{label:10s} {name:12s} {before:9.1f} {rise:7.1f} {far:10.2f}")


if __name__ == "__main__":
    main()
