"""A critic that scores a sample by how well it can copy it."""

from __future__ import annotations

from torch import Tensor, nn

from rivals import networks
from rivals.data.specs import Images, Points
from rivals.networks.trunk import trunk
from rivals.nn.norms import Norm


class AutoEncoder(nn.Module):
    """D(x) = -E(x), E(x) the mean of |Dec(Enc(x)) - x|ᵖ over the numbers of a sample: high on what it can copy.

    Args:
        data: what a sample is.
        code: numbers between encoder and decoder.
        width: of both; see `rivals.networks`.
        power: p, 1 or 2.
        norm: of hidden maps; by default over one sample, so that an energy is a sample's own.
    """

    def __init__(
        self, data: Points | Images, code: int, width: int = 64, *, power: int = 2, norm: Norm = "layer"
    ) -> None:
        super().__init__()
        body, features = trunk(data, width, norm=norm)
        self.encoder = nn.Sequential(body, nn.Linear(features, code))
        self.decoder = networks.generator(data, code, width, norm=norm)
        self.power = power

    def forward(self, x: Tensor) -> Tensor:
        """Samples (N, ...) -> minus their energies (N,)."""
        wrong: Tensor = self.decoder(self.encoder(x)) - x
        return -wrong.abs().pow(self.power).flatten(1).mean(1)
