"""Every layer of both networks is told the label."""

from __future__ import annotations

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.recipes.conditional.cgan import cgan


@recipe(
    "fcgan",
    paper=Paper("Li 2019: a condition at every layer", 2019, "1905.01618"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def fcgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    matching: bool = False,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """A conditional GAN whose every layer with weights sees the condition beside what the layer before gives.

    h_{i+1} = φ(W_i [h_i, y]), y as numbers or as constant maps, in both networks. The objective is that of `cgan`.

    Args:
        data: points or pictures, with labels or attributes.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        matching: as of `cgan`.
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for data without labels and attributes.

    Deviations: 1. The DCGAN's networks.
    """
    return cgan(data, width=width, latent=latent, join="layers", matching=matching, rate=rate, beta=beta)
