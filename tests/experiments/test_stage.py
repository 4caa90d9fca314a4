"""What the stage's experiment builds its runs of: stored clips, chosen clips, networks that go on from a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from silentfoley.classifiers.frame_relation import FrameRelationNetwork
from silentfoley.classifiers.named_strikes import NamedStrikes
from silentfoley.errors import CheckpointError

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "stage"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Modules of the experiment by name; they import each other as scripts do."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = ("apart", "continued", "short_clips")
    yield lambda name: __import__(name)
    for name in names:
        sys.modules.pop(name, None)


def network(input_size: int, **parts: Any) -> FrameRelationNetwork:
    torch.manual_seed(input_size)
    return FrameRelationNetwork(input_size, 3, n_segments=4, **parts).eval()


def run_of(trained: FrameRelationNetwork, monkeypatch: pytest.MonkeyPatch, continued: Any, prefix: str = "") -> None:
    state = {f"network.{prefix}{name}": value for name, value in trained.state_dict().items()}
    monkeypatch.setattr(continued, "best_checkpoint", lambda run: run)
    monkeypatch.setattr(continued, "read_state", lambda path: state)


def test_a_network_goes_on_as_what_it_goes_on_from(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    continued, trained = stage("continued"), network(6)
    run_of(trained, monkeypatch, continued)
    wider = continued.continued(network(8, strikes=NamedStrikes(3, [3])), "run", 8)
    features, lengths = torch.randn(2, 5, 8), torch.tensor([5, 4])
    before, after = trained(features[..., :6], lengths), wider(features, lengths)
    torch.testing.assert_close(after.onset_logits, before.onset_logits)
    torch.testing.assert_close(after.class_logits, before.class_logits)


def test_a_run_of_another_network_is_refused(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    continued = stage("continued")
    run_of(network(6), monkeypatch, continued, prefix="network.")
    with pytest.raises(CheckpointError, match="does not fit"):
        continued.continued(network(6), "run", 6)


def test_of_a_settled_network_only_its_strikes_learn(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    continued = stage("continued")
    run_of(network(6), monkeypatch, continued)
    settled = continued.settled(network(6, strikes=NamedStrikes(3, [3])), "run", 6).train()
    assert {name for name, p in settled.named_parameters() if p.requires_grad} == {
        f"network.strikes.{name}" for name in ("own", "weight", "bias")
    }
    features, lengths = torch.randn(1, 5, 6), torch.tensor([5])
    # Dropout and drawn columns are off in training, too.
    torch.testing.assert_close(settled(features, lengths).onset_logits, settled(features, lengths).onset_logits)


def test_stored_clips_know_which_they_are(stage: Any, tmp_path: Path) -> None:
    pictures = np.zeros((3, 5, 64, 64), dtype=np.uint8)
    np.savez(tmp_path / "short.npz", pictures=pictures, first=40, root_seed=8)
    np.savez(tmp_path / "horses.npz", pictures=pictures, indices=np.array([2, 5, 9]), root_seed=30)
    stored_clips = stage("short_clips").stored_clips
    short, horses = (stored_clips(tmp_path / f"{name}.npz") for name in ("short", "horses"))
    assert (short.root_seed, short.indices) == (8, (40, 41, 42))
    assert (horses.root_seed, horses.indices) == (30, (2, 5, 9))
    assert horses.pictures().shape == pictures.shape


def test_chosen_clips_are_those_of_the_source(stage: Any) -> None:
    apart = stage("apart")
    from silentfoley.data.stage_source import StageSource
    from silentfoley.stage.clip import ClipSpec

    source = StageSource(ClipSpec(duration_s=0.5, height=32, width=32), "train", 0, 30)
    joined = apart.Joined((apart.Chosen(source, (2, 5)), apart.Chosen(source, (9,))))
    assert [joined.content(i) for i in range(3)] == [source.content(i) for i in (2, 5, 9)]
    assert joined.load(2).id == source.load(9).id
    with pytest.raises(IndexError):
        joined.content(3)
