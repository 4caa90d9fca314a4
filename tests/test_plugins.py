"""Methods of other packages: a tiny one is put on the path, with the metadata an installer would write."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from support.command import Command
from support.tiny import PERCEIVER_NODE, tiny_foley

from silentfoley import Foley
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CheckpointError, DependencyError
from silentfoley.plugins import KINDS, available, load
from silentfoley.pretrained import save_foley

MODULE = '''
"""A generator that beeps."""

import numpy as np

from silentfoley.generators.base import CueGenerator
from silentfoley.labels import LABELS
from silentfoley.waveform import Waveform


class Beeps(CueGenerator):
    labels = LABELS
    sample_rate_hz = 44_100

    def __init__(self, pitch_hz: float = 440.0) -> None:
        self.pitch_hz = pitch_hz

    def stems(self, cues, *, seed=0):
        n = round(cues.duration_s * self.sample_rate_hz)
        time = np.arange(n) / self.sample_rate_hz
        out = {}
        for label in cues.labels:
            samples = np.zeros(n)
            for start in cues.starts_s(label):
                on = (time >= start) & (time < start + 0.05)
                samples[on] += 0.5 * np.sin(2 * np.pi * self.pitch_hz * (time[on] - start))
            out[label] = Waveform(samples[None], self.sample_rate_hz)
        return out
'''


def install(folder: Path, *, points: str, module: str = MODULE) -> None:
    """What pip would leave in site-packages."""
    (folder / "tiny_plugin.py").write_text(module)
    info = folder / "tiny_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "tiny_plugin", raising=False)
    yield folder
    sys.modules.pop("tiny_plugin", None)


@pytest.fixture
def plugin(site: Path) -> Path:
    install(site, points="[silentfoley.generators]\nbeeps = tiny_plugin:Beeps\n")
    return site


def test_found_without_being_imported(plugin: Path) -> None:
    assert "beeps" in available("generators")
    assert "beeps" not in available("encoders")
    assert "tiny_plugin" not in sys.modules


def test_loaded_and_performs(plugin: Path) -> None:
    wave = load("generators", "beeps")(pitch_hz=1000.0).render(CueSheet((Cue(0.5, "impact"),), 1.0))
    samples = wave.mono()
    assert np.abs(samples[: round(0.5 * 44_100)]).max() == 0
    assert np.abs(samples).max() > 0.1


def test_nobody_is_left_behind(site: Path) -> None:
    for kind in KINDS:
        assert "beeps" not in available(kind)
    with pytest.raises(DependencyError, match="generators 'beeps': no such method; install the package"):
        load("generators", "beeps")


@pytest.fixture
def folder(plugin: Path, tmp_path: Path) -> Path:
    """A model folder whose generator is the plug-in's."""
    tiny = tiny_foley()
    foley = Foley(tiny.perceiver, tiny.settings, load("generators", "beeps")(), "beeping")
    generator = {"kind": "beeps", "pitch_hz": 880.0}
    path = tmp_path / "model"
    return save_foley(path, name="beeping", perceiver=PERCEIVER_NODE, generator=generator, foley=foley, card="# Beeps")


def test_model_folder_must_be_allowed_to_use_it(folder: Path) -> None:
    sys.modules.pop("tiny_plugin")
    remedy = r"belongs to the package 'tiny-plugin'; trust it with allow=\('tiny-plugin',\) or --allow tiny-plugin"
    for allow in ((), ("another-plugin",)):
        with pytest.raises(CheckpointError, match=remedy):
            Foley.from_pretrained(folder, allow=allow)
    assert "tiny_plugin" not in sys.modules, "refused before a line of it ran"
    foley = Foley.from_pretrained(folder, allow=("tiny-plugin",))
    assert foley.generator.pitch_hz == 880.0
    assert foley.render(CueSheet((Cue(0.0, "rain"),), 0.5)).n_samples == 22_050


def test_command_line(folder: Path, clip: Path, tmp_path: Path, command: Command) -> None:
    words = ("generate", clip, "-o", tmp_path / "o.wav", "--label", "impact", "--model", folder)
    assert "or --allow tiny-plugin" in command(*words).error
    assert command(*words, "--allow", "tiny-plugin").code == 0


def test_settings_that_do_not_fit_are_an_error_of_the_folder(folder: Path) -> None:
    from silentfoley.files import fingerprint

    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["generator"]["volume"] = 11
    config.pop("digest")
    path.write_text(json.dumps(config | {"digest": fingerprint(config)}))
    with pytest.raises(CheckpointError, match=r"kind 'beeps': does not take these settings .*volume"):
        Foley.from_pretrained(folder, allow=("tiny-plugin",))


def test_uninstalled_method(folder: Path, site: Path) -> None:
    for path in (site / "tiny_plugin-1.0.dist-info").iterdir():
        path.unlink()
    with pytest.raises(CheckpointError, match="kind 'beeps': is unknown; install the package that provides it"):
        Foley.from_pretrained(folder, allow=("tiny-plugin",))


@pytest.mark.parametrize(
    ("module", "reason"),
    [("import no_such_module_at_all\n", "No module named 'no_such_module_at_all'"), ("Beep = 1\n", "Beeps"),
     ("raise RuntimeError('of two\\nlines')\n", "of two lines")],
)  # fmt: skip
def test_broken_plugin(site: Path, module: str, reason: str) -> None:
    install(site, points="[silentfoley.generators]\nbeeps = tiny_plugin:Beeps\n", module=module)
    with pytest.raises(DependencyError) as caught:
        load("generators", "beeps")
    assert str(caught.value).startswith("generators 'beeps': does not import (")
    assert reason in str(caught.value)
    assert str(caught.value).endswith("; reinstall the package that registers it")


def test_broken_plugin_in_a_model_folder(folder: Path, site: Path) -> None:
    sys.modules.pop("tiny_plugin")
    (site / "tiny_plugin.py").write_text("import no_such_module_at_all\n")
    with pytest.raises(DependencyError, match="'beeps': does not import"):
        Foley.from_pretrained(folder, allow=("tiny-plugin",))
