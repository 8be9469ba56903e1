"""Kernel distance (KID): the maximum mean discrepancy of feature vectors under a cubic kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, alike, blocks


class KernelResult(NamedTuple):
    """Mean and standard deviation over subsets."""

    mean: float
    std: float


def kernel_distance(x: Rows, y: Rows, subsets: int = 100, size: int = 1000, seed: int = 2020) -> KernelResult:
    """Unbiased squared maximum mean discrepancy with k(a, b) = (aᵀb / D + 1)³, averaged over random subsets.

    MMD² = Σ_{i≠j} (k(x_i, x_j) + k(y_i, y_j)) / (m (m - 1)) - 2 Σ_{ij} k(x_i, y_j) / m², Bińkowski et al. 2018,
    arXiv:1801.01401, section 4. Being unbiased it may be below 0. Products keep the dtype of the features (float32 or
    float64); sums over rows are float64. The subsets are those of torch-fidelity for the same seed.

    Args:
        x: (N, D), N ≥ size.
        y: (M, D), M ≥ size.
        subsets: how many, at least 1.
        size: samples of each side in a subset, m ≥ 2.
        seed: of the subsets.

    Returns:
        Mean and (population) standard deviation over subsets.

    Raises:
        RivalsError: for fewer samples than a subset has, another shape, or numbers that are not finite.
    """
    if size < 2 or subsets < 1:
        raise RivalsError(f"a kernel distance needs 1 subset of 2 samples or more, not {subsets} of {size}")
    a, b = alike(x, y, "a kernel distance", exact=False)
    if min(len(a), len(b)) < size:
        few = min(len(a), len(b))
        raise RivalsError(f"a kernel distance draws subsets of {size} samples, and there are {few}: pass size={few}")
    draw = np.random.RandomState(seed)  # its stream is frozen, and other libraries' figures use it
    both, products = a.new_empty(2 * size, a.shape[1]), a.new_empty(2 * size, 2 * size)
    found = []
    for _ in range(subsets):
        for z, rows in ((a, both[:size]), (b, both[size:])):
            chosen = draw.choice(len(z), size, replace=False)
            if z.device.type == "cpu":  # torch's threads would wait for those of numpy's product
                np.take(z.numpy(), chosen, 0, out=rows.numpy(), mode="clip")
            else:
                torch.index_select(z, 0, torch.from_numpy(chosen).to(z.device), out=rows)
        found.append(_squared_discrepancy(both, products))
    return KernelResult(float(np.mean(found)), float(np.std(found)))


def _squared_discrepancy(both: Tensor, products: Tensor, block: int = 64) -> float:
    """The unbiased MMD² of the first half of (2m, D) against the second; `products` (2m, 2m) is room to work in."""
    m, dim = len(both) // 2, both.shape[1]
    x: Any = both
    k: Any = products
    if both.device.type == "cpu":
        # numpy sees that the product is symmetric and computes half of it
        x, k = both.numpy(), products.numpy()
        np.matmul(x, x.T, out=k)
    else:
        torch.matmul(x, x.T, out=k)

    def total(inner: Any) -> float:
        """Sum of the kernel over inner products, in pieces that stay in the processor's cache."""
        found = 0.0
        for part in blocks(len(inner), block):
            base = inner[part] * (1 / dim)
            base += 1
            cubed = base * base
            cubed *= base
            found += float(torch.as_tensor(cubed.sum(-1)).double().sum())
        return found

    first, second = slice(m), slice(m, None)
    selves = total(k.diagonal()[:, None])  # k(x_i, x_i), which would bias the mean
    within = total(k[first, first]) + total(k[second, second]) - selves
    return within / (m * (m - 1)) - 2 * total(k[first, second]) / m**2
