"""Priors: where latents come from. A prior is a module `n -> (n, size)`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
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
