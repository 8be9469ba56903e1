"""Precision, recall, density and coverage: which samples lie among the neighbours of the other set's."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, alike, blocks, squared, squares

LARGE = 2**30
"""Multiplications from which on products may be float32."""

CLOSE, FEW = 1e-3, 1e-3
"""Float32 has digits enough where at most the share FEW of squared distances is below CLOSE of the squared lengths."""


class PRDC(NamedTuple):
    """Shares of samples; density may be above 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: Rows, fake: Rows, k: int = 5, block: int = 512, dtype: torch.dtype | None = None) -> PRDC:
    """Precision, recall, density and coverage in one pass.

    With B(x_i) the ball around a sample that reaches to its k-th nearest neighbour within its own set: precision is the
    share of fakes in any real ball, recall the share of reals in any fake ball (Kynkäänniemi et al. 2019,
    arXiv:1904.06991, eqs. 1 and 2); density the number of real balls that a fake lies in, over k, in the mean, and
    coverage the share of real balls with a fake in them (Naeem et al. 2020, arXiv:2002.09797, eqs. 3 and 4). A sample
    on the edge of a ball, up to rounding, is inside.

    Args:
        real: (N, D), N > k.
        fake: (M, D), M > k.
        k: which neighbour, at least 1.
        block: rows of the distance matrix that exist at once; it bounds the memory.
        dtype: of the products, float32 or float64. By default float64, but float32 for large sets of float32 features
            whose neighbours are not so close that rounding would tell.

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    if k < 1:
        raise RivalsError(f"precision and recall need a neighbour k of at least 1, not {k}")
    if dtype not in (None, torch.float32, torch.float64):
        raise RivalsError(f"precision and recall are computed in torch.float32 or torch.float64, not {dtype}")
    real, fake = alike(real, fake, f"precision and recall with k = {k}", least=k + 1, exact=False)
    large = real.dtype == torch.float32 and max(len(real), len(fake)) ** 2 * real.shape[1] >= LARGE
    if dtype is None and large:
        found = _measured(real, fake, k, block, torch.float32, strict=True)
        if found is not None:
            return found
    found = _measured(real, fake, k, block, dtype or torch.float64)
    assert found is not None
    return found


def precision_recall(real: Rows, fake: Rows, k: int = 3, block: int = 512) -> tuple[float, float]:
    """Precision and recall of `prdc`, with the k of Kynkäänniemi et al. 2019, arXiv:1904.06991.

    Args:
        real: (N, D), N > k.
        fake: (M, D), M > k.
        k: which neighbour, at least 1.
        block: rows of the distance matrix that exist at once.

    Returns:
        Both in [0, 1].

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    return prdc(real, fake, k, block)[:2]


def density_coverage(real: Rows, fake: Rows, k: int = 5, block: int = 512) -> tuple[float, float]:
    """Density and coverage of `prdc`, with the k of Naeem et al. 2020, arXiv:2002.09797.

    Args:
        real: (N, D), N > k.
        fake: (M, D), M > k.
        k: which neighbour, at least 1.
        block: rows of the distance matrix that exist at once.

    Returns:
        Density, at least 0, and coverage in [0, 1].

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    return prdc(real, fake, k, block)[2:]


def _measured(real: Tensor, fake: Tensor, k: int, block: int, dtype: torch.dtype, strict: bool = False) -> PRDC | None:
    """The four, or None where `strict` and the dtype has too few digits."""
    centre = torch.stack([real[part].sum(0, dtype=torch.float64) for part in blocks(len(real), block)]).sum(0) / len(
        real
    )
    real, fake = (z.to(dtype) - centre.to(dtype) for z in (real, fake))
    lengths, fake_lengths = squares(real), squares(fake)
    radii, fake_radii = _radii(real, lengths, k, block), _radii(fake, fake_lengths, k, block)
    if strict and max(_share(radii < CLOSE * lengths), _share(fake_radii < CLOSE * fake_lengths)) > FEW:
        return None
    if dtype == torch.float64:  # in float32 so wide an edge would be felt in many dimensions
        tolerance = 1e-13 * max(lengths.max().item(), fake_lengths.max().item())
        radii, fake_radii = radii + tolerance, fake_radii + tolerance
    precise = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
    copies = recalled = within = covered = 0
    for part in blocks(len(real), block):
        distance = squared(real[part], fake, lengths[part], fake_lengths)
        inside = distance <= radii[part, None]
        precise |= inside.any(0)
        within += int(inside.sum())
        covered += int(inside.any(1).sum())
        recalled += int((distance <= fake_radii).any(1).sum())
        if strict:
            copies += int((distance.amin(1) < CLOSE * lengths[part]).sum())
    if copies > FEW * len(real):
        return None
    return PRDC(_share(precise), recalled / len(real), within / (k * len(fake)), covered / len(real))


def _radii(x: Tensor, lengths: Tensor, k: int, block: int) -> Tensor:
    """Squared distance of each sample to its k-th nearest neighbour, itself left out."""
    best = x.new_full((len(x), k), torch.inf)
    for part in blocks(len(x), block):
        rest = slice(part.start, len(x))  # what lies before has been seen from the other end
        distance = squared(x[part], x[rest], lengths[part], lengths[rest])
        distance.diagonal().fill_(torch.inf)
        best[part] = _smallest(torch.cat([best[part], distance], 1), k)
        later = slice(part.stop, len(x))
        best[later] = _smallest(torch.cat([best[later], distance[:, part.stop - part.start :].T], 1), k)
    return best[:, -1]


def _smallest(x: Tensor, k: int) -> Tensor:
    return x.topk(k, dim=1, largest=False).values


def _share(x: Tensor) -> float:
    return x.double().mean().item()
