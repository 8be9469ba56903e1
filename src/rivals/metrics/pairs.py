"""Distances between the two pictures of a pair, and their means over many pairs.

Pictures are (N, C, H, W) in [-1, 1], or uint8, and every function gives one value a pair, float64 (N,).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.data.sources import decoded
from rivals.errors import RivalsError
from rivals.metrics.mean import Mean

RANGE = 2.0
"""Between the darkest and the brightest value of a picture in [-1, 1]."""

WINDOW, SIGMA, K1, K2 = 11, 1.5, 0.01, 0.03
"""Of SSIM, Wang et al. 2004."""

SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of MS-SSIM, finest scale first, Wang et al. 2003."""

BLOCK = 1 << 20
"""Numbers of a picture batch that are worked on at once."""


class Judge(Protocol):
    """Anything that turns pictures into features."""

    def features(self, images: Tensor, /) -> Tensor:
        """(N, C, H, W) -> (N, D), or maps (N, D, h, w)."""


def l1(x: Tensor, y: Tensor) -> Tensor:
    """Mean absolute error of each pair.

    Args:
        x: (N, ...) of any shape; uint8 and uint16 are taken as pictures and put into [-1, 1].
        y: the same shape.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for other shapes, no pairs, or numbers that are not finite.
    """
    x, y = _finite(x, y, "the mean absolute error")
    return (x.double() - y.double()).abs().flatten(1).mean(1)


