"""What a Perception accepts, tells and stores."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid(4 * 882)
LABELS = ("cutting", "rain", "typing")


def make(**changes):
    values = {
        "grid": GRID,
        "labels": LABELS,
        "class_logits": np.array([0.0, 2.0, 1.0]),
        "onset": np.array([0.0, 0.5, 1.0, 0.2, 0.1]),
        "strength": np.linspace(0, 1, 5),
        "states": np.arange(15.0).reshape(5, 3),
        "sound": np.arange(10.0).reshape(5, 2),
        "position": np.linspace(-1, 1, 5),
        "variants": ("knife", "", "keys"),
    }
    return Perception(**{**values, **changes})


def test_probabilities_are_a_softmax_and_top_is_in_order():
    seen = make()
    wanted = np.exp([0.0, 2.0, 1.0]) / np.exp([0.0, 2.0, 1.0]).sum()
    assert np.allclose(seen.class_probabilities, wanted)
    assert [name for name, _ in seen.top(3)] == ["rain", "typing", "cutting"]
    assert seen.top(1)[0][1] == pytest.approx(wanted[1], rel=1e-5)
    assert len(seen.top(9)) == 3


def test_large_logits_do_not_overflow():
    assert make(class_logits=np.array([1e4, 0.0, -1e4])).class_probabilities.tolist() == [1.0, 0.0, 0.0]


def test_equal_logits_keep_the_order_of_labels():
    assert [n for n, _ in make(class_logits=np.zeros(3)).top(3)] == list(LABELS)


def test_arrays_become_float32():
    seen = make(onset=[0, 0, 1, 0, 0])
    assert seen.onset.dtype == seen.states.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("class_logits", np.zeros(2), r"class_logits has shape \(2,\), expected \(3,\)"),
        ("onset", np.zeros(4), r"onset has shape \(4,\), expected \(5,\)"),
        ("strength", np.zeros((5, 1)), "strength has shape"),
        ("states", np.zeros((4, 3)), "states has shape"),
        ("sound", np.zeros(5), "sound has shape"),
        ("position", np.zeros(3), "position has shape"),
        ("onset", np.array([0, np.nan, 0, 0, 0]), "onset holds NaN or infinity"),
        ("class_logits", np.array([0, np.inf, 0]), "class_logits holds NaN or infinity"),
        ("onset", np.array([0, 1.1, 0, 0, 0]), r"onset leaves \[0, 1\]; apply a sigmoid"),
        ("strength", np.array([0, -0.1, 0, 0, 0]), r"strength leaves \[0, 1\]"),
    ],
)
def test_bad_arrays_are_refused(name, value, message):
    with pytest.raises(SilentFoleyError, match=message):
        make(**{name: value})


def test_states_sound_and_position_may_be_unknown():
    seen = Perception(GRID, LABELS, np.zeros(3), np.zeros(5), np.zeros(5))
    assert seen.states.shape == seen.sound.shape == (0, 0)
    assert seen.position.shape == (0,)
    assert make(states=np.zeros((5, 0))).states.shape == (5, 0)


@pytest.mark.parametrize("full", [True, False])
def test_saving_is_exact(tmp_path, full):
    seen = make() if full else Perception(GRID, LABELS, np.zeros(3), np.zeros(5), np.zeros(5))
    seen.save(tmp_path / "p.npz")
    back = Perception.load(tmp_path / "p.npz")
    assert (back.grid, back.labels, back.variants) == (seen.grid, seen.labels, seen.variants)
    for name in ("class_logits", "onset", "strength", "states", "sound", "position"):
        assert np.array_equal(getattr(back, name), getattr(seen, name)), name


def test_variants_are_one_for_each_label_or_none_at_all():
    seen = make()
    assert [seen.variant_of(label) for label in (*LABELS, "horse")] == ["knife", None, "keys", None]
    assert make(variants=()).variant_of("cutting") is None
    with pytest.raises(SilentFoleyError, match="2 variants for 3 labels"):
        make(variants=("knife", ""))


def test_a_name_without_suffix_is_kept(tmp_path):
    make().save(tmp_path / "clip")
    assert Perception.load(tmp_path / "clip").labels == LABELS


def test_a_missing_or_damaged_file_is_one_line(tmp_path):
    with pytest.raises(SilentFoleyError, match="not a saved Perception"):
        Perception.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("not a zip")
    with pytest.raises(SilentFoleyError, match="not a saved Perception") as caught:
        Perception.load(tmp_path / "text.npz")
    assert "\n" not in str(caught.value)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(SilentFoleyError, match="not a saved Perception"):
        Perception.load(tmp_path / "other.npz")


def test_another_version_is_refused(tmp_path):
    make().save(tmp_path / "p.npz")
    with np.load(tmp_path / "p.npz") as data:
        arrays = {name: data[name] for name in data.files}
    np.savez(tmp_path / "p.npz", **{**arrays, "version": 99})
    with pytest.raises(SilentFoleyError, match="version 99 is not 1"):
        Perception.load(tmp_path / "p.npz")


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path, keep):
    make().save(tmp_path / "p.npz")
    content = (tmp_path / "p.npz").read_bytes()
    (tmp_path / "p.npz").write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(SilentFoleyError, match="not a saved Perception"):
        Perception.load(tmp_path / "p.npz")


def test_altered_bytes_are_refused(tmp_path):
    make().save(tmp_path / "p.npz")
    content = (tmp_path / "p.npz").read_bytes()
    at = content.index(b"strength.npy") + 40
    (tmp_path / "p.npz").write_bytes(content[:at] + bytes(b ^ 0xFF for b in content[at : at + 8]) + content[at + 8 :])
    with pytest.raises(SilentFoleyError, match="not a saved Perception"):
        Perception.load(tmp_path / "p.npz")


def test_saving_leaves_nothing_behind_when_it_fails(tmp_path):
    with pytest.raises(SilentFoleyError, match="does not exist"):
        make().save(tmp_path / "nowhere" / "p.npz")
    make().save(tmp_path / "p.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["p.npz"]


def test_it_prints_by_shape():
    assert "rain 0.67" in repr(make())
    assert "states (5, 3)" in repr(make())
