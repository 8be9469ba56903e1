"""What a generator that knows the normal alone cannot make is an anomaly."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import OneClass
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks.coder import critic, decoder, encoder
from rivals.nn.distance import l1
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import between, slope
from rivals.priors import Gaussian
from rivals.recipes.inference.autoencoder import AutoEncoder
from rivals.run import Run
from rivals.verbs import verb


class AnomalyGAN(AutoEncoder):
    """Step one: an auto-encoder against a critic of slope 1. Step two, `anomaly`: its error. Han et al. 2020.

    Args:
        critic: samples -> D, high on reals.
        weight: λ of the reconstruction.
        critic_updates: moves of the critic in a step.
        **others: of `AutoEncoder`.
    """

    def __init__(self, *, critic: Player, weight: float, critic_updates: int, **others: Any) -> None:
        super().__init__(noise=0.0, **others)
        self.critic, self.weight, self.critic_updates = critic, weight, critic_updates

    def step(self, run: Run) -> None:
        """E D(G(E(x))) - E D(x) + 10 E(‖∇D‖ - 1)² for the critic; -E D(G(E(x))) + λ E|x - G(E(x))| for the others."""
        for _ in range(self.critic_updates):
            x = run.real()
            with torch.no_grad():
                made = self.generator(self.encoder(x))
            gap, penalty = self.critic(made) - self.critic(x), 10 * (slope(self.critic, between(x, made)) - 1).square()
            run.descend((self.critic, {"objective": gap, "penalty": penalty}))
        x = run.real()
        made = self.generator(self.encoder(x))
        loss = {"fool": -self.critic(made), "reconstruction": self.weight * l1(made, x)}
        run.descend(((self.encoder, self.generator), loss))


class AnoGAN(OneClass, Adversarial):
    """A plain GAN of the normal; a sample is scored by the nearest that the generator has. Schlegl et al. 2017.

    Args:
        normal: of `OneClass`.
        search: descents of a latent.
        **others: of `Adversarial`.
    """

    def __init__(self, *, normal: int | None, search: int, **others: Any) -> None:
        super().__init__(**others)
        self.normal, self.search = normal, search

    def unlike(self, made: Tensor, x: Tensor, seen: Tensor) -> Tensor:
        """0.9 |x - G(z)| + 0.1 |f(x) - f(G(z))|, f the critic's features, of x (N, F): (N,)."""
        return 0.9 * l1(made, x) + 0.1 * l1(self.features(made), seen)

    @verb
    def anomaly(self, x: Tensor) -> Tensor:
        """The least `unlike` that a descent from one latent finds, (N,)."""
        z, best = self.prior(len(x)).to(x).requires_grad_(), x.new_full((len(x),), torch.inf)
        optimizer, seen = torch.optim.Adam([z], lr=0.05), self.features(x)
        for _ in range(self.search):
            with torch.enable_grad():
                loss = self.unlike(self.fake(z, None), x, seen)
                (z.grad,) = torch.autograd.grad(loss.sum(), z)
            best = torch.minimum(best, loss.detach())
            optimizer.step()
        return best


@recipe(
    "anomaly-gan",
    paper=Paper(
        "MADGAN: unsupervised Medical Anomaly Detection GAN using multiple adjacent brain MRI slice reconstruction",
        2020,
        "2007.13559",
    ),
    data=("points", "images"),
    steps=5_000,
    tiny={"width": 8, "hidden": (16,), "latent": 4},
)
def anomaly_gan(
    data: Points | Images,
    *,
    normal: int | None = None,
    search: int = 0,
    width: int = 64,
    hidden: tuple[int, ...] = (),
    latent: int = 32,
    weight: float = 100.0,
    critic_updates: int = 1,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.9),
) -> Game:
    """Learn to copy the normal, by L1 and a critic with a gradient penalty; what is then copied badly is foreign.

    min over E, G max over D of E D(x) - E D(G(E(x))) - 10 E(‖∇D‖ - 1)² + λ E|x - G(E(x))|; a(x) = ‖x - G(E(x))‖².

    Args:
        data: points, or pictures of any size.
        normal: the class that training sees; by default all of the data.
        search: above 0 a plain GAN instead, whose latent is searched with so many descents for each x (AnoGAN).
        width, hidden: of all networks, see `rivals.networks`; units of fully connected layers instead.
        latent: numbers in a code, or in AnoGAN's normal latent.
        weight, critic_updates: λ, a mean over the numbers of a sample; moves of the critic in a step.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for a normal class that the data do not have, or a negative search.

    Deviations: 1. A code between encoder and decoder for the paper's U-Net from three slices to the next three: single
    pictures have no neighbours, and are not to be passed on as they are. 2. No self-attention.
    """
    if normal is not None and not 0 <= normal < data.classes:
        raise UsageError(f"there is no normal class {normal}: the data have {data.classes} classes, from 0 on")
    if search < 0 or critic_updates < 1:
        raise UsageError("search must be at least 0 and critic_updates at least 1")
    step = adam(rate, betas)
    generator = Player(decoder(data, latent, width, hidden=hidden), step)
    if search:
        judge = Player(critic(data, width, hidden=hidden), step)
        return AnoGAN(
            generator=generator, critic=judge, prior=Gaussian(latent), objective=non_saturating(),
            critic_updates=critic_updates, normal=normal, search=search,
        )  # fmt: skip
    return AnomalyGAN(
        data=data,
        generator=generator,
        encoder=Player(encoder(data, latent, width, hidden=hidden), step),
        critic=Player(critic(data, width, hidden=hidden, norm="none"), step),
        normal=normal, weight=weight, critic_updates=critic_updates,
    )  # fmt: skip
