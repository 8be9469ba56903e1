"""The shares of the latent modes are learnt."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import RivalsError, UsageError
from rivals.game import Game, Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run

SEARCHED = 10_000
"""First data among which labelled examples are looked for."""


class Shares(nn.Module):
    """π = softmax(α), (K,), uniform at first."""

    def __init__(self, modes: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(modes))

    def forward(self) -> Tensor:
        """The shares."""
        return self.logits.softmax(0)


class NEMGAN(Game):
    """A GAN on modal latents, an inverter that names a sample's mode, and a prior of modes. Mishra et al. 2018.

    Args:
        generator: z (N, K + L) -> x (N, ...).
        critic: x -> logits (N,).
        inverter: h, x -> logits of the modes (N, K).
        shares: () -> π (K,); None keeps it uniform.
        shape: of one sample.
        modes, latent: K and L.
        labelled: examples of each class that the inverter is told.
        weight: of the inverter's loss in the generator's.
    """

    examples: Tensor

    def __init__(
        self, generator: Player, critic: Player, inverter: Player, shares: Player | None, *, shape: tuple[int, ...],
        modes: int, latent: int, labelled: int, weight: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.generator, self.critic, self.inverter, self.shares = generator, critic, inverter, shares
        self.modes, self.latent, self.weight, self.objective = modes, latent, weight, non_saturating()
        self.register_buffer("examples", torch.zeros(modes, labelled, *shape))

    def prepare(self, run: Run) -> None:
        """Keep the first examples of each class, repeated where there are few."""
        x, label = run.examples(SEARCHED), run.examples(SEARCHED, "label")
        for k, kept in enumerate(self.examples):
            found = x[label == k]
            if not len(found):
                raise RivalsError(f"none of the first {len(x)} data is of class {k}, so its mode cannot be named")
            kept.copy_(found[torch.arange(len(kept)) % len(found)])

    def latents(self, n: int) -> tuple[Tensor, Tensor]:
        """Modes y (n,) from π, and z (n, K + L): y one-hot, and normal numbers."""
        y = noise.choice(self.prior.detach(), n)
        return y, torch.cat([F.one_hot(y, self.modes).float(), noise.normal(n, self.latent)], 1)

    @property
    def prior(self) -> Tensor:
        """π, (K,)."""
        shares: Tensor = self.shares() if self.shares else torch.full((self.modes,), 1 / self.modes, device=self.device)
        return shares

    def step(self, run: Run) -> None:
        """Critic, then generator and inverter, then the shares."""
        x, (y, z) = run.real(), self.latents(run.batch)
        fake = self.generator(z)
        run.descend((self.critic, self.objective.critic(self.critic(x), self.critic(fake.detach()))))
        loss = {"fool": self.objective.generator(self.critic(fake))}
        loss["mode"] = self.weight * F.cross_entropy(self.inverter(fake), y, reduction="none")
        named = torch.arange(self.modes, device=x.device).repeat_interleave(self.examples.shape[1])
        told = {"labelled": F.cross_entropy(self.inverter(self.examples.flatten(0, 1)), named)} if len(named) else {}
        run.descend(((self.generator, self.inverter), loss | told))
        if self.shares:
            with torch.no_grad():
                seen = run.mean(self.inverter(x).softmax(1))
            run.descend((self.shares, -(seen * self.prior.log()).sum()))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.latents(n)[1])
        return made


@recipe(
    "nemgan",
    paper=Paper("NEMGAN: Noise Engineered Mode-matching GAN", 2018, "1811.03692"),
    data=("points", "images"),
    batch=128,
    tiny={"width": 8, "latent": 4, "labelled": 2},
)
def nemgan(
    data: Points | Images,
    *,
    labelled: int = 5,
    learnt: bool = True,
    weight: float = 1.0,
    width: int = 64,
    latent: int = 32,
    rate: float = 2e-4,
    share_rate: float = 2e-3,
    beta: float = 0.5,
) -> NEMGAN:
    """Latent modes that samples can be inverted to, in shares that are learnt from a few labels: unequal modes too.

    G: fool D and min E -log h_y(G(z)), y ~ π; h: the same, and E -log h_y(x) on the labelled; π: min KL(E h(x) ‖ π).

    Args:
        data: points or pictures, with labels, of which only a few are looked at.
        labelled: examples of each class that h is told; 0 leaves it to find modes of its own.
        learnt: whether π is learnt; otherwise it stays uniform.
        weight: of E -log h_y(G(z)).
        width, latent: of all networks, see `rivals.networks`; normal numbers beside the mode.
        rate, share_rate, beta: Adam's, for networks; for π; β₁ of both.

    Raises:
        UsageError: for data without labels, or a negative `labelled`.

    Deviations: 1. A latent is the mode, one-hot, beside normal numbers; the paper adds bounded noise to the mode.
    2. The few labels are in every step's loss. 3. Our networks.
    """
    if data.classes < 2 or labelled < 0:
        why = f"labelled={labelled} is below 0" if labelled < 0 else "this data has none"
        raise UsageError(f"nemgan needs data with labels, and a few examples of each class: {why}")
    k, optimizer = data.classes, adam(rate, (beta, 0.999))
    return NEMGAN(
        Player(networks.generator(data, k + latent, width), optimizer),
        Player(networks.critic(data, width), optimizer),
        Player(networks.critic(data, width, outputs=k, norm="none"), optimizer),
        Player(Shares(k), adam(share_rate, (beta, 0.999))) if learnt else None,
        shape=data.shape, modes=k, latent=latent, labelled=labelled, weight=weight,
    )  # fmt: skip
