"""Fit the class judge of ``sound_v1`` and measure which classes it may judge.

    silentfoley bank build SOUNDS -o BANK
    python tools/fit_class_judge.py BANK [--out FOLDER]

A multinomial logistic probe on YAMNet embeddings of takes; every recording weighs the same. What ships is fitted on
takes free of share-alike. Measured three ways, always on *all* takes: held out by recording (eight folds), held out by
source, and, for comparison, by recording with share-alike takes in the fit. Judgeable: recall by recording >= 0.6.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from silentfoley.bank.bank import Bank
from silentfoley.evaluation.class_judge import EMBEDDED, LEAST_RECALL, sounding_mean
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.yamnet_extractor import YamnetExtractor
from silentfoley.files import atomic_output, sha256_file, write_json, write_text
from silentfoley.labels import LABELS
from silentfoley.waveform import Waveform

FOLDS, PENALTY, ROUNDS = 8, 1e-3, 60
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def embed(bank: Bank) -> Floats:
    """(N, 1024) of every take, as clips are embedded."""
    extractor, rows = YamnetExtractor(), []
    for i, take in enumerate(bank.all_takes):
        wave = Waveform(bank.samples(take)[None], bank.sample_rate_hz)
        arrays = extractor.extract(OpenClip(take.id, wave.duration_s, memory=wave)).arrays
        rows.append(sounding_mean(arrays["embedding"], arrays["scores"]))
        if i % 200 == 0:
            sys.stderr.write(f"{i} of {len(bank.all_takes)} takes\n")
    return np.stack(rows)


def fit(x: Floats, y: Ints, recordings: NDArray[Any], n_classes: int) -> tuple[Floats, Floats]:
    """Weight (K, 1024) and bias (K,); classes without takes get a bias that is never the largest."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    counts = Counter(recordings.tolist())
    importance = torch.tensor([1.0 / counts[r] for r in recordings.tolist()], dtype=torch.float64)
    importance /= importance.sum()
    inputs, targets = torch.from_numpy((x - mean) / scale), torch.from_numpy(y)
    weight = torch.zeros(n_classes, x.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(n_classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = torch.nn.functional.cross_entropy(inputs @ weight.T + bias, targets, reduction="none")
        loss = (losses * importance).sum() + PENALTY * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    plain = weight.detach().numpy() / scale
    offset = bias.detach().numpy() - plain @ mean
    offset[np.bincount(y, minlength=n_classes) == 0] = -1e6
    return plain, offset


def held_out(x: Floats, y: Ints, groups: NDArray[Any], usable: NDArray[np.bool_], n_folds: int, k: int) -> Ints:
    """(N,) classes named by probes that saw nothing of the take's group."""
    names = sorted(set(groups.tolist()))
    dealt = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % n_folds, strict=True))
    fold = np.array([dealt[g] for g in groups.tolist()])
    out = np.full(len(y), -1)
    for i in range(n_folds):
        seen, unseen = (fold != i) & usable, fold == i
        weight, bias = fit(x[seen], y[seen], groups[seen], k)
        out[unseen] = (x[unseen] @ weight.T + bias).argmax(axis=1)
    return out


def card(bank: Bank) -> str:
    """What the folder holds, and the credits of the takes it was fitted on."""
    free = [t for t in bank.all_takes if not t.share_alike]
    counts = Counter((t.source, t.licence) for t in free)
    sources = [f"| {source} | {licence} | {n} |" for (source, licence), n in sorted(counts.items())]
    credits = sorted({f"- {t.label}: {t.attribution}" for t in free})
    return "\n".join(
        [
            "# Class judge of sound_v1",
            "",
            "A linear probe on YAMNet's embedding that names one of our classes, fitted by `tools/fit_class_judge.py`",
            "on real takes free of share-alike, each recording with the same weight. It judges; nothing is trained on",
            "it. `judgeable.json` says how many real takes of unseen recordings and of unseen sources it names, class",
            "by class, and which classes it may judge. By source it names few: it knows these collections, not the",
            "world. The numbers hold statistics of these recordings, not the recordings.",
            "",
            "| source | licence | takes |",
            "|---|---|---|",
            *sources,
            "",
            "## Credits",
            "",
            *credits,
            "",
        ]
    )


def main() -> int:
    """Embed, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bank", type=Path)
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    bank = Bank.load(arguments.bank)
    takes = bank.all_takes
    free = np.array([not t.share_alike for t in takes])
    label = np.array([t.label for t in takes])
    labels = tuple(c for c in LABELS if c in set(label[free].tolist()))
    # Classes without free takes stay in the measuring: nothing can name them, and they show as 0.
    known = [*labels, *(c for c in LABELS if c in set(label.tolist()) - set(labels))]
    y = np.array([known.index(c) for c in label])
    x = embed(bank)
    recordings, sources = (np.array([getattr(t, n) for t in takes]) for n in ("recording", "source"))
    ways = {
        "recall": held_out(x, y, recordings, free, FOLDS, len(known)) == y,
        "recall_by_source": held_out(x, y, sources, free, len(set(sources.tolist())), len(known)) == y,
        "recall_with_share_alike": held_out(x, y, recordings, np.ones_like(free), FOLDS, len(known)) == y,
    }
    weight, bias = fit(x[free], y[free], recordings[free], len(known))
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / "model.safetensors"
    with atomic_output(target) as temporary:
        save_file({"weight": weight[: len(labels)].astype(np.float32), "bias": bias[: len(labels)].astype(np.float32)},
                  temporary)  # fmt: skip
        temporary.chmod(0o644)
    rows = [_row(c, label, free, recordings, ways) for c in LABELS]
    write_json(
        arguments.out / "judgeable.json",
        {
            "command": "silentfoley bank build SOUNDS -o BANK && python tools/fit_class_judge.py BANK",
            "embedding": YamnetExtractor().key(),
            "least_recall": LEAST_RECALL,
            "n_takes": len(takes),
            "n_recordings": len(set(recordings.tolist())),
            "overall": {name: round(float(right.mean()), 3) for name, right in ways.items()},
            "classes": rows,
            "labels": list(labels),
            "weights_sha256": sha256_file(target),
        },
    )
    write_text(arguments.out / "CARD.md", card(bank))
    for row in rows:
        sys.stdout.write(f"{row}\n")
    return 0


def _row(
    name: str,
    label: NDArray[Any],
    free: NDArray[np.bool_],
    recordings: NDArray[Any],
    ways: dict[str, NDArray[np.bool_]],
) -> dict[str, Any]:
    mine = label == name
    recalls = {way: round(float(right[mine].mean()), 3) if mine.any() else None for way, right in ways.items()}
    recall = recalls["recall"]
    return {
        "class": name,
        "takes": int(mine.sum()),
        "recordings": len(set(recordings[mine].tolist())),
        "takes_fitted_on": int((mine & free).sum()),
        **recalls,
        "judgeable": recall is not None and recall >= LEAST_RECALL,
    }


if __name__ == "__main__":
    sys.exit(main())
