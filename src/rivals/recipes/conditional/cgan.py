"""Both networks are told the label."""

from __future__ import annotations

from typing import Any

from rivals import conditions, networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.terms import MatchingAware


@recipe(
    "cgan",
    paper=Paper("Conditional Generative Adversarial Nets", 2014, "1411.1784"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def cgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    join: networks.Join = "input",
    dense: bool = False,
    dropout: float = 0.0,
    matching: bool = False,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """Generator and critic see the condition as a second input; eq. 2.

    V(D, G) = E log D(x | y) + E log(1 - D(G(z | y) | y)).

    Args:
        data: points or pictures, with labels or attributes.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        join: where the networks are told the condition, see `rivals.networks.Join`.
        dense: fully connected bodies for pictures, too, as the paper has them.
        dropout: of fully connected bodies' hidden units, in [0, 1); the paper's is .5, of both networks.
        matching: a real picture with a wrong label counts as fake too (Reed et al. 2016, arXiv:1605.05396).
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for data without labels and attributes, or a body that cannot be told there or knows no dropout.

    Deviations: 1. The DCGAN's networks and Adam for the paper's maxout layers and momentum; the one-hot label enters
    pictures as constant maps. 2. `join` of later papers.
    """
    condition, optimizer = conditions.of(data), adam(rate, (beta, 0.999))
    body: dict[str, Any] = {"condition": condition.size, "join": join, "dense": dense, "dropout": dropout}
    generator = networks.generator(data, latent, width, **body)
    critic = networks.critic(data, width, **body)
    return Adversarial(
        generator=Player(generator, optimizer),
        critic=Player(critic, optimizer),
        prior=Gaussian(latent),
        objective=non_saturating(),
        condition=condition,
        terms=[MatchingAware()] if matching else [],
    )
