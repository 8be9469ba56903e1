"""Styles."""

from __future__ import annotations

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import OptimizerFactory, Player
from rivals.networks import style
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import lazy_r1
from rivals.priors import Gaussian
from rivals.styled import StyleGAN
from rivals.terms import PathLength
from rivals.views import Augmentation


@recipe(
    "stylegan",
    paper=Paper("A Style-Based Generator Architecture for Generative Adversarial Networks", 2018, "1812.04948"),
    data=("images",),
    batch=32,
    steps=10_000,
    tiny={"width": 4, "most": 8, "latent": 8, "depth": 2, "view": "ada(start=0.5, every=1, reals=100)"},
)
def stylegan(
    data: Images,
    *,
    width: int = 32,
    most: int = 512,
    latent: int = 512,
    depth: int = 8,
    gamma: float = 1.0,
    path_weight: float = 2.0,
    mixing: float = 0.9,
    truncation: float = 1.0,
    group: int = 4,
    rate: float = 2.5e-3,
    average: float = 10_000.0,
) -> StyleGAN:
    """A mapping turns latents into styles, which rule each layer of the synthesis; the critic's data are augmented.

    G(z) = g(w, …, w), w = f(z); E softplus(-D(x)) + E softplus(D(G(z))) + γ/2 E‖∇D(x)‖² on reals; the generator has
    E softplus(-D(G(z))) + λ E(‖J_wᵀ y‖ - a)². Versions 2 (1912.04958) and adaptive augmentation (2006.06676).

    Args:
        data: pictures of any size.
        width, most: feature maps of the last level, doubled at each one below; of any level, at most.
        latent, depth: numbers in a normal latent, and in a style; layers of the mapping, which learns at .01 · rate.
        gamma: γ, every 16th move of the critic.
        path_weight: λ, every 4th move of the generator; 0 leaves it out.
        mixing, truncation: probability of two styles in a fake; ψ of samples.
        group: samples whose standard deviation the critic sees.
        rate, average: Adam's, for both, with betas (0, .99); half-life of the generator's average in reals.

    Raises:
        UsageError: for a number out of range.

    Deviations: 1. A layer to cross over at is drawn for each sample. 2. Path lengths are of one style for all layers,
    as the equation has it, and a starts at the first ones, not at 0. 3. Samples are clipped to [-1, 1]. 4. γ does not
    follow the size and the batch.
    """
    if not 0 <= mixing <= 1 or gamma < 0:
        raise UsageError(f"mixing is a probability and gamma at least 0, not mixing={mixing} and gamma={gamma}")
    if min(width, most, latent, depth, group) < 1:
        raise UsageError("width, most, latent, depth and group must be at least 1")
    term = PathLength(path_weight)
    return StyleGAN(
        Player(style.mapping(latent, latent, depth), _lazy(rate, term.every), average=average),
        Player(style.Synthesis(data, latent, width, most), _lazy(rate, term.every), average=average),
        mixing,
        truncation,
        critic=Player(style.critic(data, width, most, group), _lazy(rate, 16)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[lazy_r1(gamma, 16)],
        terms=[term],
        view=Augmentation(),
    )


def _lazy(rate: float, k: int) -> OptimizerFactory:
    """Adam for a player with a loss at each k-th move, which counts as a move; appendix B of 1912.04958."""
    share = k / (k + 1)
    return adam(share * rate, (0.0, 0.99**share))
