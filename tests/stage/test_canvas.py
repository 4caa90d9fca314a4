"""Drawing in unit coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.stage.canvas import Canvas, Tint, View
from silentfoley.stage.scene import hue_matrix


def blank(size: int = 40) -> np.ndarray:
    return np.zeros((size, size, 3), dtype=np.uint8)


def test_views_compose_like_matrices():
    box = View.box(10, 20, 30, 40, mirror=True)
    turn = np.array([[0.0, -1.0, 5.0], [1.0, 0.0, 6.0]])
    points = np.array([[0.0, 0.0], [1.0, 0.25]])
    np.testing.assert_allclose(box(points), [[40, 20], [10, 30]])
    np.testing.assert_allclose(box.then(turn)(points), box(points) @ turn[:, :2].T + turn[:, 2])
    assert box.scale == pytest.approx((30 * 40) ** 0.5)


def test_polygon_fills_its_area():
    image = blank(80)
    Canvas(image, View.box(0, 0, 80, 80)).polygon([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)], (255, 0, 0))
    assert image[..., 0].sum() / 255 / 80**2 == pytest.approx(0.25, abs=0.02)
    assert image[..., 1:].sum() == 0


def test_runs_at_once_equal_runs_one_by_one():
    runs = np.array([[(0.1, 0.1), (0.4, 0.3)], [(0.6, 0.9), (0.9, 0.7)]])
    one, many = blank(), blank()
    Canvas(many, View.box(0, 0, 40, 40)).lines(runs, 0.05, (9, 200, 30))
    for run in runs:
        Canvas(one, View.box(0, 0, 40, 40)).line(run, 0.05, (9, 200, 30))
    np.testing.assert_array_equal(one, many)
    Canvas(many, View.box(0, 0, 40, 40)).lines([], 0.05, (9, 200, 30))


def test_tint_keeps_grey_and_turns_hue():
    image = blank()
    tinted = Canvas(image, View.box(0, 0, 40, 40), Tint(hue_matrix(120.0, 1.0)))
    assert tinted.shade((100, 100, 100)) == (100, 100, 100)
    assert tinted.shade((200, 0, 0)) == (0, 200, 0)
    assert Canvas(image, View.box(0, 0, 40, 40)).shade((1, 2, 3)) == (1, 2, 3)
    assert Tint(hue_matrix(0.0, 0.0))((90, 0, 0, 77)) == (30, 30, 30, 77)


def test_light_adds_and_flash_blends():
    image = blank()
    canvas = Canvas(image, View.box(0, 0, 40, 40))
    canvas.glow((0.5, 0.5), 0.1, (255, 255, 255), 0.5)
    assert int(image[20, 20, 0]) == pytest.approx(127, abs=2)
    assert image[0, 0, 0] == 0
    canvas.glow((5.0, 5.0), 0.1, (255, 255, 255), 1.0)
    canvas.flash((255, 255, 255), 1.0)
    assert image.min() == 255


def test_shapes_beside_the_picture_are_harmless():
    image = blank()
    canvas = Canvas(image, View.box(0, 0, 40, 40))
    canvas.circle((50.0, -30.0), 0.2, (255, 0, 0))
    canvas.limb([(20.0, 20.0), (21.0, 25.0)], (0.1, 0.2), (255, 0, 0))
    assert not image.any()
