"""Names to classes: the only way a file can ask for code, and it can ask for ours alone.

A *node* is a JSON object ``{"kind": "frame_sequence", ...arguments}``; arguments may be nodes themselves.
Positional arguments stand in a list under ``"args"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from silentfoley.errors import CheckpointError, SilentFoleyError
from silentfoley.plugins import KINDS as PLUGIN_KINDS
from silentfoley.plugins import available, load

#: Every class a model folder may name.
CLASSES: dict[str, str] = {
    # encoders
    "space_time_features": "silentfoley.encoders.features.SpaceTimeFeatures",
    "colour_frame_features": "silentfoley.encoders.features.ColourFrameFeatures",
    "thumbnail_features": "silentfoley.encoders.features.ThumbnailFeatures",
    "first_frame_features": "silentfoley.encoders.features.FirstFrameFeatures",
    "colour_histogram_features": "silentfoley.encoders.features.ColourHistogramFeatures",
    "joined_features": "silentfoley.encoders.features.Joined",
    "shuffled_features": "silentfoley.encoders.features.Shuffled",
    "reversed_features": "silentfoley.encoders.features.Reversed",
    "motion_features": "silentfoley.encoders.motion.MotionFeatures",
    "repeat_frames": "silentfoley.encoders.interpolation.RepeatFrames",
    "previous_frames": "silentfoley.encoders.interpolation.PreviousFrames",
    "blend_frames": "silentfoley.encoders.interpolation.BlendFrames",
    "flow_frames": "silentfoley.encoders.interpolation.FlowFrames",
    "efficientnet_lite0": "silentfoley.encoders.efficientnet_lite.EfficientNetLite0",
    "timm_backbone": "silentfoley.encoders.frame.TimmBackbone",
    "hub_weights": "silentfoley.encoders.frame.HubWeights",
    "random_weights": "silentfoley.encoders.frame.RandomWeights",
    "space_time_cnn": "silentfoley.encoders.space_time_cnn.SpaceTimeCNN",
    "drawn_acts": "silentfoley.encoders.drawn_acts.DrawnActs",
    "synchrony": "silentfoley.encoders.synchrony.SynchronyNet",
    # classifiers
    "identity": "torch.nn.Identity",
    "frame_sequence": "silentfoley.classifiers.frame_sequence.FrameSequenceNetwork",
    "frame_relation": "silentfoley.classifiers.frame_relation.FrameRelationNetwork",
    "motion_onsets": "silentfoley.classifiers.motion_onsets.MotionOnsetNetwork",
    "motion_onset_ensemble": "silentfoley.classifiers.motion_onsets.MotionOnsetEnsemble",
    "input_context": "silentfoley.classifiers.columns.InputContext",
    "standardise": "silentfoley.classifiers.columns.Standardise",
    "fast_slow_lstm": "silentfoley.classifiers.fast_slow_lstm.FastSlowLSTM",
    "plain_recurrent": "silentfoley.classifiers.plain_recurrent.PlainRecurrent",
    "plain_gru": "silentfoley.classifiers.plain_recurrent.PlainGRU",
    "last_state": "silentfoley.classifiers.readout.LastState",
    "mean_over_time": "silentfoley.classifiers.readout.MeanOverTime",
    "attention_readout": "silentfoley.classifiers.readout.AttentionReadout",
    "local_relation": "silentfoley.classifiers.relation.LocalRelation",
    # generators
    "class_mean": "silentfoley.generators.class_mean.ClassMeanGenerator",
    "cue_class_mean": "silentfoley.generators.cue_class_mean.CueClassMean",
    "foley_gan": "silentfoley.generators.foley_gan.FoleyGan",
    "action_vector": "silentfoley.generators.foley_gan_blocks.ActionVector",
    "procedural": "silentfoley.generators.procedural.ProceduralGenerator",
    "retrieval": "silentfoley.generators.retrieval.Retrieval",
    "bank_shelf": "silentfoley.generators.units.BankShelf",
    "by_label": "silentfoley.generators.by_label.ByLabel",
    "noise_band": "silentfoley.generators.noise_band.NoiseBand",
    "silence": "silentfoley.generators.silence.Silence",
    "flow": "silentfoley.generators.flow.FlowGenerator",
    "vocoder": "silentfoley.generators.vocoder.Vocoder",
    "flow_course": "silentfoley.generators.flow_course.CourseNet",
    # inference
    "network_perceiver": "silentfoley.inference.perceivers.NetworkPerceiver",
    "free_curves": "silentfoley.inference.motion_perceiver.FreeCurves",
    "learned_curves": "silentfoley.inference.motion_perceiver.LearnedCurves",
    "motion_perceiver": "silentfoley.inference.motion_perceiver.MotionPerceiver",
}


def kind_of(target: str) -> str:
    """The name of a class given its dotted path.

    Raises:
        SilentFoleyError: if the class is not one a model folder may name.
    """
    for kind, path in CLASSES.items():
        if path == target:
            return kind
    raise SilentFoleyError(target, "cannot be part of a model folder", "register it by entry point")


def build(node: Any, allow: tuple[str, ...] = ()) -> Any:
    """Objects from nodes.

    Args:
        node: a JSON value; objects with a ``kind`` are built, innermost first.
        allow: distributions whose entry points may be used, as ``"package"``.

    Raises:
        CheckpointError: for a kind nobody registered or allowed, or arguments that do not fit it.
    """
    if isinstance(node, Mapping):
        values = {key: build(value, allow) for key, value in node.items() if key != "kind"}
        if "kind" not in node:
            return values
        kind = str(node["kind"])
        factory = _factory(kind, allow)
        try:
            return factory(*values.pop("args", ()), **values)
        except TypeError as error:
            raise CheckpointError(
                f"kind {kind!r}", f"does not take these settings ({error})", "use the release that wrote it"
            ) from None
    if isinstance(node, list):
        return [build(value, allow) for value in node]
    return node


def kinds_in(node: Any) -> Iterator[str]:
    """Every kind that a node asks for, its own and those of the nodes in it."""
    if isinstance(node, Mapping):
        if "kind" in node:
            yield str(node["kind"])
        node = list(node.values())
    for value in node if isinstance(node, list) else ():
        yield from kinds_in(value)


def _factory(kind: str, allow: tuple[str, ...]) -> Any:
    if kind in CLASSES:
        module, _, name = CLASSES[kind].rpartition(".")
        return getattr(import_module(module), name)
    for group in PLUGIN_KINDS:
        point = available(group).get(kind)
        if point is None:
            continue
        owner = point.dist.name if point.dist is not None else ""
        if owner not in allow:
            raise CheckpointError(
                f"kind {kind!r}",
                f"belongs to the package {owner!r}",
                f"trust it with allow=({owner!r},) or --allow {owner}",
            )
        return load(group, kind)
    raise CheckpointError(
        f"kind {kind!r}", "is unknown", "install the package that provides it, or use a newer release"
    )
