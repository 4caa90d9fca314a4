"""What a class sounds like: its average, and the directions in which its takes differ from it.

The average is AutoFoley's idea. The directions are ours: without them every hit of a class is the same blur. They
are the principal components of the takes' log residuals; a take is a short code, and drawing a code draws a take.
"""

from __future__ import annotations

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from silentfoley.errors import CheckpointError

#: Magnitude added before a logarithm, where the loudest sample of a hit is 1: -100 dB.
FLOOR = 1e-5


class RunningMean:
    """Mean of (H, ...) items in one pass and double precision, entry by entry over the items that have it."""

    def __init__(self) -> None:
        self.mean: Tensor | None = None
        self.count: Tensor | None = None

    def add(self, items: Tensor, mask: Tensor) -> None:
        """Add (H, ...) items where ``mask``, of a shape that broadcasts to theirs, is true."""
        valid = mask.expand_as(items)
        if self.mean is None or self.count is None:
            self.mean = torch.zeros(items.shape[1:], dtype=torch.float64)
            self.count = torch.zeros_like(self.mean)
        for item, known in zip(items.double(), valid, strict=True):
            self.count += known
            self.mean += torch.where(known, (item - self.mean) / self.count.clamp_min(1), 0.0)

    def filled(self) -> Tensor:
        """The mean; entries along the last axis that no item had hold the last known one."""
        assert self.mean is not None
        assert self.count is not None
        known = (self.count.flatten(0, -2) > 0).all(0) if self.count.ndim > 1 else self.count > 0
        last = int(known.nonzero().max()) if bool(known.any()) else 0
        out = self.mean.clone()
        out[..., last + 1 :] = out[..., last : last + 1]
        return out


