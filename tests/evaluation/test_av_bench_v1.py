"""On made-up embeddings: the networks belong to another package."""

from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from silentfoley.errors import DependencyError
from silentfoley.evaluation import av_bench_models, av_bench_v1
from silentfoley.evaluation.av_bench_extractors import AvBenchPictureExtractor, AvBenchSoundExtractor
from silentfoley.evaluation.av_bench_v1 import AvBenchV1
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.protocol import Context
from silentfoley.metrics.av_bench import cosine_per_clip, desync_per_clip, kl_per_clip, split_inception_score
from silentfoley.metrics.frechet import frechet_distance
from silentfoley.waveform import Waveform

SIZES = {
    "panns_embedding": (16,),
    "panns_logits": (9,),
    "vggish_embedding": (3, 8),
    "passt_embedding": (12,),
    "passt_logits": (9,),
    "imagebind": (10,),
    "synchformer": (2, 21),
}


class FakeModels:
    """Offsets are the sum of the two sides' features."""

    def settings(self):
        return {"weights": "none"}

    def sound(self, mono, sample_rate_hz):
        return {n: np.full(s, mono.mean()) for n, s in SIZES.items()}

    def picture(self, video):
        return {n: np.zeros(SIZES[n]) for n in ("imagebind", "synchformer")}

    def offset_logits(self, picture, sound):
        return picture + sound


def clip(i, seed):
    rng = np.random.default_rng([i, seed])
    arrays = {f"av_bench_sound.{n}": rng.normal(size=s) for n, s in SIZES.items()}
    arrays |= {f"av_bench_picture.{n}": rng.normal(size=SIZES[n]) for n in ("imagebind", "synchformer")}
    return ClipFeatures(f"clip{i}", f"clip{i}", "", 8.0, arrays)


@pytest.fixture
def pairs(monkeypatch):
    monkeypatch.setattr(av_bench_v1, "load_models", FakeModels)
    return [Pair(clip(i, 0), clip(i, 1)) for i in range(14)]


def stack(pairs, side, name):
    return np.stack([getattr(p, side)[name] for p in pairs])


def test_per_clip_values(pairs):
    got = [AvBenchV1().per_clip(p.reference, p.generated, 0) for p in pairs]

    def column(name):
        return [g[name] for g in got]

    for name, array in (("KL-PANNs", "panns_logits"), ("KL-PaSST", "passt_logits")):
        sides = [stack(pairs, s, f"av_bench_sound.{array}") for s in ("reference", "generated")]
        assert column(name) == pytest.approx(kl_per_clip(*sides))
    picture = {n: stack(pairs, "reference", f"av_bench_picture.{n}") for n in ("imagebind", "synchformer")}
    sound = {n: stack(pairs, "generated", f"av_bench_sound.{n}") for n in ("imagebind", "synchformer")}
    assert column("IB-score") == pytest.approx(cosine_per_clip(picture["imagebind"], sound["imagebind"]))
    assert column("DeSync") == pytest.approx(desync_per_clip(picture["synchformer"] + sound["synchformer"]))


def test_figures_of_the_set(pairs):
    figures = AvBenchV1().set_figures(pairs, Context([p.source for p in pairs]))
    one, other = (stack(pairs, s, "av_bench_sound.panns_embedding") for s in ("reference", "generated"))
    assert figures["FD-PANNs"].value == pytest.approx(frechet_distance(one, other))
    assert "N = 14 < 2 d = 32" in figures["FD-PANNs"].note
    # VGGish pools all windows of all clips.
    one, other = (stack(pairs, s, "av_bench_sound.vggish_embedding").reshape(-1, 8) for s in ("reference", "generated"))
    assert figures["FD-VGGish"].value == pytest.approx(frechet_distance(one, other))
    assert (figures["FD-VGGish"].n, figures["FD-VGGish"].of) == (42, "windows")
    score = split_inception_score(stack(pairs, "generated", "av_bench_sound.passt_logits"))
    assert figures["IS-PaSST"].value == pytest.approx(score.mean)


def test_every_measure_has_its_source(pairs):
    protocol = AvBenchV1()
    made = set(protocol.set_figures(pairs, Context([])))
    made_per_clip = set(protocol.per_clip(pairs[0].reference, pairs[0].generated, 0))
    for measure in protocol.measures():
        assert set(measure.parts) <= made_per_clip if measure.parts else measure.name in made


