"""What things cost, as ratios: against decoding the video, against real time, against a short clip.

    python benchmarks/run.py [--repeats N] [--only NAME]

Every time is the median of several runs in one process after a warm-up, printed with its range.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np


def video(path: Path, seconds: float, height: int = 360, width: int = 640, fps: int = 30) -> Path:
    """A silent clip with texture and moving things, cheap to make at any length."""
    from silentfoley.media.encode import write_video

    rng = np.random.default_rng(0)
    ground = rng.integers(60, 200, (height, width * 2, 3), dtype=np.uint8)
    ground = ground.repeat(8, axis=0)[:height].repeat(8, axis=1)[:, : width * 2]

    def frames() -> object:
        for i in range(round(seconds * fps)):
            picture = ground[:, (i * 2) % width : (i * 2) % width + width].copy()
            y = round(abs(np.sin(i / fps * 3.3)) * (height - 80))
            picture[y : y + 60, width // 2 : width // 2 + 60] = (240, 240, 40)
            yield picture

    write_video(path, frames(), Fraction(fps))
    return path


def timed(work: Callable[[], object], repeats: int) -> list[float]:
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return times


def show(name: str, ratios: list[float], limit: str) -> None:
    print(f"{name:<58} {statistics.median(ratios):6.2f}  [{min(ratios):.2f}, {max(ratios):.2f}]  {limit}")


def decode(path: Path) -> None:
    """decord's own decode of every frame at full size, nothing else."""
    import decord

    reader = decord.VideoReader(str(path))
    for start in range(0, len(reader), 32):
        reader.get_batch(range(start, min(start + 32, len(reader)))).asnumpy()


