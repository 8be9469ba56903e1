"""Several generators that a classifier tells apart."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
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
    claims=(
        Claim(
            "owned",
            "Every generator has modes of its own.",
            "measure:owned-modes",
            "ring",
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=2500,
            batch=128,
            minutes=0.4,
            at_least=0.9,
            partly=0.7,
            quick={"steps": 250},
        ),
        Claim(
            "owned-more",
            "A classifier beside the critic parts the generators better than a critic that must name them.",
            "measure:owned-modes",
            "ring",
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=2500,
            batch=128,
            seeds=5,
            minutes=0.4,
            beats="mad-gan",
            beats_options={"width": 64, "latent": 2, "rate": 1e-3},
            lower_is_better=False,
            quick={"steps": 250},
        ),
        Claim(
            "ring",
            "The mixture of four generators covers all of the eight modes of a ring.",
            protocol="ring",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=2500,
            at_least=8,
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=2500,
            at_least=19.7,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "stacked",
            "Four generators keep more of a thousand modes than one.",
            protocol="stacked",
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=2.5,
            at_least=850.0,
            partly=750.0,
        ),
    ),
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
