"""Convolutions without pooling."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Player
from rivals.nn.norms import Norm
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Uniform


@recipe(
    "dcgan",
    paper=Paper(
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        2015,
        "1511.06434",
    ),
    data=("images",),
    batch=128,
    tiny={"width": 8, "latent": 8},
)
def dcgan(
    data: Images,
    *,
    width: int = 64,
    latent: int = 100,
    norm: Norm = "batch",
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """Strided convolutions, batch normalisation, no pooling, no dense hidden layer; section 3.

    Args:
        data: pictures of any size.
        width: channels of the largest hidden map; doubled at each halving.
        latent: numbers in a uniform latent.
        norm: of the hidden maps of both networks.
        rate, beta: Adam's learning rate and β₁, for both (section 4).

    Deviations: 1. The smallest map is what halving leaves (4×4 for the paper's 64×64). 2. Real and fake batches are
    normalised apart, as in the authors' code.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width, norm=norm), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width, norm=norm), adam(rate, (beta, 0.999))),
        prior=Uniform(latent),
        objective=non_saturating(),
    )