def against_decoding(foley: object, folder: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of generating for a clip of 10 s into a file, and in units of decord's own decode."""
    clip = video(folder / "clip.mp4", 10)

    def work() -> None:
        foley.generate(clip).mux(folder / "out.mp4", overwrite=True)  # type: ignore[attr-defined]

    ours, theirs = [], []
    work(), decode(clip)
    for _ in range(repeats):  # in turn, so that a slow minute of the machine hits both
        ours += timed_once(work)
        theirs += timed_once(lambda: decode(clip))
    return ours, [a / b for a, b in zip(ours, theirs, strict=True)]


def generate_ratio(folder: Path, repeats: int) -> None:
    from silentfoley import Foley

    seconds, ratios = against_decoding(Foley.from_pretrained(), folder, repeats)
    show("warm generate / decord decode, 10 s of 640x360 at 30 fps", ratios, "at most 5")
    show("warm generate / length of the clip", [t / 10 for t in seconds], "")


def faithful_ratio(folder: Path, repeats: int) -> None:
    """The paper's chain: ResNet-50 at 224 px on a space-time image per column, Fast-Slow LSTM, class mean, Griffin-Lim.

    Its weights are drawn at random: what they know costs nothing.
    """
    import torch

    from silentfoley import Foley
    from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
    from silentfoley.decode_settings import DecodeSettings
    from silentfoley.encoders.features import SpaceTimeFeatures
    from silentfoley.encoders.frame import RandomWeights, TimmBackbone
    from silentfoley.generators.class_mean import ClassMeanGenerator
    from silentfoley.inference.perceivers import NetworkPerceiver
    from silentfoley.labels import LABELS

    backbone = TimmBackbone("resnet50", RandomWeights())
    network = FrameSequenceNetwork(backbone.n_features, len(LABELS), n_sound_features=64)
    generator = ClassMeanGenerator(n_inputs=192)
    torch.nn.init.uniform_(generator.class_means)
    perceiver = NetworkPerceiver(SpaceTimeFeatures(backbone, size=224), network)
    foley = Foley(perceiver, DecodeSettings(), generator, "faithful")
    seconds, ratios = against_decoding(foley, folder, max(1, repeats // 5))
    show("the same by ResNet-50, Fast-Slow LSTM and class mean", ratios, "")
    show("that / length of the clip", [t / 10 for t in seconds], "")


def timed_once(work: Callable[[], object]) -> list[float]:
    started = time.perf_counter()
    work()
    return [time.perf_counter() - started]


def command_ratio(folder: Path, repeats: int) -> None:
    clip = video(folder / "clip.mp4", 10)
    words = [
        sys.executable,
        "-m",
        "silentfoley.cli.main",
        "generate",
        str(clip),
        "-o",
        str(folder / "out.mp4"),
        "--overwrite",
    ]
    times = timed(lambda: subprocess.run(words, check=True, capture_output=True), repeats)
    show("whole command / length of the clip (10 s)", [t / 10 for t in times], "below 1")


def memory(folder: Path, repeats: int) -> None:
    del repeats
    peaks = {}
    for seconds in (10, 600):
        clip = video(folder / f"clip{seconds}.mp4", seconds)
        out = folder / f"out{seconds}.mp4"
        code = (
            "import resource, sys; from silentfoley.cli.main import main\n"
            f"code = main(['generate', {str(clip)!r}, '-o', {str(out)!r}, '--label', 'impact'])\n"
            "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
        )
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        peaks[seconds] = int(done.stdout.split()[-1]) / 1024
    more = peaks[600] - peaks[10]
    print(f"peak memory: 10 s {peaks[10]:.0f} MB, 10 min {peaks[600]:.0f} MB, difference {more:.0f} MB  at most 200")


def training_step(folder: Path, repeats: int) -> None:
    """Step time with features cached, and the share of it spent waiting for data."""
    import torch

    from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
    from silentfoley.classifiers.module import ClassifierModule
    from silentfoley.data.items import ItemMaker
    from silentfoley.data.stage_datamodule import StageDataModule
    from silentfoley.encoders.motion import MOTION_FEATURES, MotionFeatures
    from silentfoley.labels import LABELS
    from silentfoley.stage.clip import ClipSpec

    sizes = {"train": 64, "val": 2}
    data = StageDataModule(ItemMaker(MotionFeatures()), folder / "cache", sizes=sizes, spec=ClipSpec(), workers=0)
    data.setup()
    module = ClassifierModule(FrameSequenceNetwork(len(MOTION_FEATURES), len(LABELS)))
    optimizer = torch.optim.Adam(module.parameters())
    steps, waits = [], []
    for _ in range(max(2, repeats)):
        loader = iter(data.loader("train"))
        while True:
            started = time.perf_counter()
            batch = next(loader, None)
            if batch is None:
                break
            waited = time.perf_counter() - started
            loss, _ = module.loss(module(batch.features, batch.lengths), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps.append(time.perf_counter() - started)
            waits.append(waited / steps[-1])
    step_ms = 1000 * statistics.median(steps)
    print(f"training step of the frame-sequence network, 16 clips of 4 s, features cached: {step_ms:.0f} ms")
    show("share of a step spent waiting for data", waits, "")


def stage_rate(folder: Path, repeats: int) -> None:
    from silentfoley.stage.clip import ClipSpec
    from silentfoley.stage.render import render_many, split_jobs

    del folder
    jobs = split_jobs(ClipSpec(sound=True), 0, "train", 24)
    cores = min(2, os.cpu_count() or 1)
    rates = []
    for _ in range(max(1, repeats // 2)):
        clips = render_many(jobs, cores, context="fork")
        next(clips)  # the processes' start is paid once, not per clip
        started = time.perf_counter()
        count = sum(1 for _ in clips)
        rates.append(count / (time.perf_counter() - started))
    show(f"stage clips of 4 s with sound per second on {cores} cores", rates, "at least 5")


def extraction(folder: Path, repeats: int) -> None:
    """Seconds per clip of `silentfoley extract` on two cores, start of the processes included."""
    from silentfoley.evaluation.extract import extract_folder
    from silentfoley.evaluation.media_folder import list_media
    from silentfoley.media.mux import mux
    from silentfoley.waveform import Waveform

    clip, n_clips = video(folder / "clip.mp4", 10), 48
    (folder / "media").mkdir()
    for i in range(n_clips):
        sound = 0.1 * np.random.default_rng(i).standard_normal((1, 441_000)).astype(np.float32)
        mux(clip, Waveform(sound, 44_100), folder / "media" / f"{i}.mp4")
    media = list_media(folder / "media")
    cores = min(2, os.cpu_count() or 1)
    for what, groups in (("events_v1", ["sound", "onsets"]), ("events_v1, sound_v1", ["sound", "onsets", "yamnet"])):
        times = []
        for i in range(max(1, repeats // 2)):
            started = time.perf_counter()
            extract_folder(media, folder / f"{what}{i}", groups, workers=cores)
            times.append((time.perf_counter() - started) / n_clips)
        show(f"seconds per 10 s video extracted for {what}, {cores} cores", times, "")


BENCHMARKS = {
    "extraction": extraction,
    "generate": generate_ratio,
    "faithful": faithful_ratio,
    "command": command_ratio,
    "memory": memory,
    "training": training_step,
    "stage": stage_rate,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=BENCHMARKS)
    arguments = parser.parse_args()
    print(f"{'ratio':<58} median  [range]")
    for name, work in BENCHMARKS.items():
        if arguments.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                work(Path(folder), arguments.repeats)


if __name__ == "__main__":
    main()
