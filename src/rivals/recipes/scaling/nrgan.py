"""Clean samples from noisy data."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from rivals import networks, noise
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Player
from rivals.nn.invariant import inverted, shuffled, turned
from rivals.objectives import Pass, non_saturating
from rivals.optim import adam
from rivals.penalties import r1
from rivals.priors import Gaussian
from rivals.terms import Term


class Noise(Term):
    """A generator of noise that moves with that of pictures, and -λ E |n₁ - n₂| / |z₁ - z₂|, so that it stays diverse.

    Args:
        player: latents (N, L) -> maps of the pictures' shape (N, C, H, W), which "gaussian" takes for sizes.
        kind: "gaussian": map · ε, ε ~ N(0, 1) at each pixel; "invariant": the map, turned, its channels shuffled and
            their signs drawn anew.
        size, weight: L; λ.
    """

    name = "noise diversity"

    def __init__(self, player: Player, kind: Literal["gaussian", "invariant"], size: int, weight: float) -> None:
        super().__init__()
        self.player, self.kind, self.size, self.weight = player, kind, size, weight
        self.generator_players = (player,)
        self._last: tuple[Tensor, Tensor] | None = None

    def forward(self, n: int) -> Tensor:
        """Noise of n pictures, (n, C, H, W)."""
        z = noise.normal(n, self.size)
        made: Tensor = self.player(z)
        if self.kind == "gaussian":
            made = made * noise.normal(*made.shape).to(made)
        self._last = z, made
        return made if self.kind == "gaussian" else inverted(shuffled(turned(made)))

    def generator(self, p: Pass) -> Tensor:
        """Of the noise that was last made, between each latent and the next, (N,)."""
        assert self._last is not None  # the critic has just looked at it
        z, made = self._last
        apart, latents = ((x - x.roll(1, 0)).flatten(1).abs().mean(1) for x in (made, z))
        return -self.weight * apart / (latents + 1e-12)


class NRGAN(Adversarial):
    """The critic sees pictures with noise, real ones and G(z) + N(z'); what is shown of the game is G(z).

    Args:
        noise: of the fakes; None for the plain game.
        **parts: of `Adversarial`.
    """

    def __init__(self, noise: Noise | None, **parts: Any) -> None:
        super().__init__(**parts, terms=[noise] if noise else ())
        self.corruption = (noise,)  # in a tuple, since the terms own it

    def look(self, real: Tensor | None, fake: Tensor, *context: Any, both: bool) -> Pass:
        """As `Adversarial.look`, with noise on the fakes, cut to [-1, 1] as the reals are."""
        (added,) = self.corruption
        if added is not None:
            with torch.set_grad_enabled(fake.requires_grad):
                fake = (fake + added(len(fake))).clamp(-1, 1)
        return super().look(real, fake, *context, both=both)


@recipe(
    "nrgan",
    paper=Paper("Noise Robust Generative Adversarial Networks", 2019, "1911.11776"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def nrgan(
    data: Images,
    *,
    noise: Literal["gaussian", "invariant", "none"] = "invariant",
    width: int = 64,
    latent: int = 128,
    diversity: float = 0.02,
    gamma: float = 20.0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.0, 0.99),
    average: float = 20_000.0,
) -> NRGAN:
    """One generator makes pictures and another noise; only their sum must pass for the noisy data.

    E -log D(x) - log(1 - D(G(z) + N(z'))) + γ/2 E‖∇D(x)‖²; G and N descend -log D(G(z) + N(z')).

    Args:
        data: noisy pictures of any size.
        noise: what is known of it, beyond that it does not depend on the picture. "gaussian": it is normal at each
            pixel, and N gives its size (SI-NR-GAN-I); "invariant": turning it, shuffling its channels and changing
            their signs leave its distribution as it is (SI-NR-GAN-II); "none" is the plain game.
        width, latent: of all networks, see `rivals.networks`; numbers in each normal latent.
        diversity, gamma: λ of the noise; γ.
        rate, betas, average: Adam's, for all; half-life of the generator's average weights in reals seen.

    Deviations: 1. The DCGAN's networks for residual ones, without a norm in the critic. 2. One batch of G's size for
    all moves, where the authors' code has twice as many fakes in G's. 3. Neighbours of a batch are compared for λ.
    4. Pictures that are no squares turn by 180° only.
    """
    added = None
    if noise != "none":
        maker = Player(networks.generator(data, latent, width), adam(rate, betas))
        added = Noise(maker, noise, latent, diversity)
    return NRGAN(
        added,
        generator=Player(networks.generator(data, latent, width), adam(rate, betas), average=average),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[r1(gamma)],
    )
