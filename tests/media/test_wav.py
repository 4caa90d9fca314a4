"""Writing WAV files: several at once, and none that RIFF cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from silentfoley.errors import OutputError
from silentfoley.media.wav import write_wav, write_wavs


def blocks(n_blocks: int = 3, n: int = 100) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    shapes = {"rain": (2, n), "clock": (1, n)}
    return [{k: rng.uniform(-0.9, 0.9, s).astype(np.float32) for k, s in shapes.items()} for _ in range(n_blocks)]


def test_several_sounds_are_written_side_by_side(tmp_path: Path) -> None:
    paths = {"rain": tmp_path / "rain.wav", "clock": tmp_path / "clock.wav"}
    made = blocks()
    reports = write_wavs(paths, iter(made), 22_050)
    for name, path in paths.items():
        want = np.concatenate([b[name] for b in made], axis=1)
        got, rate_hz = soundfile.read(path, always_2d=True)
        assert rate_hz == 22_050
        assert soundfile.info(path).subtype == "PCM_24"
        np.testing.assert_allclose(got.T, want, atol=2**-23)
        assert (reports[name].path, reports[name].n_samples, reports[name].n_clipped) == (path, 300, 0)
        assert reports[name].peak == pytest.approx(np.abs(want).max())


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_failure_in_the_middle_leaves_nothing(tmp_path: Path, overwrite: bool) -> None:
    class Trouble(Exception):
        pass

    def failing() -> Iterator[dict[str, np.ndarray]]:
        yield from blocks(2)
        raise Trouble

    paths = {"rain": tmp_path / "rain.wav", "clock": tmp_path / "clock.wav"}
    if overwrite:
        paths["rain"].write_bytes(b"earlier")
    with pytest.raises(Trouble):
        write_wavs(paths, failing(), 22_050, overwrite=overwrite)
    left = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert left == ({"rain.wav": b"earlier"} if overwrite else {})


def test_one_file_that_cannot_be_written_stops_all(tmp_path: Path) -> None:
    (tmp_path / "clock.wav").write_bytes(b"mine")
    paths = {"rain": tmp_path / "rain.wav", "clock": tmp_path / "clock.wav"}
    with pytest.raises(OutputError, match=r"clock\.wav: exists already"):
        write_wavs(paths, blocks(), 22_050, overwrite=False)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"clock.wav": b"mine"}
    with pytest.raises(OutputError, match="subtype 'FLOAT' is not offered"):
        write_wavs(paths, blocks(), 22_050, subtype="FLOAT")  # type: ignore[arg-type]


@dataclass
class Long:
    """A stream that says how long it is; ``read`` counts the blocks that were asked for."""

    n_samples: int
    channels: int = 1
    sample_rate_hz: int = 48_000
    read: list[int] = field(default_factory=list)

    def blocks(self) -> Iterator[np.ndarray]:
        while True:
            self.read.append(1)
            yield np.zeros((self.channels, 1000), dtype=np.float32)


@pytest.mark.parametrize(("n_samples", "channels", "subtype"), [(2**31, 1, "PCM_16"), (720_000_000, 2, "PCM_24")])
def test_what_riff_cannot_hold_is_refused_before_it_is_written(
    tmp_path: Path, n_samples: int, channels: int, subtype: str
) -> None:
    sound = Long(n_samples, channels)
    with pytest.raises(OutputError, match=r"long\.wav: is too long for a WAV: 4.0 of 4 GiB; write parts of at m") as e:
        write_wav(tmp_path / "long.wav", sound, subtype=subtype)  # type: ignore[arg-type]
    assert "\n" not in str(e.value)
    assert len(sound.read) == 1, "refused at the first block"
    assert not list(tmp_path.iterdir())


def test_the_length_that_counts_is_the_one_written(tmp_path: Path) -> None:
    # At a third of the rate it fits; an endless stream of blocks would then be read: one is enough to see.
    sound = Long(2**31 + 48_000)
    with pytest.raises(OutputError, match="too long"):
        write_wav(tmp_path / "long.wav", sound)
    stop = Long(1000)
    stop.blocks = lambda: iter([np.zeros((1, 1000), np.float32)])  # type: ignore[method-assign]
    assert write_wav(tmp_path / "short.wav", stop).n_samples == 1000


def test_stems_of_unknown_length_are_refused_when_it_comes_to_that(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("silentfoley.media.wav._MOST_BYTES", 3000)
    paths = {"rain": tmp_path / "rain.wav", "clock": tmp_path / "clock.wav"}
    with pytest.raises(OutputError, match=r"rain\.wav: is too long for a WAV"):
        write_wavs(paths, blocks(8), 22_050)
    assert not list(tmp_path.iterdir())
    seen = []
    with pytest.raises(OutputError, match="is too long for a WAV"):
        write_wavs(paths, (seen.append(1) or b for b in blocks(8)), 22_050, n_samples=800)
    assert len(seen) == 1
    assert write_wavs(paths, blocks(3), 22_050, n_samples=300)["rain"].n_samples == 300
