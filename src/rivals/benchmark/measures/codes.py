"""What the codes of an InfoGAN mean, against labels and shapes that it was never told."""

from __future__ import annotations

from pathlib import Path

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.errors import RivalsError
from rivals.store.model import load
from rivals.terms import Information

SAMPLES = 2_000
"""Of a game, for what its continuous codes move."""

READ = 10_000
"""Pictures whose codes are read, at most."""

CHUNK = 500
"""Pictures at a time."""


def _played(run: Path, data: str, recipe: str | None) -> tuple[Adversarial, Information, Source]:
    game = load(run, recipe=recipe)
    terms = [term for term in getattr(game, "terms", ()) if isinstance(term, Information)]
    if not isinstance(game, Adversarial) or not terms:
        raise RivalsError(f"codes are measured of infogan, and {run} holds a {type(game).__name__}")
    return game, terms[0], named.load(data)


@measure("code-error")
def code_error(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out samples whose categorical code, as Q reads it, does not name their class.

    Which code stands for which class is the best matching, one to one, on training data. Chen et al. 2016,
    arXiv:1606.03657, section 7.2.

    Args:
        run: folder of a trained `infogan`.
        data: with labels.
        seed: not used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1]; also "any code", the same where several codes may name one class.

    Raises:
        RivalsError: for another game, or data without labels.
    """
    game, term, source = _played(run, data, recipe)
    k, classes = term.prior.categories, getattr(source.spec, "classes", 0)
    if not classes:
        raise RivalsError(f"what a code names is measured on data with labels, and '{data}' has none")
    (code, label), (held, truth) = (_read(game, term, part) for part in (source, source.test or source))
    table = torch.bincount(code * classes + label, minlength=k * classes).view(k, classes)
    codes, names = linear_sum_assignment(-table.numpy())
    matched = torch.full((k,), -1)
    matched[torch.from_numpy(codes)] = torch.from_numpy(names)
    wrong = {key: (by[held] != truth).double().mean().item() for key, by in
             (("matched", matched), ("any code", table.argmax(1)))}  # fmt: skip
    protocol = {"read": len(held), "matched on": len(code), "classes": matched.tolist()}
    return Figure(wrong["matched"], protocol=protocol, also={"any code": wrong["any code"]})


def _read(game: Adversarial, term: Information, source: Source) -> tuple[Tensor, Tensor]:
    """The categories that Q reads from data, int64 (N,), and their labels."""
    x, label = source.first(source.main, READ), source.first("label", READ)
    with game.presenting():
        parts = [term.read(decoded(part).to(game.device))[0].argmax(1).cpu() for part in x.split(CHUNK)]
    return torch.cat(parts), label


@measure("code-shapes")
def code_shapes(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How closely slant and width of samples follow one continuous code each: the smaller of two correlations.

    Within each category, |ρ| between code and shape, averaged over categories; one code stands for the slant and
    another for the width, whichever way round the smaller one is larger. Chen et al. 2016, arXiv:1606.03657, figure 2.

    Args:
        run: folder of a trained `infogan` with at least two continuous codes.
        data: what it was trained on, bright strokes on black.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The correlation, in [0, 1]; also "slant" and "width", those of the two codes.

    Raises:
        RivalsError: for another game, or fewer codes.
    """
    game, term, _ = _played(run, data, recipe)
    if term.prior.continuous < 2:
        raise RivalsError(f"slant and width are measured of two continuous codes, and {run} has fewer")
    with game.presenting(), noise.seeded(game.device, "code shapes", seed):
        latent = game.prior(SAMPLES)
        x = torch.cat([game.generator(part).cpu() for part in latent.split(CHUNK)])
    _, category, codes = (part.cpu() for part in term.prior.split(latent))
    found = correlations(codes, shapes(x), category)
    ways = [(found[i, 0], found[j, 1]) for i in range(len(found)) for j in range(len(found)) if i != j]
    slant, width = max(ways, key=lambda way: float(torch.stack(way).min()))
    protocol = {"samples": SAMPLES, "correlations": [[round(r, 3) for r in row] for row in found.tolist()]}
    also = {"slant": float(slant), "width": float(width)}
    return Figure(min(also.values()), protocol=protocol, also=also)


def shapes(x: Tensor) -> Tensor:
    """Slant and width of strokes from moments of brightness: pictures (N, C, H, W) in [-1, 1] -> (N, 2).

    The slant is the shear that sets the picture upright, cov(row, column) / var(row); the width is the standard
    deviation of columns once it stands upright, over that of rows.
    """
    light = ((x.mean(1) + 1) / 2).clamp(0, 1).double()
    light = light / light.sum((1, 2), keepdim=True).clamp(min=1e-9)
    row, column = (torch.arange(n, dtype=light.dtype) for n in light.shape[1:])
    down, across = light.sum(2), light.sum(1)
    i, j = row - (down @ row)[:, None], column - (across @ column)[:, None]
    rows, columns = ((p * d.square()).sum(1).clamp(min=1e-6) for p, d in ((down, i), (across, j)))
    both = torch.einsum("nhw,nh,nw->n", light, i, j)
    slant = both / rows
    return torch.stack([slant, ((columns - slant * both).clamp(min=1e-6) / rows).sqrt()], 1)


def correlations(codes: Tensor, shape: Tensor, category: Tensor) -> Tensor:
    """Mean over categories of |Pearson's ρ| of each code with each shape: (N, C), (N, S), one-hot (N, K) -> (C, S)."""
    found = []
    for k in category.argmax(1).unique():
        mine = category.argmax(1) == k
        c, s = ((v[mine].double() - v[mine].double().mean(0)) for v in (codes, shape))
        found.append((c.T @ s).abs() / (c.norm(dim=0)[:, None] * s.norm(dim=0)).clamp(min=1e-12))
    return torch.stack(found).mean(0)
