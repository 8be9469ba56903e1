"""A mixture of Gaussians in latent space."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import GaussianMixture
from rivals.terms import Spread


@recipe(
    "deligan",
    paper=Paper("DeLiGAN: Generative Adversarial Networks for Diverse and Limited Data", 2017, "1706.02071"),
    data=("points", "images"),
    batch=128,
    tiny={"width": 8, "latent": 8, "components": 4},
)
def deligan(
    data: Points | Images,
    *,
    components: int = 50,
    std: float = 0.2,
    weight: float = 1.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """Latents come from a mixture whose means and deviations are learnt, so that small data keep their variety.

    z = μ_i + σ_i ε, i uniform; min over G, μ, σ of E -log D(G(z)) + λ mean (1 - σ)².

    Args:
        data: points, or pictures of any size.
        components, std: K; where every σ starts. One component is a plain normal prior with a learnt place and width.
        weight: λ, which keeps components from shrinking to points.
        width, latent: of both networks, see `rivals.networks`; numbers in a latent.
        rate, beta: Adam's learning rate and β₁, for networks and mixture.

    Raises:
        UsageError: for less than one component.

    Deviations: 1. The networks of `rivals.networks`. 2. The penalty is a mean over coordinates, too.
    """
    prior = GaussianMixture(latent, components, std, adam(rate, (beta, 0.999)))
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width), adam(rate, (beta, 0.999))),
        prior=prior,
        objective=non_saturating(),
        terms=[Spread(prior, weight)],
    )
