"""The critic judges several samples at once."""

from __future__ import annotations

from dataclasses import replace

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.views import pack


@recipe(
    "pacgan",
    paper=Paper("PacGAN: The power of two samples in generative adversarial networks", 2017, "1712.04086"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
    claims=(
        Claim(
            "ring",
            "Packs of 2 keep more of the eight modes of a ring than the same critic on single samples.",
            protocol="ring",
            source="table 1",
            paper=7.9,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5, "packing": 2},
            steps=5000,
            beats_options={"packing": 1},
            lower_is_better=False,
        ),
        Claim(
            "grid",
            "Packs of 2 keep more of the 25 modes of a grid than the same critic on single samples.",
            protocol="grid",
            source="table 1",
            paper=23.8,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5, "packing": 2},
            steps=5000,
            beats_options={"packing": 1},
            lower_is_better=False,
        ),
        Claim(
            "grid-3",
            "Packs of 3 keep more of the 25 modes of a grid than the same critic on single samples.",
            protocol="grid",
            source="table 1",
            paper=24.6,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5, "packing": 3},
            steps=5000,
            beats_options={"packing": 1},
            lower_is_better=False,
        ),
        Claim(
            "grid-4",
            "Packs of 4 keep more of the 25 modes of a grid than the same critic on single samples.",
            protocol="grid",
            source="table 1",
            paper=24.8,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5, "packing": 4},
            steps=5000,
            beats_options={"packing": 1},
            lower_is_better=False,
        ),
        Claim(
            "stacked-2",
            "Packs of 2 hold more of a thousand modes than single samples do.",
            protocol="stacked",
            source="the table on stacked MNIST",
            paper=1000.0,
            options={"packing": 2, "width": 4, "latent": 100, "rate": 1e-3},
            seeds=5,
            minutes=1.3,
            beats_options={"packing": 1},
            lower_is_better=False,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
        Claim(
            "stacked-3",
            "Packs of 3 hold more of a thousand modes than single samples do.",
            protocol="stacked",
            source="the table on stacked MNIST",
            paper=1000.0,
            options={"packing": 3, "width": 4, "latent": 100, "rate": 1e-3},
            seeds=5,
            minutes=1.3,
            beats_options={"packing": 1},
            lower_is_better=False,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
        Claim(
            "stacked-4",
            "Packs of 4 hold more of a thousand modes than single samples do.",
            protocol="stacked",
            source="the table on stacked MNIST",
            paper=1000.0,
            options={"packing": 4, "width": 4, "latent": 100, "rate": 1e-3},
            seeds=5,
            minutes=1.3,
            beats_options={"packing": 1},
            lower_is_better=False,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
    ),
)
def pacgan(
    data: Points | Images,
    *,
    packing: int = 2,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A pack of m samples is real or fake as a whole, so that a lack of variety shows.

    V(D, G) = E log D(x₁, …, x_m) + E log(1 - D(G(z₁), …, G(z_m))).

    Args:
        data: points, or pictures of any size.
        packing: m; the samples of a pack are stacked along channels (points: put side by side).
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for both.

    Deviations: 1. The networks of `rivals.networks`. 2. A batch of N reals makes N / m packs, where the paper draws m
    batches, so that costs compare.
    """
    wide = packing * data.shape[0]
    packs = replace(data, dim=wide) if isinstance(data, Points) else replace(data, channels=wide)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(packs, width), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        view=pack(packing),
    )
