"""Diagonal Gaussians as networks give them: means and log variances side by side, (N, 2L)."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rivals import noise


def drawn(moments: Tensor) -> Tensor:
    """μ + σε of each row, ε ~ N(0, I): (N, 2L) -> (N, L), differentiable in both moments."""
    mean, log_variance = moments.chunk(2, 1)
    return mean + (log_variance / 2).exp() * noise.normal(*mean.shape).to(mean)


def divergence(moments: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, I)) of each row, (N, 2L) -> (N,). Kingma & Welling 2013, arXiv:1312.6114, appendix B."""
    mean, log_variance = moments.chunk(2, 1)
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


class Drawn(nn.Module):
    """A network of moments as a stochastic one: each output is drawn while it trains, and the mean in evaluation.

    Args:
        net: anything -> (N, 2L).
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: Any) -> Tensor:
        """-> (N, L)."""
        moments: Tensor = self.net(*inputs).float()
        return drawn(moments) if self.training else moments.chunk(2, 1)[0]
