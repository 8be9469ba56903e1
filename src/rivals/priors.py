"""Priors: where latents come from. A prior is a module `n -> (n, size)`."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.errors import UsageError
from rivals.game import OptimizerFactory, Player
from rivals.parts import part


class Prior(nn.Module):
    """A distribution of latents, each a vector of `size` numbers."""

    size: int

    def forward(self, n: int) -> Tensor:
        """N latents, (n, size)."""
        raise NotImplementedError


@part("prior", "gaussian")
class Gaussian(Prior):
    """Standard normal latents, N(0, I).

    Args:
        size: numbers in a latent.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        return noise.normal(n, self.size)


@part("prior", "truncated")
class Truncated(Gaussian):
    """N(0, I) in training; in evaluation numbers beyond ±t are drawn anew. Brock et al. 2018, arXiv:1809.11096, 3.1.

    Drawn by the inverse of the truncated normal's distribution function, which is the same as drawing anew.

    Args:
        size: numbers in a latent.
        threshold: t, above 0; 0 truncates nothing.

    Raises:
        UsageError: for a negative threshold.
    """

    def __init__(self, size: int, threshold: float = 0.0) -> None:
        super().__init__(size)
        if threshold < 0:
            raise UsageError(f"the threshold of a truncated prior must be 0 or more, not {threshold}")
        self.threshold = threshold

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        if self.training or not self.threshold:
            return super().forward(n)
        inside = math.erf(self.threshold / math.sqrt(2))  # the share of a normal that is kept
        return math.sqrt(2) * torch.erfinv(inside * (2 * noise.uniform(n, self.size) - 1))


@part("prior", "uniform")
class Uniform(Prior):
    """Uniform latents in [-1, 1].

    Args:
        size: numbers in a latent.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        return 2 * noise.uniform(n, self.size) - 1


class Codes(Prior):
    """Noise, a categorical code and continuous codes side by side. Chen et al. 2016, arXiv:1606.03657, section 5.

    Args:
        noise_size: incompressible normal numbers z.
        categories: size of the one categorical code, uniform, given one-hot.
        continuous: number of codes uniform in [-1, 1].
    """

    def __init__(self, noise_size: int, categories: int, continuous: int) -> None:
        super().__init__()
        self.noise_size, self.categories, self.continuous = noise_size, categories, continuous
        self.size = noise_size + categories + continuous

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        category = F.one_hot(noise.integers(n, self.categories), self.categories).float()
        return torch.cat([noise.normal(n, self.noise_size), category, 2 * noise.uniform(n, self.continuous) - 1], 1)

    def split(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A latent's noise (N, Z), category one-hot (N, K) and continuous codes (N, C)."""
        noise_part, category, codes = latent.split([self.noise_size, self.categories, self.continuous], 1)
        return noise_part, category, codes


class _Components(nn.Module):
    """Means and standard deviations of a mixture's components: μ_i + σ_i ε."""

    def __init__(self, components: int, size: int, std: float) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.empty(components, size).uniform_(-1, 1))
        self.stds = nn.Parameter(torch.full((components, size), std))

    def forward(self, which: Tensor, normal: Tensor) -> Tensor:
        """Components (N,) and normal numbers (N, L) -> latents (N, L)."""
        return self.means[which] + self.stds[which] * normal


class GaussianMixture(Prior):
    """μ_i + σ_i ε, ε ~ N(0, I), the component i uniform. Gurumurthy et al. 2017, arXiv:1706.02071.

    Means and standard deviations are a player's, which must move with the generator: see `rivals.terms.Spread`.

    Args:
        size: numbers in a latent.
        components: K, at least 1; means start uniform in [-1, 1].
        std: where every standard deviation starts.
        optimizer: of the player.

    Raises:
        UsageError: for less than one component.
    """

    def __init__(self, size: int, components: int, std: float, optimizer: OptimizerFactory) -> None:
        super().__init__()
        if components < 1:
            raise UsageError(f"a mixture has at least 1 component, not {components}")
        self.size, self.components = size, components
        self.player = Player(_Components(components, size, std), optimizer)

    @property
    def stds(self) -> Tensor:
        """σ, (K, L)."""
        components = self.player.net
        assert isinstance(components, _Components)
        return components.stds

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        made: Tensor = self.player(noise.integers(n, self.components), noise.normal(n, self.size))
        return made


class Modes(Prior):
    """A prior of equally likely parts, which a label can choose.

    Attributes:
        components: K, how many parts there are.
    """

    components: int

    def at(self, which: Tensor) -> Tensor:
        """Latents of the parts with numbers int64 (N,), (N, size)."""
        raise NotImplementedError

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        return self.at(noise.integers(n, self.components))


@part("prior", "mixture")
class Petals(Modes):
    """K Gaussians in the plane, each drawn out along its own ray. Makhzani et al. 2015, arXiv:1511.05644, figure 4.

    Component k is N(0, diag(long², short²)), moved by `radius` along the first axis and turned by 2πk/K.

    Args:
        components: K, at least 1.
        radius: of the means.
        long, short: standard deviations along the ray and across it, above 0.

    Raises:
        UsageError: for a number out of range.
    """

    def __init__(self, components: int = 10, radius: float = 1.4, long: float = 0.5, short: float = 0.1) -> None:
        super().__init__()
        if components < 1 or min(radius, long, short) <= 0:
            raise UsageError("mixture: components must be at least 1; radius, long and short above 0")
        self.size, self.components = 2, components
        self.radius, self.long, self.short = radius, long, short

    def at(self, which: Tensor) -> Tensor:
        """See `Modes.at`."""
        along, across = noise.normal(len(which), 2).to(which.device).unbind(1)
        along, across = self.radius + self.long * along, self.short * across
        angle = 2 * math.pi / self.components * which
        turned = along * angle.cos() - across * angle.sin(), along * angle.sin() + across * angle.cos()
        return torch.stack(turned, 1)


@part("prior", "swiss_roll")
class SwissRoll(Modes):
    """A spiral in the plane, r(t)(cos φ(t), sin φ(t)), with t uniform; part k of K is a piece of it.

    Makhzani et al. 2015, arXiv:1511.05644, figure 4. r = radius · √t and φ = 2π · turns · √t, so that equal pieces have
    about equal areas.

    Args:
        components: K, at least 1.
        radius, turns: of the whole roll, above 0.

    Raises:
        UsageError: for a number out of range.
    """

    def __init__(self, components: int = 10, radius: float = 3.0, turns: float = 2.0) -> None:
        super().__init__()
        if components < 1 or min(radius, turns) <= 0:
            raise UsageError("swiss_roll: components must be at least 1; radius and turns above 0")
        self.size, self.components, self.radius, self.turns = 2, components, radius, turns

    def at(self, which: Tensor) -> Tensor:
        """See `Modes.at`."""
        root = ((which + noise.uniform(len(which)).to(which.device)) / self.components).sqrt()
        angle = 2 * math.pi * self.turns * root
        return self.radius * root[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
