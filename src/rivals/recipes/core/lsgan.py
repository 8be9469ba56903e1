"""Squared error for the cross-entropy."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import least_squares
from rivals.optim import adam
from rivals.priors import Uniform


@recipe(
    "lsgan",
    paper=Paper("Least Squares Generative Adversarial Networks", 2016, "1611.04076"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
    claims=(
        Claim(
            "far-fakes",
            "The loss pulls at far fakes that the critic takes for real (E |∂ℓ/∂D|; on the critic's boundary it is ½).",
            "measure:far-gradient",
            "ring",
            source="figure 1",
            options={"width": 32, "latent": 2},
            steps=500,
            batch=128,
            seeds=5,
            minutes=0.1,
            at_least=0.5,
            quick={"steps": 100},
        ),
        Claim(
            "cross-entropy",
            "The cross-entropy, with everything else equal, pulls less at such fakes.",
            "measure:far-gradient",
            "ring",
            source="figure 1",
            options={"width": 32, "latent": 2},
            steps=500,
            batch=128,
            seeds=5,
            minutes=0.1,
            beats_options={"objective": "non_saturating"},
            lower_is_better=False,
            quick={"steps": 100},
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: squared errors.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=5.0,
        ),
    ),
)
def lsgan(data: Shaped, *, width: int = 64, latent: int = 100, rate: float = 2e-4, beta: float = 0.5) -> Adversarial:
    """Fakes far on the right side of the boundary still pull; eq. 9, the 0-1 coding.

    min ½E(D(x) - 1)² + ½E D(G(z))²  and  min ½E(D(G(z)) - 1)².

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a uniform latent.
        rate, beta: Adam's learning rate and β₁, for both.

    Deviations: 1. The DCGAN's networks for the paper's deeper ones. 2. The rate of the DCGAN, a fifth of the paper's
    for its bedrooms.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width), adam(rate, (beta, 0.999))),
        prior=Uniform(latent),
        objective=least_squares(),
    )
