"""What models of log p(x) share: one descent, one verb, one way to tell nats and bits."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from rivals import noise
from rivals.game import Game
from rivals.run import Run
from rivals.verbs import verb

Pixels: TypeAlias = Literal["binary", "grey", "levels", "density"]
"""What of pictures is modelled: each pixel drawn black or white by its grey; the grey as a share of both, which is no
likelihood of anything, but common; the stored levels; or a density in [-1, 1] under uniform noise between levels."""


class Likelihood(Game):
    """max E log p(x), or of a bound of it, by all players at once.

    A subclass says what `bound` is.

    Args:
        pixels: what the likelihood is of; other data than pictures always have a density.
        bits: of a stored channel.
    """

    def __init__(self, pixels: Pixels = "density", bits: int = 8) -> None:
        super().__init__()
        self.pixels, self.levels = pixels, 1 << bits

    def step(self, run: Run) -> None:
        """One descent of the negative bound's terms."""
        run.descend((tuple(self.players().values()), self.bound(self.seen(run.real()))))

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """Terms of -log p(x), or of an upper bound of it, in nats, each (N,), of x as `seen` gives it."""
        raise NotImplementedError(f"{type(self).__name__} does not say how likely samples are")

    def seen(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1] as they are modelled; other data as they are.

        "binary" draws each pixel, -1 or 1, by its grey. "density" makes 2 (v + u) / L - 1 of x = 2 v / (L - 1) - 1, u
        uniform in [0, 1): the mean density over a level's width is the level's probability. Theis et al. 2016,
        arXiv:1511.01844, section 3.1.
        """
        if x.dim() != 4 or self.pixels in ("grey", "levels"):
            return x
        u = noise.uniform(*x.shape).to(x)
        if self.pixels == "binary":
            return torch.where(u < (x + 1) / 2, 1.0, -1.0)
        return (x * (self.levels - 1) + 2 * u - 1) / self.levels

    @verb
    def log_prob(self, x: Tensor) -> Tensor:
        """Log p(x), or a lower bound of it, in nats, (N, ...) -> (N,).

        Of pictures it is the probability of the stored levels, or of drawn black and white pixels; a density gives the
        levels' probability a lower bound by one draw of the noise, log P(v) ≥ E log p(2 (v + u) / L - 1) + D log(2/L).
        """
        nats = torch.stack(list(self.bound(self.seen(x)).values())).sum(0)
        if x.dim() != 4 or self.pixels != "density":
            return -nats
        volume = x[0].numel() * math.log(2 / self.levels)
        return volume - nats
