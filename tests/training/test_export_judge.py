import numpy as np
import pytest
import torch

from silentfoley.cli.main import main as command
from silentfoley.errors import CheckpointError
from silentfoley.evaluation import synchrony_model
from silentfoley.evaluation.synchrony_judge import embed_picture
from silentfoley.evaluation.synchrony_model import has_judge, judge_folder, load_judge, the_judge
from silentfoley.training.checkpoints import load_run
from silentfoley.training.export_judge import export_judge, is_synchrony_run

TINY = ("data=tiny", "debug=fast", "logger=csv")
SMALL = ("features=motion", "network.n_visual=28", "network.frame_encoder=null", "+network.n_hidden=8")


@pytest.fixture(scope="module")
def run(train, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "synchrony"
    return train(folder, "experiment=stage_synchrony", *SMALL, *TINY)


def test_a_run_becomes_a_judge_that_knows_its_accuracy(run, tmp_path, monkeypatch):
    folder = export_judge(run, tmp_path / "judge")
    loaded = load_judge(folder)
    module, data, _ = load_run(run)
    data.setup("test")
    item = data.datasets["unseen_seeds"][0]
    np.testing.assert_allclose(
        embed_picture(loaded.net, item.features), embed_picture(module.net.eval(), item.features), atol=5e-3
    )
    sound = loaded.sound(torch.zeros(1, 44_100))
    assert sound.shape == (1, *item.sound.shape)
    accuracy = loaded.config["accuracy"]
    assert accuracy["n"] == 4
    assert 0 <= accuracy["told_apart"] <= 1
    assert set(accuracy["splits"]) == {"unseen_levels", "unseen_seeds"}
    assert f"N = {accuracy['n']}" in (folder / "CARD.md").read_text()

    monkeypatch.setenv(synchrony_model.VARIABLE, str(folder))
    assert has_judge()
    assert judge_folder() == folder
    assert the_judge().config["digest"] == loaded.config["digest"]


def test_the_command_tells_a_judge_from_a_model(run, classifier_run, tmp_path, capsys):
    assert is_synchrony_run(run)
    assert not is_synchrony_run(classifier_run)
    out = tmp_path / "judge"
    assert command(["export", str(run), "-o", str(out)]) == 0
    before = load_judge(out).config
    assert command(["export", str(run), "-o", str(out)]) != 0
    assert "exists" in capsys.readouterr().err
    assert command(["export", str(run), "-o", str(out), "--overwrite"]) == 0
    assert load_judge(out).config["weights_sha256"] == before["weights_sha256"]
    assert command(["export", str(run), "-o", str(out), "--overwrite", "--generator", str(run)]) != 0
    assert "performs nothing" in capsys.readouterr().err


def test_other_runs_are_refused(classifier_run, tmp_path):
    with pytest.raises(CheckpointError, match="holds a ClassifierModule; pass a run of module=encoder"):
        export_judge(classifier_run, tmp_path / "judge")
