"""How smooth and how disentangled a latent space is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import Tensor
from torch.nn.functional import normalize

from rivals import noise
from rivals.errors import RivalsError, UsageError

BATCH = 64
"""Pairs of latents at once."""


def linear(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Points between latents on a straight line: (N, L), (N, L) and shares (N,) -> (N, L)."""
    return torch.lerp(a, b, t[:, None])


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Points between latents on an arc: directions turn evenly, and lengths change linearly.

    For latents of length 1 it is Shoemake's interpolation, and for others that of a generator that normalises them.

    Args:
        a: (N, L), L ≥ 2.
        b: (N, L).
        t: shares (N,), 0 at a and 1 at b.

    Returns:
        (N, L).

    Raises:
        UsageError: for latents of one number.
    """
    if a.shape[1] < 2:
        raise UsageError("latents of one number have no arc between them: interpolate linearly")
    t = t[:, None]
    from_a, to_b = normalize(a, dim=1), normalize(b, dim=1)
    cosine = (from_a * to_b).sum(1, keepdim=True).clamp(-1, 1)
    aside = normalize(to_b - cosine * from_a, dim=1)
    angle = t * torch.acos(cosine)
    length = torch.lerp(a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True), t)
    return length * (angle.cos() * from_a + angle.sin() * aside)


INTERPOLATIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"spherical": spherical, "linear": linear}
"""Spherical for latents before a mapping network, linear for what it makes of them."""


@torch.no_grad()
def perceptual_path_length(
    generate: Callable[[Tensor], Tensor],
    prior: Callable[[int], Tensor],
    distance: Callable[[Tensor, Tensor], Tensor],
    n: int = 10_000,
    *,
    interpolation: str = "spherical",
    epsilon: float = 1e-4,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> float:
    """How far pictures move for a small step between two latents.

    E d(G(z_t), G(z_{t+ε})) / ε², z_t between two latents of the prior, t uniform in [0, 1). Karras et al. 2019,
    arXiv:1812.04948, eq. 2 (spherical) and 3 (linear).

    The distance must be a squared one of what the generator gives, unrounded: LPIPS, or squared differences of the
    numbers or of smooth features. A judge that rounds pictures to 8 bit sees steps of ε as none or as far too large.
    The first batch is therefore also measured at 2ε, where d must be about four times as large. Compare values of one
    distance only.

    Deviations: 1. all pairs count, while the authors' code drops the smallest and largest 1 %. 2. The generator's own
    noise is the same at both ends.

    Args:
        generate: latents (N, L) -> samples (N, ...).
        prior: n -> latents (n, L); its draws are those of `rivals.noise` or torch's.
        distance: two batches of samples -> (N,).
        n: pairs, at least 1.
        interpolation: a name of `INTERPOLATIONS`.
        epsilon: ε, above 0 and below 1.
        seed: of the latents, of t and of the generator's noise.
        device: where latents are drawn.

    Returns:
        The mean; smaller is smoother.

    Raises:
        UsageError: for an unknown interpolation, no pairs, or an ε out of range.
        RivalsError: for a distance that does not fall with ε², or that is not finite.
    """
    if interpolation not in INTERPOLATIONS:
        raise UsageError(f"there is no interpolation '{interpolation}', only {' and '.join(INTERPOLATIONS)}")
    if n < 1 or not 0 < epsilon < 1:
        raise UsageError(f"a path length needs at least 1 pair and 0 < epsilon < 1, not {n} and {epsilon}")
    between, device = INTERPOLATIONS[interpolation], torch.device(device)

    def at(z: Tensor) -> Tensor:
        with noise.seeded(device, "path length", "generator", seed):
            return generate(z)

    total = 0.0
    for start in range(0, n, BATCH):
        count = min(BATCH, n - start)
        with noise.seeded(device, "path length", seed, start):
            a, b, t = prior(count), prior(count), noise.uniform(count).double()
        steps = [between(a.double(), b.double(), t + k * epsilon).to(a.dtype) for k in range(2 if start else 3)]
        here, *there = (at(z) for z in steps)
        moved = [distance(here, x).double().sum().item() for x in there]
        if not np.isfinite(moved).all():
            raise RivalsError("the distance between two samples is NaN or infinite")
        if not start:
            _squared(moved[0], moved[1], bool((here != there[0]).any()))
        total += moved[0]
    return total / n / epsilon**2


def linear_separability(latents: Tensor, labels: Tensor) -> float:
    """How well hyperplanes in latent space tell the attributes of samples apart.

    exp Σ_i H(Y_i | X_i), Y_i the i-th attribute and X_i the side on which a linear support vector machine trained on
    these latents puts them: 1 where each attribute has its hyperplane. Karras et al. 2019, arXiv:1812.04948, section
    4.2, where a classifier labels generated pictures and the half that it is least sure of is dropped first: the
    caller's part here.

    Deviations: 1. latents are standardised first, so that their scale does not matter. 2. Attributes of more than two
    classes are allowed, one against the rest.

    Args:
        latents: (N, L), N ≥ 2.
        labels: integers or booleans (N,), or (N, A) for A attributes.

    Returns:
        At least 1; smaller is more separable, the product of the attributes' class counts at most, about.

    Raises:
        RivalsError: for other shapes, labels that are no integers, or latents that are not finite.
    """
    if latents.dim() != 2 or len(latents) < 2 or labels.dim() not in (1, 2) or len(labels) != len(latents):
        shapes = f"{tuple(latents.shape)} and {tuple(labels.shape)}"
        raise RivalsError(f"separability takes latents (N, L) and labels (N,) or (N, A), N ≥ 2, not {shapes}")
    if labels.is_floating_point() or labels.is_complex():
        raise RivalsError(f"separability takes integer labels, not {labels.dtype}: take the likeliest class")
    if not latents.isfinite().all():
        raise RivalsError("separability needs finite latents, and some are NaN or infinite")
    x = StandardScaler().fit_transform(latents.detach().cpu().double().numpy())
    attributes = labels.detach().cpu().view(len(labels), -1).numpy()
    entropies = [0.0]
    for y in attributes.T:
        classes, index = np.unique(y, return_inverse=True)
        if len(classes) > 1:
            sides = LinearSVC(dual=False, random_state=0).fit(x, index).predict(x)
            joint = np.zeros((len(classes), len(classes)))
            np.add.at(joint, (sides, index), 1 / len(y))
            given = joint / np.maximum(joint.sum(1, keepdims=True), 1e-300)
            entropies.append(-float((joint[joint > 0] * np.log(given[joint > 0])).sum()))
    return float(np.exp(sum(entropies)))


def _squared(once: float, twice: float, differ: bool) -> None:
    """Refuse a distance that does not grow fourfold when the step doubles."""
    if not differ and not once:
        return  # the generator stands still, and its path has length 0
    grown = twice / once if once else 0.0
    if not 3 < grown < 5:
        raise RivalsError(
            f"the distance grows {grown:.3g}-fold when the step doubles, not fourfold: it is no squared distance, or "
            "it rounds what it compares, so take another or a larger epsilon"
        )
