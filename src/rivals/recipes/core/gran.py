"""A picture is drawn in several time steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import dcgan
from rivals.nn.norms import Norm
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian


class Canvas(nn.Module):
    """x = tanh(Σ_t C_t), C_t = f([h_z, h_t]), h_t = g(C_{t-1}), C_0 = 0: f and g are the same at all times.

    Args:
        data: pictures.
        latent: numbers in z, as many as in h_z and in h_t.
        width: of f and g, see `rivals.networks.dcgan`.
        times: T, at least 1.
        norm: of their hidden maps.
    """

    def __init__(self, data: Images, latent: int, width: int, times: int, norm: Norm) -> None:
        super().__init__()
        self.times = times
        self.lift = nn.Sequential(nn.Linear(latent, latent), nn.Tanh())
        self.decoder = dcgan.generator(2 * latent, *data.shape, base=width, norm=norm)[:-1]  # tanh is of the sum
        look = dcgan.critic(*data.shape, base=width, norm=norm, outputs=latent)
        self.encoder = nn.Sequential(look, nn.Tanh()) if times > 1 else None

    def drawn(self, z: Tensor) -> list[Tensor]:
        """What is on the canvas after each step, T pictures (N, C, H, W)."""
        idea = self.lift(z)
        strokes: list[Tensor] = []
        for _ in range(self.times):
            seen = self.encoder(strokes[-1]) if strokes and self.encoder else torch.zeros_like(z)
            strokes.append(self.decoder(torch.cat([idea, seen], 1)))
        return list(torch.stack(strokes).cumsum(0).tanh())

    def forward(self, z: Tensor) -> Tensor:
        """Latents (N, L) -> pictures (N, C, H, W)."""
        return self.drawn(z)[-1]


@recipe(
    "gran",
    paper=Paper("Generating Images with Recurrent Adversarial Networks", 2016, "1602.05110"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def gran(
    data: Images,
    *,
    times: int = 3,
    width: int = 64,
    latent: int = 100,
    norm: Norm = "layer",
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """A recurrent generator that looks at what it drew last before it adds to the canvas.

    x = tanh(Σ_t C_t), C_t = f([h_z, g(C_{t-1})]), h_z = tanh(Wz); the critic sees x alone.

    Args:
        data: pictures of any size.
        times: T, time steps; 1 is a DCGAN.
        width, latent: of all networks, see `rivals.networks.dcgan`; numbers in a normal latent.
        norm: of the generator's hidden maps.
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for less than one time step.

    Deviations: 1. tanh for the paper's sigmoid at the end, as pictures are in [-1, 1]. 2. Layer norm in the generator:
    the running statistics of a batch norm would mix the time steps. 3. h_t of the first step is 0.
    """
    if times < 1:
        raise UsageError(f"a picture takes at least 1 time step, not times={times}")
    return Adversarial(
        generator=Player(Canvas(data, latent, width, times, norm), adam(rate, (beta, 0.999))),
        critic=Player(dcgan.critic(*data.shape, base=width), adam(rate, (beta, 0.999))),
        prior=Gaussian(latent),
        objective=non_saturating(),
    )
