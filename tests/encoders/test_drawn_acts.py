"""Acts read window by window are those of the whole clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logit

from silentfoley.encoders import drawn_acts
from silentfoley.encoders.drawn_acts import CHUNK, HITS, HORSE_LIKELY, N_ANSWERS, N_LABELS, PEEK, ActsSeen, DrawnActs
from silentfoley.encoders.features import ThumbnailFeatures
from silentfoley.encoders.moment_cnn import MomentCNN, MomentFeatures
from silentfoley.labels import LABELS
from silentfoley.timegrid import TimeGrid


@pytest.fixture(scope="module")
def acts():
    torch.manual_seed(0)
    return DrawnActs(width=4).eval()


@pytest.fixture
def always_look(monkeypatch):
    monkeypatch.setattr(drawn_acts, "LIKELY", 0.0)


def frames(times_s):
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (len(times_s), 64, 64), dtype=np.uint8)


def whole(acts, grey, times_s, grid):
    """The extractor's answers on all pictures at once; every second column is a moment."""
    pictures = np.round(ThumbnailFeatures()(grey, times_s, grid)[:, 1] * 255).astype(np.uint8)
    features = MomentFeatures.__new__(MomentFeatures)
    features.network = acts.network
    return features.of_pictures(pictures)[::2, -N_ANSWERS:]


def read(acts, grey, times_s, grid, cuts=()):
    reader = acts.reader(grid)
    for part, part_s in zip(np.split(grey, cuts), np.split(times_s, cuts), strict=True):
        reader.add(part, part_s)
    return reader.seen()


TIMES_S = [np.arange(60) / 25, np.arange(50) / 15 + 0.2, np.cumsum(np.random.default_rng(2).uniform(0.01, 0.2, 40))]


@pytest.mark.parametrize("times_s", TIMES_S, ids=["25 fps", "15 fps, late start", "variable"])
@pytest.mark.parametrize("cuts", [[], [1, 2, 30], [32]])
def test_windows_give_what_the_whole_clip_gives(acts, always_look, times_s, cuts):
    grid, grey = TimeGrid.of_duration(float(times_s[-1]) + 0.04), frames(times_s)
    seen = read(acts, grey, times_s, grid, cuts)
    assert np.abs(seen.answers - whole(acts, grey, times_s, grid)).max() < 1e-4
    assert seen.strikes().shape == (grid.n_columns,)


def test_strikes_are_the_expected_number_of_acts(acts, always_look):
    grid, grey = TimeGrid.of_duration(2.44), frames(TIMES_S[0])
    said = whole(acts, grey, TIMES_S[0], grid)
    expected = (1 / (1 + np.exp(-said[:, list(HITS)]))).sum(1)
    assert np.abs(read(acts, grey, TIMES_S[0], grid).strikes()[::2] - expected).max() < 1e-4


def test_a_second_network_tells_strikes_of_horses_where_there_may_be_one():
    torch.manual_seed(0)
    both, horse = DrawnActs(width=4, hoofs_width=2).eval(), LABELS.index("horse")
    alone = DrawnActs(width=4).eval()
    alone.network.load_state_dict(both.network.state_dict())
    windows = torch.rand(6, 9, 64, 64)
    with torch.inference_mode():
        plain = alone(windows)
        # Half of the moments show a horse: the bias lies in the middle of what is said of it.
        sure = plain[:, N_LABELS + horse]
        for network in (alone, both):
            network.network.answers.bias[N_LABELS + horse] += logit(HORSE_LIKELY) - float(sure.median()) - 1e-4
        plain, said = alone(windows), both(windows)
        seen = plain[:, N_LABELS + horse].sigmoid() > HORSE_LIKELY
        assert 0 < int(seen.sum()) < 6
        strikes = 5 * N_LABELS + horse
        expected = plain.clone()
        expected[seen, strikes] = both.hoofs(windows)[seen, -1]
        assert (expected[seen, strikes] - plain[seen, strikes]).abs().min() > 1e-3
        assert torch.allclose(said, expected, atol=1e-6)
        assert both(windows[:0]).shape == (0, N_ANSWERS)
    assert alone.hoofs is None
    assert strikes in HITS


@pytest.mark.parametrize("cuts", [[], [1, 2, 30], [32]])
def test_where_nothing_is_familiar_every_fourth_moment_speaks_for_four(acts, monkeypatch, cuts):
    monkeypatch.setattr(drawn_acts, "LIKELY", 1.1)
    grid, grey = TimeGrid.of_duration(4), frames(np.arange(100))
    seen = read(acts, grey, np.arange(100) / 25, grid, cuts)
    every = whole(acts, grey, np.arange(100) / 25, grid)
    assert len(every) > 2 * CHUNK
    assert np.abs(seen.answers[::PEEK] - every[::PEEK]).max() < 1e-4
    assert (seen.answers == np.repeat(seen.answers[::PEEK], PEEK, axis=0)[: len(every)]).all()


def test_one_frame_and_no_frame(acts):
    grid = TimeGrid.of_duration(0.5)
    reader = acts.reader(grid)
    assert not reader.seen().strikes().any()
    reader.add(frames([0.0]), np.zeros(1))
    strikes = reader.seen().strikes()
    assert strikes.shape == (grid.n_columns,)
    assert np.ptp(strikes) < 1e-6


@pytest.fixture
def most_kept(monkeypatch):
    """Pictures that readers had in memory whenever they spoke."""
    kept, speak = [], drawn_acts.ActReader._speak
    monkeypatch.setattr(
        drawn_acts.ActReader, "_speak", lambda self, n: (kept.append(len(self._pictures)), speak(self, n))[1]
    )
    return kept


def test_memory_is_that_of_a_window(acts, most_kept):
    reader = acts.reader(TimeGrid.of_duration(20))
    for start in range(0, 500, 32):
        reader.add(frames(range(32)), (start + np.arange(32)) / 25)
    reader.seen()
    assert max(most_kept) < 200


def test_minutes_between_two_frames_and_after_the_last_do_not_pile_up(acts, always_look, most_kept):
    grid, times_s = TimeGrid.of_duration(30), np.array([0.0, 0.04, 12.0])
    grey = frames(times_s)
    seen = read(acts, grey, times_s, grid, [2])
    assert np.abs(seen.answers - whole(acts, grey, times_s, grid)).max() < 1e-4
    assert max(most_kept) < 200


@pytest.mark.filterwarnings("error")
def test_a_network_sure_of_nothing_being_there_raises_no_warning():
    sure = ActsSeen(np.full((3, N_ANSWERS), -200, dtype=np.float32), 6)
    assert sure.surest_part == sure.sounding == 0
    assert not sure.strikes().any()


def test_the_answers_counted_are_strikes_of_forward_sounding_hits():
    assert MomentCNN(4, N_ANSWERS).n_features == 32 + N_ANSWERS
    assert [LABELS[i - 5 * N_LABELS] for i in HITS] == [
        x for x in LABELS if x not in ("car", "fire", "rain", "waterfall")
    ]


@pytest.mark.parametrize(("spread", "held"), [(4.0, False), (90.0, True)], ids=["grain on grey", "a picture"])
def test_grain_on_an_empty_picture_is_nothing(acts, always_look, spread, held):
    rng, grid = np.random.default_rng(0), TimeGrid.of_duration(2)
    grey = np.clip(120 + spread * rng.standard_normal((50, 64, 64)), 0, 255).astype(np.uint8)
    seen = read(acts, grey, np.arange(50) / 25, grid)
    assert (seen.surest_part > 1e-3) == held
    assert held or np.allclose(seen.class_probabilities, 1 / N_LABELS)
