"""Several generators that a classifier tells apart."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Mixture
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Codes
from rivals.terms import Information


@recipe(
    "mgan",
    paper=Paper("MGAN: Training Generative Adversarial Nets with Multiple Generators", 2018, "1708.02556"),
    data=("points", "images"),
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 8, "generators": 2},
)
def mgan(
    data: Points | Images,
    *,
    generators: int = 4,
    beta: float = 0.125,
    width: int = 64,
    latent: int = 64,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """The critic looks at the mixture; a classifier on its features asks each generator to be recognised.

    min over G, C max over D of E log D(x) + E log(1 - D(G_u(z))) - β E log C_u(G_u(z)), u uniform: the mixture comes
    to the data while the generators part. C is the critic but for its last layer, and the generators share all
    but their first.

    Args:
        data: points, or pictures of any size.
        generators: K.
        beta: β, at least 0.
        width: of generators and trunk; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. The networks of `rivals.networks`. 2. Each sample of a batch draws its generator.
    """
    prior = Codes(latent, generators, 0)
    body, features = features_of(data, width)
    nets = body, mlp.critic((features,), []), mlp.mlp([features, generators])
    trunk, judge, classifier = (Player(net, adam(rate, betas)) for net in nets)
    makers = Mixture([networks.generator(data, latent, width) for _ in range(generators)], "first")
    return Adversarial(
        generator=Player(makers, adam(rate, betas)),
        critic=Chain(trunk, judge),
        prior=prior,
        objective=non_saturating(),
        terms=[Information(trunk, classifier, prior, weight=beta)],
    )
