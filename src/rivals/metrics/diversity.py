"""How unlike the samples of one class or condition are."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Labels, Rows, blocks, grouped, rows


def ms_ssim_diversity(images: Tensor, labels: Labels | None = None, pairs: int = 100, seed: int = 0) -> float:
    """Mean MS-SSIM over random pairs of one class, averaged over classes: lower is more diverse.

    Odena et al. 2017, arXiv:1610.09585, section 4.2, with its 100 pairs a class; real data give the figure to hold it
    against.

    Args:
        images: (N, C, H, W) in [-1, 1], or uint8.
        labels: (N,), 2 samples or more a class; without them all are one class.
        pairs: of different samples, drawn in each class.
        seed: of the draw.

    Returns:
        At most 1.

    Raises:
        RivalsError: for a class with one sample, another shape, or values outside of [-1, 1].
    """
    from rivals.metrics.pairs import ms_ssim

    what = "an MS-SSIM diversity"
    if images.dim() != 4:
        raise RivalsError(f"{what} takes pictures (N, C, H, W), not {tuple(images.shape)}")
    if pairs < 1:
        raise RivalsError(f"{what} needs at least 1 pair a class, not {pairs}")
    generator, found = np.random.default_rng(seed), []
    for members in _groups(torch.arange(len(images)), labels, what):
        first = generator.integers(len(members), size=pairs)
        second = (first + generator.integers(1, len(members), size=pairs)) % len(members)  # another one, all alike
        a, b = (images[members[torch.from_numpy(z)].to(images.device)] for z in (first, second))
        found.append(float(torch.as_tensor(ms_ssim(a, b)).double().mean()))
    return float(np.mean(found))


def perceptual_diversity(features: Rows, labels: Labels | None = None, block: int = 512) -> float:
    """Mean Euclidean distance over all pairs of one condition, averaged over conditions: higher is more diverse.

    What LPIPS diversity is for image translation (Zhu et al. 2017, arXiv:1711.11586), in the features of any judge.

    Args:
        features: (N, D).
        labels: (N,), the condition each sample was made from, 2 samples or more each; without them all are one.
        block: rows of the distance matrix that exist at once.

    Raises:
        RivalsError: for a condition with one sample, another shape, or numbers that are not finite.
    """
    what = "a perceptual diversity"
    x, found = rows(features, what, least=2), []
    for members in _groups(torch.arange(len(x)), labels, what):
        z = x[members.to(x.device)]
        total = sum(float(torch.cdist(z[part], z, compute_mode="donot_use_mm_for_euclid_dist").sum())
                    for part in blocks(len(z), block))  # fmt: skip
        found.append(total / (len(z) * (len(z) - 1)))
    return float(np.mean(found))


def _groups(indices: Tensor, labels: Labels | None, what: str) -> list[Tensor]:
    """The indices of each class."""
    classes = grouped(indices, labels, what) if labels is not None else {0: indices}
    for label, members in classes.items():
        if len(members) < 2:
            raise RivalsError(f"{what} compares samples of one class, and class {label} has {len(members)}")
    return list(classes.values())
