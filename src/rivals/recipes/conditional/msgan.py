"""Latents that lie apart must give samples that lie apart."""

from __future__ import annotations

from rivals import conditions, networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.terms import ModeSeeking


@recipe(
    "msgan",
    paper=Paper("Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis", 2019, "1903.05628"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
    claims=(
        Claim(
            "diversity",
            "Samples of one label differ more than without mode seeking (mean distance in a judge's features).",
            "diversity",
            "digits",
            also=("fid", "label accuracy"),
            options={"width": 16, "weight": 0.03},
            steps=2000,
            seeds=8,
            minutes=0.5,
            beats_options={"weight": 0.0},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "equal-fid",
            "And their FID is about that of the same game without it (as a share of it).",
            "measure:fid-ratio",
            "digits",
            options={"width": 16, "weight": 0.03},
            steps=2000,
            minutes=1.0,
            at_most=1.1,
            partly=1.3,
            quick={"steps": 200},
        ),
    ),
)
def msgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 1.0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A conditional GAN whose generator is paid for variety under one label.

    min over G of L - λ E d(G(z₁, y), G(z₂, y)) / d(z₁, z₂), with d the mean absolute difference; section 3.2.

    Args:
        data: points or pictures, with labels.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ.
        rate, betas: Adam's, for both.

    Raises:
        UsageError: for data without labels.

    Deviations: 1. The ratio's reciprocal is descended, as in the authors' code.
    """
    condition = conditions.of(data)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width, condition=condition.size), adam(rate, betas)),
        critic=Player(networks.critic(data, width, condition=condition.size), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        condition=condition,
        terms=[ModeSeeking(weight)],
    )
