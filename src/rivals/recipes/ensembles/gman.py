"""One generator against several critics."""

from __future__ import annotations

from typing import Literal

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Panel
from rivals.game import Player
from rivals.objectives import many_critics
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "gman",
    paper=Paper("Generative Multi-Adversarial Networks", 2016, "1611.01673"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8, "critics": 2},
)
def gman(
    data: Points | Images,
    *,
    critics: int = 3,
    mean: Literal["arithmetic", "geometric", "harmonic"] = "arithmetic",
    weight: float = 1.0,
    saturating: bool = False,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """Critics with weights of their own; how harsh they are together is one number.

    min over G of F(V(D₁, G), …, V(D_K, G)), max over Dᵢ of V(Dᵢ, G); F a mean with weights ∝ exp(λ Vᵢ).

    Args:
        data: points, or pictures of any size.
        critics: K.
        mean, weight, saturating: F; λ, 0 the classical mean, large the maximum; see `rivals.objectives.many_critics`.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. By default G climbs log D(G(z)); the paper keeps the original value, `saturating`. 2. Weights and
    means look at G's part of the value. 3. Critics differ in their initial weights only, and λ is not learned.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Panel(*(Player(networks.critic(data, width), adam(rate, betas)) for _ in range(critics))),
        prior=Gaussian(latent),
        objective=many_critics(mean, weight, saturating),
    )