def psnr(x: Tensor, y: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each pair, in decibels.

    10 log₁₀(R² / MSE) with R = 2, the width of [-1, 1]; infinite for equal pictures.

    Args:
        x: (N, C, H, W) in [-1, 1], or uint8.
        y: the same shape.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for other shapes, no pairs, or values that are not finite or not in [-1, 1].
    """
    x, y = _pictures(x, y, "PSNR")
    return 10 * torch.log10(RANGE**2 / (x.double() - y.double()).square().flatten(1).mean(1))


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of each pair; 1 for equal pictures.

    The mean over channels and windows of
    (2 μ_x μ_y + c₁)(2 σ_xy + c₂) / ((μ_x² + μ_y² + c₁)(σ_x² + σ_y² + c₂)), c_i = (K_i R)², in Gaussian windows of 11×11
    with σ = 1.5 that lie wholly inside the picture. Wang et al. 2004, "Image quality assessment: from error visibility
    to structural similarity".

    Deviation: 1. pictures with a side below 11 use the largest odd window that fits.

    Args:
        x: (N, C, H, W) in [-1, 1], or uint8.
        y: the same shape.

    Returns:
        float64 (N,) in [-1, 1].

    Raises:
        RivalsError: for other shapes, no pairs, or values that are not finite or not in [-1, 1].
    """
    return _blockwise(lambda a, b: _similarity(a, b)[0], *_pictures(x, y, "SSIM"))


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of each pair over several scales; 1 for equal pictures.

    l_M^α_M Π_j cs_j^α_j, the contrast and structure terms cs at M = 5 scales, each half the size of the one before by
    averaging 2×2 pixels, and the luminance term l at the coarsest. Wang, Simoncelli and Bovik 2003, "Multiscale
    structural similarity for image quality assessment".

    Deviations: 1. pictures whose smaller side is below 176 have the scales at which the window of 11 still fits, at
    least one, with the exponents divided by their sum; below 22 pixels it is `ssim`. 2. Terms are averaged over
    channels before the exponents, and negative ones count as 0, which keeps the powers real.

    Args:
        x: (N, C, H, W) in [-1, 1], or uint8.
        y: the same shape.

    Returns:
        float64 (N,) in [0, 1]; in [-1, 1] where there is only one scale.

    Raises:
        RivalsError: for other shapes, no pairs, or values that are not finite or not in [-1, 1].
    """
    return _blockwise(_multiscale, *_pictures(x, y, "MS-SSIM"))


def feature_distance(x: Tensor, y: Tensor, judge: Judge) -> Tensor:
    """Squared distance of each pair in a judge's features, each scaled to length 1.

    ‖f(x)/‖f(x)‖ - f(y)/‖f(y)‖‖², in [0, 4]; feature maps are scaled at each place and averaged over places. It is the
    distance of LPIPS (Zhang et al. 2018, arXiv:1801.03924, eq. 1) with one layer and no learnt weights.

    Args:
        x: (N, C, H, W) in [-1, 1], or uint8.
        y: the same shape.
        judge: has `features`; its own resizing and rounding apply.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for other shapes, no pairs, or values that are not finite or not in [-1, 1].
    """
    x, y = _pictures(x, y, "a feature distance")
    a, b = (F.normalize(judge.features(z).double(), dim=1) for z in (x, y))
    return (a - b).square().sum(1).flatten(1).mean(1) if a.dim() > 2 else (a - b).square().sum(1)


class L1(Mean):
    """Mean of `l1` over all pairs."""

    def __init__(self) -> None:
        super().__init__(l1)


class PSNR(Mean):
    """Mean of `psnr` over all pairs; infinite as soon as the two pictures of one pair are equal."""

    def __init__(self) -> None:
        super().__init__(psnr)


class SSIM(Mean):
    """Mean of `ssim` over all pairs."""

    def __init__(self) -> None:
        super().__init__(ssim)


class MSSSIM(Mean):
    """Mean of `ms_ssim` over all pairs."""

    def __init__(self) -> None:
        super().__init__(ms_ssim)


class FeatureDistance(Mean):
    """Mean of `feature_distance` over all pairs.

    Args:
        judge: has `features`.
    """

    def __init__(self, judge: Judge) -> None:
        super().__init__(lambda x, y: feature_distance(x, y, judge))


def _multiscale(x: Tensor, y: Tensor) -> Tensor:
    side = min(x.shape[2:])
    count = max(1, min(len(SCALES), int(math.log2(max(1.0, side / WINDOW))) + 1))
    if count == 1:
        return _similarity(x, y)[0]
    weights = torch.tensor(SCALES[:count], dtype=x.dtype, device=x.device)
    terms = []
    for scale in range(count):
        whole, structure = _similarity(x, y)
        terms.append(whole if scale == count - 1 else structure)
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return (torch.stack(terms, 1).clamp_min(0) ** (weights / weights.sum())).prod(1)


def _similarity(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """SSIM (N,), and the same without its luminance term (N,)."""
    size = min(WINDOW, *((side - 1) // 2 * 2 + 1 for side in x.shape[2:]))
    place = torch.arange(size, dtype=x.dtype, device=x.device) - size // 2
    line = torch.exp(-(place**2) / (2 * SIGMA**2))
    line = line / line.sum()
    maps = torch.stack([x, y, x * x, y * y, x * y]).flatten(0, 2)[:, None]
    maps = F.conv2d(F.conv2d(maps, line[None, None, :, None]), line[None, None, None, :])
    mx, my, xx, yy, xy = maps.unflatten(0, (5, len(x), -1)).flatten(2)
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    structure = (2 * (xy - mx * my) + c2) / (xx - mx * mx + yy - my * my + c2)
    luminance = (2 * mx * my + c1) / (mx * mx + my * my + c1)
    return (luminance * structure).mean(1), structure.mean(1)


def _blockwise(measure: Callable[[Tensor, Tensor], Tensor], x: Tensor, y: Tensor) -> Tensor:
    """In float64, a few pairs at a time."""
    rows = max(1, BLOCK // max(1, x[0].numel()))
    parts = zip(x.split(rows), y.split(rows), strict=True)
    return torch.cat([measure(a.double(), b.double()) for a, b in parts])


def _pictures(x: Tensor, y: Tensor, what: str) -> tuple[Tensor, Tensor]:
    if x.dim() != 4:
        raise RivalsError(f"{what} compares pictures (N, C, H, W), not {tuple(x.shape)}")
    x, y = _finite(x, y, what)
    low, high = min(float(x.min()), float(y.min())), max(float(x.max()), float(y.max()))
    if low < -1 - 1e-5 or high > 1 + 1e-5:
        raise RivalsError(
            f"{what} needs pictures in [-1, 1] or uint8, and these reach from {low:g} to {high:g}: scale or clip them"
        )
    return x, y


def _finite(x: Tensor, y: Tensor, what: str) -> tuple[Tensor, Tensor]:
    x, y = (decoded(z) for z in matched(x, y, what))
    for z in (x, y):
        bad = int((~z.isfinite()).flatten(1).any(1).sum())
        if bad:
            raise RivalsError(f"{what} needs finite numbers: {bad} of {len(z)} samples hold NaN or infinity")
    return x, y


def matched(x: Tensor, y: Tensor, what: str) -> tuple[Tensor, Tensor]:
    """Both without gradients and on one device, or the sentence that says why they are no pairs."""
    if x.shape != y.shape or x.dim() < 2 or not x.numel():
        raise RivalsError(
            f"{what} compares two (N, ...) of one shape, N ≥ 1, not {tuple(x.shape)} with {tuple(y.shape)}"
        )
    return x.detach(), y.detach().to(x.device)
