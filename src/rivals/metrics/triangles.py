"""Precision and recall against a manifold that is known: pictures of triangles. Lucic et al. 2018, arXiv:1711.10337.

Precision is the share of samples that are within δ of a picture of a triangle, recall the share of held-out triangles
that are within δ of what the generator makes of some latent. Distances are Euclidean, over pixels in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from rivals.data.made.triangles import Triangles, area
from rivals.errors import RivalsError

DELTA, STRICT = 1.5, 0.75
"""δ for pictures of 16×16, and half of it: a triangle's outline there has some 30 pixels, and .27 of grey wrong at each
makes 1.5."""

LIBRARY, BLOCK = 20_000, 100
"""Triangles among which searches begin; pictures that are worked on at a time."""


@torch.no_grad()
def distance_to_triangles(pictures: Tensor, truth: Triangles, *, starts: int = 3, rounds: int = 12) -> Tensor:
    """From each picture to the nearest triangle's: min over v of ‖x - render(v)‖₂.

    v are the triangles inside the picture that are not smaller than those of the data: else black were one of them.

    Each search begins at the nearest of a library of fixed triangles and goes on by Levenberg-Marquardt on the six
    coordinates, with the Jacobian by differences. What is found is a bound from above; from several starts it is the
    minimum but for rare pictures that are far from every triangle.

    Args:
        pictures: (N, H, W) in [0, 1].
        truth: the manifold.
        starts: searches for each picture.
        rounds: steps of each.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for pictures of another size, or numbers that are not finite.
    """
    if pictures.ndim != 3 or tuple(pictures.shape[1:]) != (truth.size, truth.size):
        raise RivalsError(f"these triangles are {truth.size}×{truth.size}, not {tuple(pictures.shape)}")
    if not pictures.isfinite().all():
        raise RivalsError("the distance to triangles needs finite pictures, and some are NaN or infinite")
    vertices, drawn = _library(truth)
    found = []
    for part in pictures.double().split(BLOCK):
        x = part.flatten(1)
        near = torch.cdist(x.float(), drawn).topk(starts, largest=False).indices
        best = _fitted(vertices[near].flatten(0, 1), x.repeat_interleave(starts, 0), truth, rounds)
        found.append(best.view(-1, starts).min(1).values)
    return torch.cat(found) if found else pictures.new_zeros(0, dtype=torch.float64)


@torch.enable_grad()  # a game that presents itself has turned gradients off
def distance_to_generator(
    pictures: Tensor,
    generate: Callable[[Tensor], Tensor],
    latents: Tensor,
    *,
    starts: int = 2,
    rounds: int = 100,
    rate: float = 0.1,
) -> Tensor:
    """From each picture to the nearest that a generator makes: min over z of ‖x - G(z)‖₂, by gradient descent.

    A search begins at the nearest of what the generator makes of some latents and goes on by Adam, its rate falling in
    a straight line. z stays in the box and the ball that hold those latents, so that it is one that the prior gives.

    Args:
        pictures: (N, ...).
        generate: z (M, L) -> (M, ...), each sample by its own latent alone.
        latents: of the prior, (P, L), P ≥ starts.
        starts: searches for each picture.
        rounds: steps of each, 0 for the nearest latent as it is.
        rate: Adam's at the first step.

    Returns:
        float64 (N,); a bound from above.
    """
    low, high, longest = latents.min(0).values, latents.max(0).values, latents.norm(dim=1).max()
    with torch.no_grad():
        made = torch.cat([generate(part).flatten(1) for part in latents.split(10 * BLOCK)])
    found = []
    for part in pictures.flatten(1).split(BLOCK):
        near = torch.cdist(part, made).topk(starts, largest=False).indices.flatten()
        x, z = part.repeat_interleave(starts, 0), latents[near].clone().requires_grad_()
        optimizer = torch.optim.Adam([z], rate)
        best = (made[near] - x).double().square().sum(1)
        for i in range(rounds):
            loss = (generate(z).flatten(1) - x).square().sum(1)
            best = torch.minimum(best, loss.detach().double())
            (z.grad,) = torch.autograd.grad(loss.sum(), z)
            optimizer.param_groups[0]["lr"] = rate * (1 - i / rounds)
            optimizer.step()
            with torch.no_grad():
                z.copy_(z.clamp(low, high))
                z.mul_((longest / z.norm(dim=1, keepdim=True)).clamp(max=1.0))
        with torch.no_grad():
            best = torch.minimum(best, (generate(z).flatten(1) - x).double().square().sum(1))
        found.append(best.sqrt().view(-1, starts).min(1).values)
    return torch.cat(found)


def f1(precision: float, recall: float) -> float:
    """Their harmonic mean; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@lru_cache(maxsize=2)
def _library(truth: Triangles) -> tuple[Tensor, Tensor]:
    """Fixed triangles: vertices (K, 3, 2) in float64, and pictures (K, P)."""
    drawn, vertices = truth.make(LIBRARY, torch.Generator().manual_seed(0))
    return vertices.double(), drawn.flatten(1).float() / 255


def _fitted(vertices: Tensor, x: Tensor, truth: Triangles, rounds: int) -> Tensor:
    """The least distances (M,) that searches from vertices (M, 3, 2) to pictures (M, P) come to."""
    step, damping = 1e-4, x.new_full((len(x),), 1e-2)
    moves = step * torch.eye(6, dtype=x.dtype).view(6, 1, 3, 2)
    error = truth.render(vertices).flatten(1) - x
    for _ in range(rounds):
        moved = truth.render((vertices + moves).flatten(0, 1)).view(6, *x.shape)
        jacobian = ((moved - error - x) / step).permute(1, 2, 0)
        square = jacobian.mT @ jacobian
        square = square + torch.diag_embed(damping[:, None] * (square.diagonal(dim1=1, dim2=2) + 1e-6))
        change = torch.linalg.solve(square, jacobian.mT @ error[:, :, None]).view(-1, 3, 2)
        tried = _inside(vertices - change, truth)
        there = truth.render(tried).flatten(1) - x
        better = (there.square().sum(1) < error.square().sum(1)) & (area(tried).abs() >= truth.smallest * (1 - 1e-9))
        vertices = torch.where(better[:, None, None], tried, vertices)
        error = torch.where(better[:, None], there, error)
        damping = torch.where(better, damping / 4, damping * 6).clamp(1e-9, 1e6)
    return error.square().sum(1).sqrt()


def _inside(vertices: Tensor, truth: Triangles) -> Tensor:
    """Vertices (M, 3, 2) moved into the picture, and apart where the triangle is too small."""
    vertices = vertices.clamp(0, 1)
    middle = vertices.mean(1, keepdim=True)
    factor = (truth.smallest / area(vertices).abs().clamp(min=1e-6)).sqrt().clamp(1.0, 10.0)
    return (middle + (vertices - middle) * factor[:, None, None]).clamp(0, 1)
