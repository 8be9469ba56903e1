"""Virtual batch normalisation: statistics of one fixed batch and of the sample itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals import noise
from rivals.errors import UsageError
from rivals.nn.prepared import Prepared

REFERENCE = 64
"""Samples in a reference batch."""


class VirtualNorm(nn.Module):
    """Normalise each sample by a reference batch and itself. Salimans et al. 2016, arXiv:1606.03498, section 3.5.

    μ = w μ(x) + (1 - w) μ(reference), likewise the mean of squares, w = 1 / (R + 1); moments of a map are over its
    pixels. The reference batch itself is normalised by its own moments alone. So the other samples of a batch matter
    to none of them. The first `known` samples of an input are the reference: see `WithReference`.

    Args:
        channels: C; each has a gain, from 1, and a bias, from 0.
        eps: added to the variance.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.eps, self.known = eps, 0

    def forward(self, x: Tensor) -> Tensor:
        """(R + N, C, ...) -> (R + N, C, ...).

        Raises:
            UsageError: where nobody has put a reference in front.
        """
        if not self.known:
            raise UsageError("norm 'virtual' needs a reference batch, which this recipe's network has not: use 'batch'")
        maps, share = x.flatten(2) if x.dim() > 2 else x[:, :, None], 1 / (self.known + 1)
        own = torch.stack([maps.mean(2), maps.square().mean(2)])
        known, others = own[:, : self.known], own[:, self.known :]
        shared = known.mean(1, keepdim=True)
        mean, square = torch.cat([shared.expand_as(known), share * others + (1 - share) * shared], 1)[..., None]
        normal = (maps - mean) * (square - mean.square() + self.eps).rsqrt()
        out: Tensor = normal * self.weight[:, None] + self.bias[:, None]
        return out.view_as(x)


class WithReference(Prepared):
    """A network with virtual batch norms, and the batch that they refer to: before training, the first that it sees.

    The reference passes through the network at every call, since its moments follow the weights. It belongs to the
    state, so a saved critic carries R of its training data. Untrained, it is uniform noise in [-1, 1].

    Args:
        net: with `VirtualNorm` layers; (N, *shape) -> (N, ...).
        shape: of an input.
        size: R.
    """

    reference: Tensor

    def __init__(self, net: nn.Module, shape: tuple[int, ...], size: int = REFERENCE) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("reference", 2 * noise.uniform(size, *shape) - 1)
        for layer in net.modules():
            if isinstance(layer, VirtualNorm):
                layer.known = size

    def look(self, x: Tensor) -> None:
        """Keep inputs (N, *shape) as the reference, in turn where there are fewer than R."""
        rows = torch.arange(len(self.reference), device=x.device) % len(x)
        self.reference.copy_(x[rows])

    def forward(self, x: Tensor) -> Tensor:
        """(N, *shape) -> the network's output, (N, ...)."""
        out: Tensor = self.net(torch.cat([self.reference.to(x), x]))
        return out[len(self.reference) :]
