"""What the distances of sets cost, and whether their intervals cover.

    python benchmarks/distributions.py                     KAD and Frechet distance of 10,000 vectors, d = 1024
    python benchmarks/distributions.py --cover kad          intervals of KAD on two samples of one Gaussian, d = 128
    python benchmarks/distributions.py --cover infinity     the same of the extrapolated Frechet distance
    python benchmarks/distributions.py --cover infinity --shift 0.5 --sizes 150
                                                            means 0.5 apart: do intervals hold the true 0.25?
    python benchmarks/distributions.py --cover kad --cuts 3 --alike 0.5
                                                            clips cut from recordings, answers like their references

Costs: wall and processor seconds and the process' peak memory; at most 60 s and 4 GB on two cores. Coverage: the share
of replicates whose 95 % interval holds the truth, for N = 150 and 700 and two spectra; 90 to 98 % is wanted. With
--keep FILE each replicate is written down when done, and the same call goes on where a killed one stopped. --sizes
and --spectra choose a part.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from silentfoley.metrics.bootstrap import Interval
from silentfoley.metrics.frechet import frechet_distance
from silentfoley.metrics.kad import kad
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity
from silentfoley.metrics.paired_kad import paired_kad

N, D = 10_000, 1024
COVER_D, SIZES = 128, (150, 700)
SPECTRA = {"flat": np.ones(COVER_D), "1/i": 1 / np.arange(1, COVER_D + 1)}


def cost() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.standard_normal((2, N, D), dtype=np.float32)
    for name, measure in (("Frechet distance", frechet_distance), ("KAD", kad)):
        wall, cpu = time.perf_counter(), time.process_time()
        value = measure(one, two)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{name:<18} N = {N}, d = {D}: {wall:6.1f} s ({cpu:.1f} s of processor), peak {peak:.2f} GB, {value:.4g}")


@dataclass(frozen=True)
class Case:
    """How two samples are drawn whose distance is known.

    Attributes:
        shift: of the second mean; the Frechet distance is its square.
        cuts: clips of one recording, half of whose variance they share.
        alike: share of the variance that an answer has from its reference, in [0, 1).
    """

    shift: float = 0.0
    cuts: int = 1
    alike: float = 0.0

    def name(self, what: str) -> str:
        """For files of replicates."""
        cuts, alike = f" cuts {self.cuts}" * (self.cuts > 1), f" alike {self.alike:g}" * (self.alike > 0)
        return (f"{what}+{self.shift:g}" if self.shift else what) + cuts + alike

    def draw(self, spectrum: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """(n, D) twice, and the recording of every clip."""
        scale = np.sqrt(SPECTRA[spectrum] / SPECTRA[spectrum].sum())
        rng = np.random.default_rng([seed, n])
        sides = rng.standard_normal((2, n, COVER_D))
        recording = np.arange(n) // self.cuts
        if self.cuts > 1:
            shared = rng.standard_normal((2, recording[-1] + 1, COVER_D))[:, recording]
            sides = (sides + shared) / np.sqrt(2)
        one, two = sides
        two = np.sqrt(1 - self.alike) * two + np.sqrt(self.alike) * one
        return one * scale, two * scale + self.shift / np.sqrt(COVER_D), recording.tolist()


def replicate(what: str, spectrum: str, n: int, seed: int, case: Case) -> Interval:
    torch.set_num_threads(1)
    one, two, recording = case.draw(spectrum, n, seed)
    if what == "kad":
        return paired_kad(one, two, recording, seed=seed)
    return paired_frechet_infinity(one, two, recording, recording, seed=seed)


def kept(file: Path | None) -> dict[tuple[str, str, int, int], Interval]:
    """Replicates written down by earlier calls; a line that a kill cut short is left out."""
    found = {}
    for line in file.read_text().splitlines() if file is not None and file.is_file() else ():
        try:
            what, spectrum, n, seed, mean, low, high = json.loads(line)
        except ValueError:
            continue
        found[what, spectrum, n, seed] = Interval(mean, low, high, n)
    return found


def intervals(
    pool: ProcessPoolExecutor, what: str, spectrum: str, n: int, case: Case, replicates: int, file: Path | None
) -> list[Interval]:
    done, name = kept(file), case.name(what)
    open_seeds = [s for s in range(replicates) if (name, spectrum, n, s) not in done]
    made = pool.map(partial(replicate, what, spectrum, n, case=case), open_seeds)
    for seed, found in zip(open_seeds, made, strict=True):
        done[name, spectrum, n, seed] = found
        if file is not None:
            with file.open("a") as out:
                out.write(json.dumps([name, spectrum, n, seed, found.mean, found.low, found.high]) + "\n")
    return [done[name, spectrum, n, s] for s in range(replicates)]


def cover(arguments: argparse.Namespace) -> None:
    what, replicates = arguments.cover, arguments.replicates
    case = Case(arguments.shift, arguments.cuts, arguments.alike)
    truth = case.shift**2  # of the Frechet distance; KAD's is known at 0 alone
    with ProcessPoolExecutor(arguments.workers) as pool:
        for spectrum in arguments.spectra:
            for n in arguments.sizes:
                found = intervals(pool, what, spectrum, n, case, replicates, arguments.keep)
                held = np.mean([i.low <= truth <= i.high for i in found])
                values, width = [i.mean for i in found], np.mean([i.high - i.low for i in found]) / 2
                print(
                    f"{case.name(what)} {spectrum} N = {n}: {100 * held:.1f} % of {replicates} hold {truth:g}; "
                    f"mean {np.mean(values):.4f}, spread {np.std(values):.4f}, half an interval {width:.4f}",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cover", choices=("kad", "infinity"))
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--spectra", nargs="+", choices=tuple(SPECTRA), default=tuple(SPECTRA))
    parser.add_argument("--keep", type=Path, metavar="FILE", help="JSON lines: replicates done, to go on from")
    parser.add_argument("--shift", type=float, default=0.0, help="distance of the two means (infinity only; default 0)")
    parser.add_argument("--cuts", type=int, default=1, help="clips of one recording (default 1)")
    parser.add_argument("--alike", type=float, default=0.0, help="share of an answer's variance from its reference")
    arguments = parser.parse_args()
    if arguments.shift and arguments.cover != "infinity":
        parser.error("--shift goes with --cover infinity")
    if arguments.cover:
        cover(arguments)
    else:
        cost()


if __name__ == "__main__":
    main()
