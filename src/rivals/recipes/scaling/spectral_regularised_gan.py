"""A critic whose small singular values are kept up."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.nn.compensated import Compensation, compensated
from rivals.objectives import hinge
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "spectral-regularised-gan",
    paper=Paper("Spectral Regularization for Combating Mode Collapse in GANs", 2019, "1908.10999"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def spectral_regularised_gan(
    data: Shaped,
    *,
    compensation: Compensation = "dynamic",
    first: int = 8,
    width: int = 64,
    latent: int = 128,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.0, 0.9),
    critic_updates: int = 1,
) -> Adversarial:
    """The critic's singular values may not collapse, since the generator's modes do so with them.

    W̄ = (W + ΔW) / σ₁, ΔW = Σ_{k>1} (γ_k σ₁ - σ_k) u_k v_kᵀ; hinge loss.

    Args:
        data: points, pictures of any size, or other arrays.
        compensation: "dynamic": γ_k is the largest σ_k / σ₁ so far; "static": γ_k = 1 up to k = `first`, and nothing is
            added after; "none" is `sngan`, with σ₁ exact.
        first: of "static".
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        rate, betas: Adam's, for both.
        critic_updates: of the critic in a step.

    Raises:
        UsageError: for `first` below 1.

    Deviations: 1. The networks of `rivals.networks`. 2. All layers are compensated, from the first step on. 3. The
    gradient takes singular vectors and ΔW for constants, and σ₁ for what it is.
    """
    critic = compensated(networks.critic(data, width, norm="none"), compensation, first)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(critic, adam(rate, betas)),
        prior=Gaussian(latent),
        objective=hinge(),
        critic_updates=critic_updates,
    )
