"""Write the YAMNet folder of the package from TensorFlow's arrays.

    python tools/convert_yamnet.py YAMNET.npz [--classes CLASS_MAP.csv] [--out FOLDER]

The npz holds 110 arrays named by layer index: ``0.kernel``, then ``.dw`` and ``.kernel`` in turn at the even indices,
``.mean``, ``.var``, ``.beta`` at the odd ones, ``54.kernel`` and ``54.bias``. Convolution kernels are (height, width,
in, out); depthwise ones (height, width, channels, 1). Written: ``model.safetensors`` in half precision, ``config.json``
with its hash, ``class_map.csv``. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from safetensors.torch import save_file

from silentfoley.evaluation.yamnet import BLOCKS, EMBEDDED, Yamnet
from silentfoley.files import atomic_output, sha256_file, write_json

Arrays = dict[str, NDArray[np.float32]]


def convert(arrays: Arrays) -> dict[str, torch.Tensor]:
    """Single-precision state of :class:`Yamnet`.

    Raises:
        KeyError: if an array is missing.
        ValueError: if there is one too many.
    """
    state = {"classifier.weight": arrays["54.kernel"].T, "classifier.bias": arrays["54.bias"]}
    state |= _normed("stem", rearrange(arrays["0.kernel"], "h w i o -> o i h w"), arrays, 1)
    for i in range(len(BLOCKS)):
        layer = 2 + 4 * i
        depthwise = rearrange(arrays[f"{layer}.dw"], "h w c 1 -> c 1 h w")
        pointwise = rearrange(arrays[f"{layer + 2}.kernel"], "h w i o -> o i h w")
        state |= _normed(f"blocks.{i}.0", depthwise, arrays, layer + 1)
        state |= _normed(f"blocks.{i}.1", pointwise, arrays, layer + 3)
    if len(state) != len(arrays):
        raise ValueError(f"{len(arrays)} arrays for {len(state)} tensors")
    tensors = {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in state.items()}
    Yamnet().load_state_dict(tensors, strict=True)
    return tensors


def _normed(name: str, kernel: NDArray[np.float32], arrays: Arrays, norm: int) -> Arrays:
    return {f"{name}.convolution.weight": kernel} | {
        f"{name}.{part}": arrays[f"{norm}.{part}"] for part in ("mean", "var", "beta")
    }


def main() -> int:
    """Convert and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--classes", type=Path, help="class map; default: yamnet_class_map.csv beside the npz")
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    arguments = parser.parse_args()
    with np.load(arguments.npz, allow_pickle=False) as archive:
        tensors = convert({name: archive[name] for name in archive.files})
    half = {name: value.half().contiguous() for name, value in sorted(tensors.items())}
    if not all(value.isfinite().all() for value in half.values()):
        sys.exit("a weight does not fit half precision")
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / "model.safetensors"
    with atomic_output(target) as temporary:
        save_file(half, temporary)
        temporary.chmod(0o644)
    with atomic_output(arguments.out / "class_map.csv") as temporary:
        shutil.copyfile(arguments.classes or arguments.npz.with_name("yamnet_class_map.csv"), temporary)
    write_json(
        arguments.out / "config.json",
        {"name": "YAMNet", "licence": "Apache-2.0", "precision": "half", "weights_sha256": sha256_file(target)},
    )
    sys.stdout.write(f"{target}: {len(half)} tensors, {target.stat().st_size / 1e6:.2f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
