"""Pictures of what styles do: mixing grids, truncation rows, projections."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from rivals import noise
from rivals.errors import UsageError
from rivals.pictures import grid
from rivals.styled import StyleGAN

TRUNCATIONS = (1.0, 0.7, 0.5, 0.0, -0.5, -1.0)
"""ψ of a truncation row: 0 is the mean picture, below 0 are the opposites."""


def mixing(game: StyleGAN, crossover: int, rows: int = 4, columns: int = 5, seed: int = 0) -> Image.Image:
    """A table of pictures: coarse styles of the row's, fine ones of the column's. Karras et al. 2018, figure 3.

    The first column has the pictures that give the styles up to layer `crossover`, the first row those that give the
    styles from there on; the corner is white.

    Args:
        game: trained.
        crossover: layer from which on the column's styles hold, 0 to `game.layers`.
        rows, columns: pictures of either kind, at least 1.
        seed: of their latents.

    Raises:
        UsageError: for a layer that does not exist, or no picture.
    """
    if min(rows, columns) < 1:
        raise UsageError(f"a mixing table has at least 1 row and 1 column, not {rows} and {columns}")
    with noise.seeded(game.device, "mixing", seed):
        coarse, fine = game.prior(rows), game.prior(columns)
    mixed = game.mix(coarse.repeat_interleave(columns, 0), fine.repeat(rows, 1), crossover)
    left, top = (game.synthesise(game.styles(z)) for z in (coarse, fine))
    body = torch.cat([left[:, None], mixed.view(rows, columns, *mixed.shape[1:])], 1)
    return grid_of(torch.cat([torch.cat([torch.ones_like(top[:1]), top])[None], body]))


def truncation(game: StyleGAN, n: int = 4, values: Sequence[float] = TRUNCATIONS, seed: int = 0) -> Image.Image:
    """A row for each latent, with its style at growing distance from the mean one. Karras et al. 2018, figure 8.

    Args:
        game: trained.
        n: latents, at least 1.
        values: of ψ, one a column.
        seed: of the latents.

    Raises:
        UsageError: for no latent or no value.
    """
    if n < 1 or not values:
        raise UsageError("a truncation row needs at least 1 latent and 1 value of psi")
    with noise.seeded(game.device, "truncation", seed):
        z = game.prior(n)
    return grid_of(torch.stack([game.synthesise(game.styles(z, psi)) for psi in values], 1))


def projection(game: StyleGAN, x: Tensor, steps: int = 200) -> Image.Image:
    """Real pictures (N, C, H, W) over their projections into W and into W+. Karras et al. 2019, figure 9.

    Args:
        game: trained.
        x: in [-1, 1].
        steps: of each projection.
    """
    found = [game.project(x, steps, space)[1] for space in ("w", "w+")]
    return grid_of(torch.stack([x.to(found[0]), *found]))


def grid_of(tiles: Tensor) -> Image.Image:
    """Pictures (rows, columns, C, H, W) in [-1, 1] as a table of that shape."""
    return grid(tiles.flatten(0, 1), columns=tiles.shape[1])
