"""Sets of feature vectors: what they must be, and distances between them block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError

Rows = Tensor | np.ndarray
"""Feature vectors (N, D)."""

Labels = Tensor | np.ndarray
"""Whole numbers (N,), one a row."""


def rows(x: Rows, what: str, least: int = 1, exact: bool = True) -> Tensor:
    """Feature vectors as a tensor without gradient.

    Args:
        x: (N, D), real numbers of any kind.
        what: the metric, for messages.
        least: the fewest rows it can do with.
        exact: float64 always; otherwise numbers of up to 32 bit are float32.

    Raises:
        RivalsError: for another shape, too few rows, or numbers that are complex, NaN or infinite.
    """
    z = as_tensor(x)
    if z.dim() != 2 or not z.shape[1]:
        raise RivalsError(f"{what} takes feature vectors (N, D), not {tuple(z.shape)}")
    if z.is_complex():
        raise RivalsError(f"{what} takes real numbers, not {z.dtype}")
    if len(z) < least:
        raise RivalsError(f"{what} needs at least {least} samples on each side, and here are {len(z)}")
    # a sum is NaN or infinite wherever a number is, and much faster to look at than all numbers
    bad = 0 if z.sum().isfinite() else int((~z.isfinite()).any(1).sum())
    if bad:
        raise RivalsError(f"{what} needs finite numbers: {bad} of {len(z)} samples hold NaN or infinity")
    small = z.is_floating_point() and z.dtype != torch.float64
    return z.detach().to(torch.float32 if small and not exact else torch.float64)


def alike(x: Rows, y: Rows, what: str, least: int = 1, exact: bool = True) -> tuple[Tensor, Tensor]:
    """Two sets of vectors of one length and one dtype, as `rows`; the second on the first one's device."""
    a, b = rows(x, what, least, exact), rows(y, what, least, exact)
    if a.shape[1] != b.shape[1]:
        raise RivalsError(f"{what} compares (N, D) with (M, D), not {tuple(a.shape)} with {tuple(b.shape)}")
    dtype = torch.promote_types(a.dtype, b.dtype)
    return a.to(dtype), b.to(a.device, dtype)


def grouped(x: Tensor, labels: Labels, what: str) -> dict[int, Tensor]:
    """Label -> its rows, labels in order.

    Raises:
        RivalsError: for labels that are not one whole number a row.
    """
    named = as_tensor(labels).to(x.device)
    if named.shape != x.shape[:1] or named.is_complex() or (named.is_floating_point() and bool((named % 1 != 0).any())):
        raise RivalsError(f"{what} needs one whole number a sample as its label, ({len(x)},), not {tuple(named.shape)}")
    return {int(label): x[named == label] for label in named.unique()}


def squares(x: Tensor) -> Tensor:
    """Squared lengths, (N, D) -> (N,)."""
    lengths: Tensor = torch.linalg.vector_norm(x, dim=1)
    return lengths.square_()


def squared(x: Tensor, y: Tensor, x_squares: Tensor | None = None, y_squares: Tensor | None = None) -> Tensor:
    """Squared distances, (N, D) and (M, D) -> (N, M), by one product: centre the rows first, or digits are lost.

    Args:
        x: (N, D).
        y: (M, D).
        x_squares: `squares` of x, where they are known.
        y_squares: those of y.
    """
    a = squares(x) if x_squares is None else x_squares
    b = squares(y) if y_squares is None else y_squares
    return torch.addmm(b, x, y.T, alpha=-2).add_(a[:, None]).clamp_min_(0)


def blocks(n: int, block: int) -> Iterator[slice]:
    """Slices of at most `block` rows that make up n.

    Raises:
        RivalsError: for a block without rows.
    """
    if block < 1:
        raise RivalsError(f"a block has at least 1 row, not {block}")
    return (slice(start, min(n, start + block)) for start in range(0, n, block))


def as_tensor(x: Any) -> Tensor:
    """A tensor of a tensor, an array or a list."""
    if isinstance(x, Tensor):
        return x
    return torch.from_numpy(np.require(x, requirements=["C", "W"]))  # torch warns of arrays it must not write to