def test_truth_is_at_distance_nothing_and_few_clips_say_so(pairs):
    truth = [Pair(p.reference, p.reference) for p in pairs]
    figures = AvBenchV1().set_figures(truth, Context([]))
    assert figures["FD-PANNs"].value == pytest.approx(0, abs=1e-6)
    assert abs(AvBenchV1().per_clip(truth[0].reference, truth[0].generated, 0)["KL-PANNs"]) < 1e-4
    few = AvBenchV1().set_figures(pairs[:1], Context([]))
    assert np.isnan(few["FD-PANNs"].value)
    assert few["FD-PANNs"].note == "2 clips are needed"
    assert AvBenchV1().set_figures(pairs[:9], Context([]))["IS-PANNs"].note == "10 clips are needed"
    assert np.isnan(AvBenchV1().set_figures([], Context([]))["FD-VGGish"].value)


def test_two_systems_are_compared_on_every_measure_of_the_set(pairs):
    others = [Pair(p.reference, clip(i, 2)) for i, p in enumerate(pairs)]
    protocol, clusters = AvBenchV1(), [f"tape{i // 2}" for i in range(len(pairs))]
    kept = [protocol.kept(side, Context(clusters)) for side in (pairs, others)]
    mixtures = protocol.mixtures(*kept, clusters)
    assert set(mixtures) == {m.name for m in protocol.measures() if not m.parts}
    swapped = np.zeros((3, 7), dtype=bool)
    swapped[1], swapped[2, [0, 4]] = True, True
    for row in swapped:
        mixed = [b if s else a for a, b, s in zip(pairs, others, np.repeat(row, 2), strict=True)]
        wanted = protocol.set_figures(mixed, Context(clusters))
        for name, mixture in mixtures.items():
            assert mixture(row[None])[0] == pytest.approx(wanted[name].value, rel=1e-5), name
    few = [protocol.kept(side[:9], Context(clusters[:9])) for side in (pairs, others)]
    assert set(protocol.mixtures(*few, clusters[:9])) == {"FD-VGGish", "FD-PANNs", "FD-PaSST"}
    assert protocol.kept(pairs[:1], Context(clusters[:1])) == {}
    assert protocol.mixtures({}, {}, []) == {}


@pytest.fixture
def registered(monkeypatch):
    def points(group):
        assert group == "silentfoley.embeddings"
        return [EntryPoint("av_bench", f"{__name__}:FakeModels", group)]

    monkeypatch.setattr(av_bench_models, "entry_points", points)
    monkeypatch.setattr(EntryPoint, "load", lambda self: FakeModels)
    av_bench_models.load_models.cache_clear()
    yield
    av_bench_models.load_models.cache_clear()


def test_a_package_that_brings_the_networks_is_found(registered):
    sound = Waveform(np.full((2, 100), 0.5, np.float32), 16_000)
    group = AvBenchSoundExtractor().extract(OpenClip("a", 1.0, memory=sound))
    assert set(group.arrays) == set(av_bench_models.SOUND_ARRAYS)
    assert group.arrays["panns_logits"] == pytest.approx(np.full(9, 0.5))
    assert AvBenchSoundExtractor().key()["weights"] == "none"
    picture = AvBenchPictureExtractor().extract(OpenClip("a", 1.0, video_path=Path("a.mp4")))
    assert set(picture.arrays) == set(av_bench_models.PICTURE_ARRAYS)


def test_an_incomplete_package_is_named(registered, monkeypatch):
    monkeypatch.setattr(FakeModels, "sound", lambda *_: {})
    sound = Waveform(np.zeros((1, 100), np.float32), 16_000)
    with pytest.raises(DependencyError, match="gave no imagebind, panns_embedding"):
        AvBenchSoundExtractor().extract(OpenClip("a", 1.0, memory=sound))


def test_without_networks_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(av_bench_models, "entry_points", lambda group: [])
    av_bench_models.load_models.cache_clear()
    with pytest.raises(DependencyError, match="av_bench_v1: its networks are not part of silentfoley"):
        AvBenchSoundExtractor().key()
    av_bench_models.load_models.cache_clear()
