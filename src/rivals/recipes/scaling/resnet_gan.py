"""Deep residual networks held by the Jensen-Shannon regulariser."""

from __future__ import annotations

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import resnet
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import js_regulariser
from rivals.priors import Gaussian


@recipe(
    "resnet-gan",
    paper=Paper("Stabilizing Training of Generative Adversarial Networks through Regularization", 2017, "1705.09367"),
    data=("images",),
    tiny={"width": 8, "latent": 8, "depth": 2},
)
def resnet_gan(
    data: Images,
    *,
    width: int = 32,
    depth: int = 4,
    latent: int = 128,
    gamma: float = 2.0,
    half_life: int = 0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """The critic's slope is penalised where it is in doubt, as noise of variance γ on its input would; section 3.

    max over D of E log σ(D(x)) + E log(1 - σ(D(G(z)))) - (γ/2) E[(1 - σ(D(x)))² ‖∇D(x)‖²] - (γ/2) E[σ(D(G(z)))²
    ‖∇D(G(z))‖²].

    Args:
        data: pictures of any size.
        width, depth, latent: channels of the largest map; residual blocks at each size; numbers in a normal latent.
        gamma, half_life: γ; after so many updates of the critic it is halved, again and again, 0 keeps it.
        rate, betas: Adam's, for both.

    Raises:
        UsageError: for a depth below 1, a negative γ or half-life.

    Deviations: 1. The residual bodies of `r3gan`, which need no batch norm. 2. Annealing is by half-lives, where the
    authors' code falls to a hundredth at the end of the run.
    """
    if depth < 1:
        raise UsageError(f"depth, the residual blocks at each size, must be at least 1, not {depth}")
    return Adversarial(
        generator=Player(resnet.generator(latent, *data.shape, base=width, depth=depth), adam(rate, betas)),
        critic=Player(resnet.critic(*data.shape, base=width, depth=depth), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[js_regulariser(gamma, half_life)],
    )
