"""A real's loss must lie below a fake's, by as much as they differ."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import loss_sensitive
from rivals.optim import adam
from rivals.penalties import r1
from rivals.priors import Gaussian
from rivals.terms import Margin


@recipe(
    "loss-sensitive-gan",
    paper=Paper("Loss-Sensitive Generative Adversarial Networks on Lipschitz Densities", 2017, "1701.06264"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def loss_sensitive_gan(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 10.0,
    gamma: float = 0.1,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """LS-GAN: the critic is minus a loss L, and a pair's margin is the distance Δ of its real and its fake.

    min E max(0, L(x)) + λ E max(0, Δ(x, G(z)) + L(x) - L(G(z)))  and  min E L(G(z)).

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ.
        gamma: of R1 on reals, which keeps L Lipschitz.
        rate, betas: Adam's, for both.

    Deviations: 1. Δ is the mean absolute difference, not its sum, which rescales L. 2. R1 for weight decay. 3. A real's
    loss below zero counts as zero: L is not bounded here, and the margin does not hold its level.
    """
    return build(data, width, latent, Margin(weight), 1.0, gamma, rate, betas)


@recipe(
    "gls-gan",
    paper=Paper("Loss-Sensitive Generative Adversarial Networks on Lipschitz Densities", 2017, "1701.06264"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def gls_gan(
    data: Shaped,
    *,
    slope: float = 0.2,
    width: int = 64,
    latent: int = 100,
    gamma: float = 0.1,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A leaky cost for the LS-GAN's hinge: all games between LS-GAN, slope 0, and WGAN, slope 1; appendix D.

    min E C(Δ(x, G(z)) + L(x) - L(G(z)))  and  min E L(G(z)), C(a) = max(a, νa).

    Args:
        data: points, pictures of any size, or other arrays.
        slope: ν, at most 1.
        width, latent, gamma, rate, betas: as of `loss-sensitive-gan`.

    Raises:
        UsageError: for a slope above 1.

    Deviations: as `loss-sensitive-gan`.
    """
    return build(data, width, latent, Margin(1.0, slope), 0.0, gamma, rate, betas)


def build(
    data: Shaped,
    width: int,
    latent: int,
    margin: Margin,
    reals: float,
    gamma: float,
    rate: float,
    betas: tuple[float, float],
) -> Adversarial:
    """The game of both: a margin, and a share of E L(x) in the critic's loss."""
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=loss_sensitive(reals),
        penalties=[r1(gamma)],
        terms=[margin],
    )  # fmt: skip
