"""Background and foreground are made apart."""

from __future__ import annotations

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import dcgan
from rivals.networks.layered import Layered
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "lr-gan",
    paper=Paper("LR-GAN: Layered Recursive Generative Adversarial Networks for Image Generation", 2017, "1703.01560"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def lr_gan(
    data: Images,
    *,
    foregrounds: int = 1,
    smallest: float | None = 1.2,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """A background first, then objects with a mask, a size and a place of their own, without any label.

    x_t = m̂_t f̂_t + (1 - m̂_t) x_{t-1}, (m̂, f̂) = ST((m, f), a): object, mask and affine map a from an LSTM's state.
    `game.generator.net.composed(z)` gives the layers.

    Args:
        data: pictures of any size.
        foregrounds: objects in a picture.
        smallest: how many times smaller than the picture an object is at least; none leaves objects as large as it.
        width, latent: of all networks, see `rivals.networks.dcgan`; numbers in each layer's normal latent.
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for less than one foreground, or `smallest` that is not above 0.

    Deviations: 1. The LSTM reads latents alone, not the last object too. 2. Shears are bounded, and an object's centre
    is in the picture.
    """
    if foregrounds < 1 or (smallest is not None and smallest <= 0):
        raise UsageError(f"lr-gan needs foregrounds of 1 or more and smallest above 0: {foregrounds}, {smallest}")
    return Adversarial(
        generator=Player(Layered(data, latent, width, foregrounds, smallest), adam(rate, (beta, 0.999))),
        critic=Player(dcgan.critic(*data.shape, base=width), adam(rate, (beta, 0.999))),
        prior=Gaussian(latent * (foregrounds + 1)),
        objective=non_saturating(),
    )
