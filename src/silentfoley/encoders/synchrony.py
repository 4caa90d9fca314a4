"""Does this sound belong to this moment of the picture? Two towers that meet in one space. Ours.

Each tower turns half a second around a moment into a unit vector; picture and sound of the same moment shall point
the same way. Towers know nothing of each other, so sliding one over the other finds an offset.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class SynchronyEmbeddings:
    """Windows of clips as unit vectors. B clips, W windows, E numbers.

    Attributes:
        visual: (B, W, E).
        audio: (B, W, E).
        valid: (B, W) bool: the window lies wholly inside its clip.
        starts: (W,) int64 first column of each window.
    """

    visual: Tensor
    audio: Tensor
    valid: Tensor
    starts: Tensor


class SynchronyNet(nn.Module):
    """Visual and audio tower.

    Args:
        n_visual: D of the visual features, or of what ``frame_encoder`` gives.
        n_audio: F of the sound features (log-mel).
        n_embedding: E.
        n_hidden: channels inside each tower.
        window_columns: length of a window; 25 columns of 20 ms are half a second.
        frame_encoder: turns (B, T, 3, H, W) features into (B, T, D) and is trained along; None for vectors.
    """

    def __init__(
        self,
        n_visual: int,
        n_audio: int,
        n_embedding: int = 64,
        n_hidden: int = 64,
        window_columns: int = 25,
        frame_encoder: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.window_columns = window_columns
        self.frame_encoder = nn.Identity() if frame_encoder is None else frame_encoder
        self.visual = Tower(n_visual, n_hidden, n_embedding, window_columns)
        self.audio = Tower(n_audio, n_hidden, n_embedding, window_columns)

    def forward(self, features: Tensor, sound: Tensor, lengths: Tensor, stride: int = 1) -> SynchronyEmbeddings:
        """Embed the windows of clips.

        Args:
            features: (B, T, ...) visual features.
            sound: (B, T, F) sound features.
            lengths: (B,) valid columns of each clip.
            stride: columns from one window to the next.

        Returns:
            W = 1 + (max(T, window) - window) // stride windows; what lies past ``lengths`` has no influence on
            valid ones.
        """
        inside = torch.arange(sound.shape[1], device=sound.device) < lengths[:, None]
        visual = self.visual(self.frame_encoder(features), inside, stride)
        starts = stride * torch.arange(visual.shape[1], device=sound.device)
        valid = starts + self.window_columns <= lengths[:, None]
        return SynchronyEmbeddings(visual, self.audio(sound, inside, stride), valid, starts)


class Tower(nn.Module):
    """(B, T, C) columns to (B, W, E) unit vectors, one per window."""

    def __init__(self, n_in: int, n_hidden: int, n_embedding: int, window_columns: int) -> None:
        super().__init__()
        self.window_columns = window_columns
        self.near = nn.Conv1d(n_in, n_hidden, kernel_size=5, padding=2)
        self.around = nn.Conv1d(n_hidden, n_hidden, kernel_size=5, padding=2)
        self.window = nn.Conv1d(n_hidden, n_embedding, kernel_size=window_columns)

    def forward(self, columns: Tensor, inside: Tensor, stride: int) -> Tensor:
        """Embed windows.

        Args:
            columns: (B, T, C).
            inside: (B, T) bool.
            stride: columns from one window to the next.
        """
        mask = rearrange(inside, "b t -> b 1 t")
        x = rearrange(standardise(columns, inside), "b t c -> b c t")
        # Zeroing past the end after every layer makes a padded clip equal to the clip alone.
        x = F.gelu(self.near(x)) * mask
        x = x + F.gelu(self.around(x)) * mask
        x = F.pad(x, (0, max(0, self.window_columns - x.shape[-1])))
        x = F.conv1d(x, self.window.weight, self.window.bias, stride=stride)
        return F.normalize(rearrange(x, "b e w -> b w e"), dim=-1)


def standardise(columns: Tensor, inside: Tensor) -> Tensor:
    """Each channel minus its mean over the clip, all divided by the clip's one deviation; 0 outside.

    Levels of microphones and cameras fall away, the ratio of channels to each other stays.

    Args:
        columns: (B, T, C).
        inside: (B, T) bool, at least one column per clip.
    """
    mask = inside[..., None].to(columns.dtype)
    count = reduce(mask, "b t 1 -> b 1 1", "sum").clamp_min(1)
    mean = reduce(columns * mask, "b t c -> b 1 c", "sum") / count
    centred = (columns - mean) * mask
    variance = reduce(centred.square(), "b t c -> b 1 1", "sum") / (count * columns.shape[-1])
    return centred / (variance + 1e-6).sqrt()


def info_nce(visual: Tensor, audio: Tensor, negatives: Tensor, temperature: float = 0.1) -> Tensor:
    """Symmetric contrastive loss (InfoNCE, van den Oord et al. 2018): each row's partner against its negatives.

    Args:
        visual: (N, E) unit vectors.
        audio: (N, E) unit vectors; row i belongs to row i of ``visual``.
        negatives: (N, N) bool: ``[i, j]`` if sound j may be held against picture i; the diagonal is ignored.
        temperature: > 0; small means that near misses count most.

    Returns:
        scalar: mean cross-entropy of picture to sound and sound to picture. ``log(1 + n)`` where nothing is known
        and each row has n negatives; 0 without negatives; 0 for N = 0.
    """
    if len(visual) == 0:
        return visual.sum() * 0
    partner = torch.eye(len(visual), dtype=torch.bool, device=visual.device)
    logits = (visual @ audio.T / temperature).masked_fill(~(negatives | partner), float("-inf"))
    target = torch.arange(len(visual), device=visual.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def synchrony_loss(
    windows: SynchronyEmbeddings, min_gap: int, temperature: float = 0.1, across_share: float = 0.5
) -> Tensor:
    """Contrast with other moments of the same clip (hard: only timing tells) and with other clips.

    Args:
        windows: embeddings of a batch.
        min_gap: columns from which on another moment of the same clip counts as wrong.
        temperature: see :func:`info_nce`.
        across_share: share of the loss in [0, 1] that goes to other clips.
    """
    visual, audio = windows.visual[windows.valid], windows.audio[windows.valid]
    clip, window = windows.valid.nonzero(as_tuple=True)
    time = windows.starts[window]
    same = clip[:, None] == clip
    far = (time[:, None] - time).abs() >= min_gap
    within = info_nce(visual, audio, same & far, temperature)
    across = info_nce(visual, audio, ~same, temperature)
    return (1 - across_share) * within + across_share * across


def shifted_scores(windows: SynchronyEmbeddings, shift: int) -> tuple[Tensor, Tensor, Tensor]:
    """How well sound taken ``shift`` windows later fits, and how well the true sound fits the same windows.

    Args:
        windows: embeddings with stride 1, so that windows are columns.
        shift: windows; negative takes earlier sound.

    Returns:
        (B,) mean cosine with the shifted sound, (B,) with the true sound, (B,) int64 windows compared. Scores are 0
        where that count is 0.
    """
    n = windows.valid.shape[1]
    first, last = max(0, -shift), min(n, n - shift)
    if first >= last:
        zero = windows.visual.new_zeros(len(windows.valid))
        return zero, zero, zero.long()
    picture, own = slice(first, last), slice(first + shift, last + shift)
    use = windows.valid[:, picture] & windows.valid[:, own]
    count = use.sum(dim=1)

    def mean_cosine(audio: Tensor) -> Tensor:
        cosine = (windows.visual[:, picture] * audio).sum(dim=-1)
        return (cosine * use).sum(dim=1) / count.clamp_min(1)

    return mean_cosine(windows.audio[:, own]), mean_cosine(windows.audio[:, picture]), count


def synchrony_score(windows: SynchronyEmbeddings) -> Tensor:
    """(B,) mean cosine in [-1, 1] of picture and sound of the same moments; 0 for clips shorter than a window."""
    return shifted_scores(windows, 0)[0]


def offset_scores(windows: SynchronyEmbeddings, max_shift: int) -> Tensor:
    """(B, 2 * max_shift + 1) scores of sound taken -max_shift … max_shift columns later; -inf where none overlap."""
    columns = []
    for shift in range(-max_shift, max_shift + 1):
        score, _, count = shifted_scores(windows, shift)
        columns.append(score.masked_fill(count == 0, float("-inf")))
    return torch.stack(columns, dim=1)


def best_offset(windows: SynchronyEmbeddings, max_shift: int) -> Tensor:
    """(B,) int64 columns by which the sound is late (negative: early), of the best score; 0 wins ties.

    Search over -max_shift … max_shift.
    """
    scores = offset_scores(windows, max_shift)
    shifts = torch.arange(-max_shift, max_shift + 1, device=scores.device)
    order = torch.argsort(shifts.abs(), stable=True)
    return shifts[order][scores[:, order].argmax(dim=1)]


def told_apart(windows: SynchronyEmbeddings, shifts: tuple[int, ...]) -> Tensor:
    """(B, S) 1 where the true sound fits better than the sound shifted by each of S shifts, 0 where worse.

    0.5 at a tie (a judge that sees nothing scores the chance of 0.5), NaN where the clip is too short to compare.
    """
    columns = []
    for shift in shifts:
        wrong, right, count = shifted_scores(windows, shift)
        verdict = (1 + torch.sign(right - wrong)) / 2
        columns.append(verdict.masked_fill(count == 0, float("nan")))
    return torch.stack(columns, dim=1)
