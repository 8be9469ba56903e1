"""Several generators that the critic tells apart."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Game, Player
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run


class MADGAN(Game):
    """The critic names the generator that made a sample, or says that it is real. Ghosh et al. 2017.

    Args:
        trunk: the layers that all generators share, z (N, L) -> features.
        heads: what each of the k generators has of its own, features -> samples (N, ...).
        critic: samples -> logits (N, k + 1); the last is "real".
        prior: latents.
    """

    def __init__(self, trunk: Player, heads: Sequence[Player], critic: Player, prior: Prior) -> None:
        super().__init__()
        self.trunk, self.heads = trunk, nn.ModuleList(heads)
        self.critic, self.prior = critic, prior

    def step(self, run: Run) -> None:
        """One move of the critic, one of all generators together."""
        x, k = run.real(), len(self.heads)
        with torch.no_grad():
            fakes = self.fakes(self.prior(len(x)))
        run.descend((self.critic, {"real": self.named(x, k), "fake": self.named(fakes, *range(k))}))
        fakes = self.fakes(self.prior(len(x)))
        run.descend(((self.trunk, *self.heads), self.named(fakes, *[k] * k)))

    def fakes(self, z: Tensor) -> Tensor:
        """Every generator's samples, one generator after the other: (N, L) -> (k · N, ...)."""
        features = self.trunk(z)
        return torch.cat([head(features) for head in self.heads])

    def named(self, x: Tensor, *names: int) -> Tensor:
        """-log of the critic's probabilities that equal parts of x (k · N, ...) carry these names, summed to (N,)."""
        n = len(x) // len(names)
        wanted = torch.tensor(names, device=x.device).repeat_interleave(n)
        return F.cross_entropy(self.critic(x), wanted, reduction="none").view(len(names), n).sum(0)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """The generators in turn: sample i is from generator i mod k."""
        i = torch.arange(n, device=self.device)
        return self.fakes(self.prior(n))[i % len(self.heads) * n + i]


@recipe(
    "mad-gan",
    paper=Paper("Multi-Agent Diverse Generative Adversarial Networks", 2017, "1704.02906"),
    data=("points", "images"),
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 8, "generators": 2},
)
def mad_gan(
    data: Points | Images,
    *,
    generators: int = 4,
    width: int = 64,
    latent: int = 64,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> MADGAN:
    """Generators push one another to different modes, since the critic must name who made a sample.

    D: max E log D_{k+1}(x) + Σᵢ E log Dᵢ(Gᵢ(z)), section 3.2; at the optimum the
    generators' mixture is the data, theorem 1.

    Args:
        data: points, or pictures of any size.
        generators: k.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. Generators climb log D_{k+1}(Gᵢ(z)), which does not saturate, for descending its complement's
    logarithm. 2. Samples are the generators in turn, which is the uniform mixture of the theorem.
    """
    parts = [_split(networks.generator(data, latent, width)) for _ in range(generators)]
    return MADGAN(
        trunk=Player(parts[0][0], adam(rate, betas)),
        heads=[Player(head, adam(rate, betas)) for _, head in parts],
        critic=Player(networks.critic(data, width, outputs=generators + 1), adam(rate, betas)),
        prior=Gaussian(latent),
    )


def _split(net: nn.Module) -> tuple[nn.Sequential, nn.Sequential]:
    """All but the last layer with weights, and the rest: section 4 shares the first and frees the last."""
    layers = list(net.children())
    last = max(i for i, layer in enumerate(layers) if any(True for _ in layer.parameters()))
    return nn.Sequential(*layers[:last]), nn.Sequential(*layers[last:])