class HitShape(nn.Module):
    """Spectrogram and attack of a class of hits, aligned at the onset, for hits of peak 1 and strength 1.

    All buffers of the average are NaN until :meth:`set_mean`; codes and directions are zero until :meth:`set_codes`:
    every take is the average then.

    Args:
        n_bands: B.
        n_columns: L, columns from the onset on.
        n_steps: E, steps of the attack curve.
        n_components: P, directions.
        n_codes: M, takes remembered.
    """

    mean_spectrum: Tensor
    mean_attack: Tensor
    spectrum_basis: Tensor
    attack_basis: Tensor
    codes: Tensor
    level: Tensor

    def __init__(self, n_bands: int, n_columns: int, n_steps: int, n_components: int, n_codes: int) -> None:
        super().__init__()
        self.register_buffer("mean_spectrum", torch.full((n_bands, n_columns), torch.nan))
        self.register_buffer("mean_attack", torch.full((n_steps,), torch.nan))
        self.register_buffer("spectrum_basis", torch.zeros(n_components, n_bands, n_columns))
        self.register_buffer("attack_basis", torch.zeros(n_components, n_steps))
        self.register_buffer("codes", torch.zeros(n_codes, n_components))
        self.register_buffer("level", torch.tensor(torch.nan))

    @property
    def n_columns(self) -> int:
        """L."""
        return int(self.mean_spectrum.shape[1])

    @property
    def n_steps(self) -> int:
        """E."""
        return int(self.mean_attack.shape[0])

    @property
    def fitted(self) -> bool:
        """Whether the average is known."""
        return bool(self.mean_spectrum.isfinite().all())

    def set_mean(self, magnitudes: Tensor, attack: Tensor, level: float) -> None:
        """Take over (B, L) mean magnitudes, the (E,) mean attack curve, and the peak at strength 1."""
        self.mean_spectrum.copy_(torch.log(magnitudes + FLOOR))
        self.mean_attack.copy_(torch.log(attack + FLOOR))
        self.level.fill_(level)

    def set_codes(self, residuals: Tensor, attack_residuals: Tensor) -> None:
        """Find directions and codes of (H, B, L) and (H, E) log residuals of takes, which are not centred again."""
        flat = rearrange(residuals, "h b l -> h (b l)")
        # An attack step counts as much as a column of the spectrogram.
        weight = (residuals.shape[1] * residuals.shape[2] / attack_residuals.shape[1]) ** 0.5
        basis, codes = principal(torch.cat([flat, weight * attack_residuals], dim=1), self.codes.shape[1])
        spectra = rearrange(basis[:, : flat.shape[1]], "p (b l) -> p b l", b=residuals.shape[1])
        self.spectrum_basis.copy_(spectra)
        self.attack_basis.copy_(basis[:, flat.shape[1] :] / weight)
        self.codes.copy_(_chosen(codes, self.codes.shape[0]))

    def decode(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """(H, P) codes to (H, B, L) log magnitudes and (H, E) log attacks."""
        spectra = self.mean_spectrum + torch.einsum("hp,pbl->hbl", codes, self.spectrum_basis)
        return spectra, self.mean_attack + codes @ self.attack_basis

    def draw(self, voice: torch.Generator, takes: list[torch.Generator], loose: float) -> Tensor:
        """(H, P) codes of hits by one voice: near one remembered take, each a part ``loose`` of the way to another."""
        m = self.codes.shape[0]
        own = self.codes[int(torch.randint(m, (1,), generator=voice))]
        others = torch.stack([self.codes[int(torch.randint(m, (1,), generator=g))] for g in takes])
        return own + loose * (others - own)


class TextureShape(nn.Module):
    """Spectrum of a texture of unit level, and how it moves: stretches of code sequences of its takes.

    Args:
        n_bands: B.
        n_components: P.
        n_stretches: S, stretches remembered.
        n_columns: C, columns of each.
    """

    mean_spectrum: Tensor
    basis: Tensor
    codes: Tensor
    level: Tensor

    def __init__(self, n_bands: int, n_components: int, n_stretches: int, n_columns: int) -> None:
        super().__init__()
        self.register_buffer("mean_spectrum", torch.full((n_bands,), torch.nan))
        self.register_buffer("basis", torch.zeros(n_components, n_bands))
        self.register_buffer("codes", torch.zeros(n_stretches, n_columns, n_components))
        self.register_buffer("level", torch.tensor(torch.nan))

    @property
    def n_stretch_columns(self) -> int:
        """C."""
        return int(self.codes.shape[1])

    @property
    def fitted(self) -> bool:
        """Whether the average is known."""
        return bool(self.mean_spectrum.isfinite().all())

    def set_mean(self, magnitudes: Tensor, level: float) -> None:
        """Take over (B,) mean magnitudes, and the root mean square at strength 1."""
        self.mean_spectrum.copy_(torch.log(magnitudes + FLOOR))
        self.level.fill_(level)

    def set_codes(self, residuals: Tensor) -> None:
        """Find directions and code sequences of (S', B, C) log residuals of stretches of takes."""
        columns = rearrange(residuals, "s b c -> (s c) b")
        basis, codes = principal(columns, self.basis.shape[0])
        self.basis.copy_(basis)
        stretches = rearrange(codes, "(s c) p -> s c p", c=residuals.shape[-1])
        self.codes.copy_(_chosen(stretches, self.codes.shape[0]))

    def draw(self, n_columns: int, generator: torch.Generator) -> Tensor:
        """(n_columns, P) codes: the colour of one stretch, moving as stretches drawn one after another do.

        Neighbours overlap by a quarter with weights of equal power, so that the movement stays as lively there.
        """
        s, c, p = self.codes.shape
        colour = self.codes.mean(dim=1)[int(torch.randint(s, (1,), generator=generator))]
        moves = self.codes - self.codes.mean(dim=1, keepdim=True)
        overlap = c // 4
        step = c - overlap
        total = torch.zeros(n_columns + 2 * c, p)
        weight = torch.ones(c)
        weight[:overlap] = torch.sin(torch.linspace(0, torch.pi / 2, overlap))
        weight[c - overlap :] = torch.cos(torch.linspace(0, torch.pi / 2, overlap))
        first = int(torch.randint(step, (1,), generator=generator)) + overlap
        for start in range(0, n_columns + first, step):
            k = int(torch.randint(s, (1,), generator=generator))
            room = min(c, len(total) - start)
            total[start : start + room] += (moves[k] * weight[:, None])[:room]
        return colour + total[first : first + n_columns]

    def decode(self, codes: Tensor) -> Tensor:
        """(T, P) codes to (B, T) log magnitudes."""
        return self.mean_spectrum[:, None] + rearrange(codes @ self.basis, "t b -> b t")


def principal(rows: Tensor, n_components: int) -> tuple[Tensor, Tensor]:
    """Directions (P, V) of unit length and codes (H, P) of (H, V) rows; spare directions are zero."""
    u, s, vh = torch.linalg.svd(rows.double(), full_matrices=False)
    k = min(n_components, len(s))
    basis, codes = torch.zeros(n_components, rows.shape[1]), torch.zeros(rows.shape[0], n_components)
    basis[:k], codes[:, :k] = vh[:k].float(), (u[:, :k] * s[:k]).float()
    return basis, codes


def _chosen(items: Tensor, n: int) -> Tensor:
    """``n`` of the items, spread evenly over all of them, or all of them over and over."""
    if len(items) <= n:
        return repeat(items, "h ... -> (r h) ...", r=-(-n // len(items)))[:n]
    return items[torch.linspace(0, len(items) - 1, n).round().long()]


def need_fitted(label: str, shape: HitShape | TextureShape) -> None:
    """Raise CheckpointError if the class has no average yet."""
    if not shape.fitted:
        raise CheckpointError(
            f"class mean of {label}", "was never fitted", "call fit_class_means with clips of the class"
        )
