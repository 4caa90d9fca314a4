"""Both networks whole: shapes, padding, repeatability, golden values, and that they learn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from support.classifier_inputs import fill, wave
from support.golden_classifiers import MODELS, answers
from torch import nn

from silentfoley.classifiers.columns import InputContext
from silentfoley.classifiers.fast_slow_lstm import FastSlowLSTM
from silentfoley.classifiers.frame_relation import FrameRelationNetwork, segment_columns
from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.classifiers.plain_recurrent import PlainRecurrent
from silentfoley.classifiers.readout import AttentionReadout, MeanOverTime
from silentfoley.classifiers.relation import LocalRelation
from silentfoley.errors import SilentFoleyError

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "classifiers.json"
LENGTHS = (13, 9, 1)


def sequence(**parts):
    context = InputContext(6, 8, lookahead_columns=2)
    recurrent = FastSlowLSTM(8, fast_size=7, slow_size=5, n_fast=3)
    parts = {"context": context, "recurrent": recurrent, **parts}
    return FrameSequenceNetwork(6, n_classes=3, n_sound_features=2, **parts)


def relation(**parts):
    local = LocalRelation(6, size=7, places=3, distances=(1, 2))
    return FrameRelationNetwork(6, 3, 2, n_segments=4, frame_size=8, hidden_size=8, local=local, **parts)


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 6)
    )


NETWORKS = {
    "sequence": sequence,
    "sequence, mean": lambda: sequence(readout=MeanOverTime(7)),
    "sequence, attention": lambda: sequence(readout=AttentionReadout(7, 4)),
    "sequence, LSTM": lambda: sequence(recurrent=PlainRecurrent(8, 7)),
    "sequence, GRU": lambda: sequence(recurrent=PlainRecurrent(8, 7, n_layers=2, layer=nn.GRU)),
    "relation": relation,
    "relation, single scale": lambda: relation(scales=(3,)),
    "relation, CNN only": lambda: relation(scales=(1,)),
}


def fields(output):
    return {name: getattr(output, name) for name in output.__dataclass_fields__}


@pytest.fixture(params=NETWORKS, name="net")
def _net(request):
    return fill(NETWORKS[request.param]()).eval()


def test_shapes(net):
    out = net(wave(3, 13, 6), torch.tensor(LENGTHS))
    assert out.class_logits.shape == (3, 3)
    assert out.onset_logits.shape == out.strength_logits.shape == (3, 13)
    assert out.states.shape == (3, 13, 7)
    assert out.sound.shape == (3, 13, 2)


def test_a_batch_equals_a_loop_whatever_lies_in_the_padding(net):
    x = wave(3, 13, 6)
    for i, n in enumerate(LENGTHS):
        x[i, n:] = 99.0
    together = fields(net(x, torch.tensor(LENGTHS)))
    for i, n in enumerate(LENGTHS):
        alone = fields(net(x[i : i + 1, :n], torch.tensor([n])))
        for name, values in alone.items():
            mine = together[name][i] if name == "class_logits" else together[name][i, :n]
            assert torch.allclose(mine, values[0], atol=1e-5), name


def test_at_test_the_answer_repeats(net):
    x, lengths = wave(3, 13, 6), torch.tensor(LENGTHS)
    torch.manual_seed(0)
    first = fields(net(x, lengths))
    torch.manual_seed(1)
    for name, values in fields(net(x, lengths)).items():
        assert torch.equal(values, first[name]), name


def test_every_weight_learns(net):
    out = net(wave(3, 13, 6), torch.tensor(LENGTHS))
    sum(v.square().sum() for v in fields(out).values()).backward()
    for name, p in net.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


@pytest.mark.parametrize("make", [sequence, relation])
def test_pictures_pass_through_a_trained_backbone(make):
    net = make(backbone=cnn())
    pictures = wave(2, 5, 3, 9, 9)
    out = net(pictures, torch.tensor([5, 2]))
    assert out.onset_logits.shape == (2, 5)
    out.class_logits.sum().backward()
    assert net.backbone[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("make", [sequence, relation])
def test_sound_features_are_optional(make):
    net = make()
    net.sound = None
    assert net(wave(2, 5, 6), torch.tensor([5, 2])).sound.shape == (2, 5, 0)


def test_lookahead_is_what_it_says():
    x = wave(1, 13, 6)
    later = x.clone()
    later[0, 8] += 1.0
    lengths = torch.tensor([13])
    for columns in (0, 2):
        net = fill(sequence(context=InputContext(6, 8, lookahead_columns=columns))).eval()
        moved = net(x, lengths).onset_logits[0] != net(later, lengths).onset_logits[0]
        assert int(moved.nonzero()[0]) == 8 - columns


def test_middle_columns_of_equal_segments():
    assert segment_columns(torch.tensor([16, 8, 3, 1]), 4, jitter=False).tolist() == [
        [2, 6, 10, 14],
        [1, 3, 5, 7],
        [0, 1, 1, 2],
        [0, 0, 0, 0],
    ]


def test_random_columns_stay_in_their_segments_and_repeat():
    lengths = torch.tensor([40, 17, 2])
    draws = torch.stack([segment_columns(lengths, 5, True, torch.Generator().manual_seed(s)) for s in range(200)])
    assert torch.equal(draws[7], segment_columns(lengths, 5, True, torch.Generator().manual_seed(7)))
    assert (draws.diff(dim=-1) >= 0).all()
    assert set(draws[:, 0, 1].tolist()) == set(range(8, 16))
    assert draws[:, 1].min() == 0
    assert draws[:, 1].max() == 16
    assert draws[:, 2].max() == 1


def test_relation_training_repeats_with_its_generator():
    net = fill(relation(dropout=0.0)).train()
    x, lengths = wave(3, 13, 6), torch.tensor(LENGTHS)
    logits = [net(x, lengths, torch.Generator().manual_seed(s)).class_logits for s in (1, 1, 2)]
    assert torch.equal(logits[0], logits[1])
    assert not torch.equal(logits[0], logits[2])


def test_the_frame_layer_starts_as_in_the_release():
    net = FrameRelationNetwork(512, 3)
    assert abs(float(net.frame.weight.detach().std()) - 0.001) < 1e-4
    assert not net.frame.bias.any()
    assert net.relation.n_tuples == 247


@pytest.mark.parametrize("name", MODELS)
def test_golden_values(name):
    # Made by tests/golden/make_classifiers.py; a change here breaks every checkpoint trained before it.
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]
    for key, values in answers(name).items():
        assert torch.allclose(torch.tensor(values), torch.tensor(stored[key]), atol=2e-5), key


@pytest.mark.parametrize(
    ("shape", "lengths", "message"),
    [
        ((2, 5, 6), [5], r"features \(2, 5, 6\) and lengths \(1,\) do not fit"),
        ((2, 5), [5, 5], "do not fit"),
        ((2, 5, 6), [5, 6], r"a length lies outside \[1, 5\]"),
        ((2, 5, 6), [5, 0], r"a length lies outside \[1, 5\]"),
        ((0, 5, 6), [], r"a length lies outside"),
    ],
)
@pytest.mark.parametrize("make", [sequence, relation])
def test_a_bad_batch_is_refused(make, shape, lengths, message):
    with pytest.raises(SilentFoleyError, match=message):
        make()(torch.zeros(shape), torch.tensor(lengths))


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(SilentFoleyError, match="context: takes 5 units, not 6"):
        sequence(context=InputContext(5, 8))
    with pytest.raises(SilentFoleyError, match="recurrent: takes 9 units, not 8"):
        sequence(recurrent=PlainRecurrent(9, 7))
    with pytest.raises(SilentFoleyError, match="readout: takes 3 units, not 7"):
        sequence(readout=MeanOverTime(3))
    with pytest.raises(SilentFoleyError, match=r"backbone: gives .* per column"):
        relation(backbone=nn.Conv2d(3, 4, 3))(wave(2, 5, 3, 9, 9), torch.tensor([5, 2]))


def toy(clips, generator):
    """A hit somewhere in noise; its class is told by the order of two marks around it, not by their sum."""
    columns = 16
    x = 0.3 * torch.randn(clips, columns, 6, generator=generator)
    label = torch.randint(2, (clips,), generator=generator)
    at = torch.randint(4, columns - 4, (clips,), generator=generator)
    rows = torch.arange(clips)
    x[rows, at, 0] += 3.0
    early, late = rows[label == 0], rows[label == 1]
    for clip, before in ((early, 1), (late, 2)):
        x[clip, :2, before] += 2.0
        x[clip, -2:, 3 - before] += 2.0
    onset = torch.zeros(clips, columns)
    onset[rows, at] = 1.0
    return x, label, onset


@pytest.mark.parametrize(
    "make",
    [
        lambda: FrameSequenceNetwork(
            6, 2, context=InputContext(6, 16, 2), recurrent=FastSlowLSTM(16, 16, 8, n_fast=2, dropout_keep=1.0)
        ),
        lambda: FrameRelationNetwork(
            6, 2, n_segments=8, frame_size=16, hidden_size=16, scales=(8, 2), dropout=0.0, local=LocalRelation(6, 16)
        ),
    ],
    ids=["sequence", "relation"],
)
def test_learns_order_and_time(make):
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(0)
    net = make()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    lengths = torch.full((32,), 16)
    for _ in range(50):
        x, label, onset = toy(32, g)
        out = net(x, lengths)
        loss = F.cross_entropy(out.class_logits, label) + F.binary_cross_entropy_with_logits(
            out.onset_logits, onset, pos_weight=torch.tensor(5.0)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x, label, onset = toy(100, g)
    with torch.no_grad():
        out = net.eval()(x, torch.full((100,), 16))
    assert (out.class_logits.argmax(1) == label).float().mean() > 0.9
    assert (out.onset_logits.argmax(1) == onset.argmax(1)).float().mean() > 0.9
