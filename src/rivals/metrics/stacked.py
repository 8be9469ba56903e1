"""Mode coverage of stacked digits: a classifier names each channel, and the three names together are a mode."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rivals.errors import RivalsError


def stacked_modes(pictures: Tensor, named: Callable[[Tensor], Tensor], classes: int = 10) -> Tensor:
    """The mode of each picture, Σ_i label_i · classes^(C-1-i), label_i what its i-th channel is named.

    Args:
        pictures: (N, C, H, W), each channel a picture of its own.
        named: grey pictures (M, 1, H, W) -> labels (M,), integers in [0, classes).
        classes: how many labels there are.

    Returns:
        int64 (N,), in [0, classes^C).

    Raises:
        RivalsError: for what is no batch of pictures.
    """
    if pictures.ndim != 4:
        raise RivalsError(f"stacked digits are pictures (N, channels, height, width), not {tuple(pictures.shape)}")
    n, channels = pictures.shape[:2]
    labels = named(pictures.reshape(n * channels, 1, *pictures.shape[2:])).view(n, channels)
    return (labels * classes ** torch.arange(channels - 1, -1, -1)).sum(1)


def mode_coverage(modes: Tensor, shares: Tensor) -> tuple[float, float]:
    """How many modes are there, and KL(q ‖ p) = Σ q log(q / p) in nats, q their shares and p those of the data.

    Samples of p itself score about (K - 1) / 2N, and K (1 - (1 - 1/K)^N) modes: with 26,000 samples of 1,000 equal
    modes .019 and all, with 2,500 already .2 and 918. Metz et al. 2016, arXiv:1611.02163; Srivastava et al. 2017,
    arXiv:1705.07761; Lin et al. 2017, arXiv:1712.04086.

    Args:
        modes: (N,), integers in [0, K).
        shares: p, (K,), above 0.

    Returns:
        Modes with at least one sample, and the divergence.

    Raises:
        RivalsError: for no samples, or modes that p does not have.
    """
    if not len(modes) or not 0 <= int(modes.min()) <= int(modes.max()) < len(shares) or bool((shares <= 0).any()):
        raise RivalsError(f"mode coverage takes samples of {len(shares)} modes, each with a share above 0")
    counts = torch.bincount(modes, minlength=len(shares)).double()
    q, p = counts / counts.sum(), shares.double() / shares.double().sum()
    divergence = torch.special.xlogy(q, q / p).sum().item()
    return float((counts > 0).sum()), max(0.0, divergence)
