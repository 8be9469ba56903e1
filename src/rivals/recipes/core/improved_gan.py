"""Five techniques for training, and learning from few labels."""

from __future__ import annotations

from typing import Any

from torch import nn

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import noisy
from rivals.nn.discrimination import discriminating
from rivals.nn.norms import Norm
from rivals.objectives import critic_only, non_saturating
from rivals.optim import adam, linear
from rivals.priors import Uniform
from rivals.semi import SemiSupervised
from rivals.terms import FeatureMatching, HistoricalAveraging


@recipe(
    "improved-gan",
    paper=Paper("Improved Techniques for Training GANs", 2016, "1606.03498"),
    data=("points", "images"),
    batch=100,
    steps=18_000,
    tiny={"hidden": (16, 8), "width": 8, "latent": 8},
)
def improved_gan(
    data: Points | Images,
    *,
    labels: int | None = None,
    subset: int | None = None,
    unlabelled: float = 0.5,
    matching: bool = True,
    smooth: float = 1.0,
    history: float = 0.0,
    kernels: int = 0,
    norm: Norm = "batch",
    hidden: tuple[int, ...] = (1000, 500, 250, 250, 250),
    width: int = 64,
    latent: int = 100,
    rate: float | None = None,
    beta: float = 0.5,
    decay: int = 18_000,
    average: float = 2e6,
) -> Adversarial:
    """The generator matches the critic's features, and the critic of K classes learns from few labels; section 5.

    L_D = -E log p(y | x, y ≤ K) - λ [E log D(x) + E log(1 - D(G(z)))], D = Z / (Z + 1), Z = Σ_k exp l_k;
    L_G = ‖E f(x) - E f(G(z))‖² / units of the last hidden layer, section 3.1 and the authors' code.

    Args:
        data: points, or pictures of any size.
        labels: how many samples have one; by default 100 where the data have classes. 0 is the unsupervised game.
        subset: which samples those are; by default it follows the seed.
        unlabelled: λ; at 0 the critic learns from the labels alone.
        matching: whether G matches features; otherwise it climbs log D(G(z)).
        smooth, history: label of reals (section 3.4); weight of historical averaging (3.3).
        kernels: of minibatch discrimination, 0 for none (3.2).
        norm, width: for pictures in colour or above 32 pixels, which get the DCGAN's networks; "virtual" is 3.5.
        hidden: units of the critic's layers for other data, with weight norm and noise, see `rivals.networks.noisy`;
            the generator has two layers of the second's size.
        latent, rate, beta: numbers in a uniform latent; Adam's for both, by default .003, for the DCGAN's 3e-4; β₁.
        decay: updates after which the rate is a hundredth; it falls from two thirds of them on.
        average: half-life of both networks' averaged weights in reals; 0 keeps none.

    Deviations: 1. G's batch norms have gains, and its last layer starts from data as the critic's do. 2. The average's
    half-life is at most a twentieth of the run so far. 3. The rate falls; the authors' stays for
    300 epochs. 4. The DCGAN's networks for larger pictures.
    """
    if labels is None:
        labels = max(100, data.classes) if data.classes > 1 else 0
    if not hidden:
        raise UsageError("the critic needs at least one hidden layer: give hidden=(1000, 500), say")
    outputs = data.classes if labels else 1
    small = isinstance(data, Points) or (data.channels == 1 and max(data.shape) <= 32)
    g: nn.Module
    d: nn.Module
    if small:
        g, d = noisy.generator(latent, data.shape, hidden[:2][-1:] * 2), noisy.critic(data.shape, outputs, hidden)
    else:
        g, d = (
            networks.generator(data, latent, width, norm=norm),
            networks.critic(data, width, norm=norm, outputs=outputs),
        )
    # the authors' ε of 1e-8 stands under the root: a critic with hardly a gradient left slows down
    optimizer = adam(rate or (3e-3 if small else 3e-4), (beta, 0.999), eps=1e-4)
    schedule = linear(2 * decay // 3, decay, 0.01)
    d = discriminating(d, kernels) if kernels else d
    slots: dict[str, Any] = {
        "generator": Player(g, optimizer, schedule=schedule, average=average),
        "critic": Player(d, optimizer, schedule=schedule, average=average),
        "prior": Uniform(latent),
        "objective": critic_only(f"non_saturating(smooth={smooth})") if matching else non_saturating(smooth),
        "terms": [FeatureMatching(1 / hidden[-1])] * matching + [HistoricalAveraging(history)] * (history > 0),
    }
    if not labels:
        return Adversarial(**slots)
    return SemiSupervised(classes=data.classes, labels=labels, subset=subset, unlabelled=unlabelled, **slots)
