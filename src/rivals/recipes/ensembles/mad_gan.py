"""Several generators that the critic tells apart."""

from __future__ import annotations

import torch.nn.functional as F

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Mixture
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import Objective, Pass
from rivals.optim import adam
from rivals.priors import Codes
from rivals.terms import Information


class Named(Information):
    """The critic alone learns who made a fake; the generators feel it through the features that they share with it."""

    name = "named"

    def generator(self, p: Pass) -> None:
        """Nothing: generators only want to be called real."""


@recipe(
    "mad-gan",
    paper=Paper("Multi-Agent Diverse Generative Adversarial Networks", 2017, "1704.02906"),
    data=("points", "images"),
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 8, "generators": 2},
)
def mad_gan(
    data: Points | Images,
    *,
    generators: int = 4,
    width: int = 64,
    latent: int = 64,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """Generators push one another to different modes, since the critic must name who made a sample.

    D: max E log D_{k+1}(x) + Σᵢ E log Dᵢ(Gᵢ(z)), section 3.2; at the optimum the
    generators' mixture is the data, theorem 1.

    Args:
        data: points, or pictures of any size.
        generators: k; they share all but their last layer, section 4.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. Generators climb log D_{k+1}(Gᵢ(z)), which does not saturate, for descending its complement's
    logarithm. 2. Each of a batch's fakes draws its generator, where the paper makes k batches; they count k times. 3.
    The k + 1 probabilities are read off two heads: D_{k+1} = σ(v), Dᵢ = σ(-v) softmax(u)ᵢ.
    """
    prior = Codes(latent, generators, 0)
    body, features = features_of(data, width)
    nets = body, mlp.critic((features,), []), mlp.mlp([features, generators])
    trunk, judge, names = (Player(net, adam(rate, betas)) for net in nets)
    makers = Mixture([networks.generator(data, latent, width) for _ in range(generators)], "last")
    summed = Objective("summed", lambda r, f: F.softplus(-r) + generators * F.softplus(f), lambda f, r: F.softplus(-f))
    return Adversarial(
        generator=Player(makers, adam(rate, betas)),
        critic=Chain(trunk, judge),
        prior=prior,
        objective=summed,
        terms=[Named(trunk, names, prior, weight=float(generators))],
    )
