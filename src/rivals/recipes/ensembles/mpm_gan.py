"""Generators that write to each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import in_turn
from rivals.errors import UsageError
from rivals.game import Game, Player, players_of
from rivals.networks import mlp
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run


class MPMGAN(Game):
    """Each generator reads what the others say of their features, and answers to one critic. Ghosh et al. 2016.

    Args:
        bodies: z (N, L) -> features (N, F), one a generator.
        heads: features and message (N, F + M) -> samples (N, ...), one a generator.
        writers: features -> message (N, M), one a generator; none where messages are cut, and are all zeros.
        critic: samples -> logits (N,).
        prior: latents.
        size: M.
        competing: weight of the competing objective.
    """

    def __init__(
        self,
        bodies: Sequence[Player],
        heads: Sequence[Player],
        writers: Sequence[Player],
        critic: Player,
        prior: Prior,
        size: int,
        competing: float,
    ) -> None:
        super().__init__()
        self.bodies, self.heads, self.writers = nn.ModuleList(bodies), nn.ModuleList(heads), nn.ModuleList(writers)
        self.critic, self.prior, self.size, self.competing = critic, prior, size, competing

    def step(self, run: Run) -> None:
        """The critic, then every generator and every writer by its own objective, all at once."""
        x = run.real()
        with torch.no_grad():
            fake = in_turn(self.fakes(self.prior(len(x))))
        run.descend((self.critic, non_saturating().critic(self.critic(x), self.critic(fake))))
        scores = [self.critic(fake) for fake in self.fakes(self.prior(run.batch))]
        moves = []
        for i, (body, head) in enumerate(zip(players_of(self.bodies), players_of(self.heads), strict=True)):
            others = torch.stack([score for j, score in enumerate(scores) if j != i]).mean(0)
            loss = {
                "objective": non_saturating().generator(scores[i]),
                "competing": self.competing * F.relu(others.detach() - scores[i]),
            }
            moves.append(([body, head], loss))
        for i, writer in enumerate(players_of(self.writers)):
            others = torch.stack([score for j, score in enumerate(scores) if j != i]).mean(0)
            moves.append(([writer], {"co-operating": F.relu(scores[i].detach() - others)}))
        run.descend(*moves)

    def fakes(self, z: Tensor) -> list[Tensor]:
        """Every generator's samples of the same latents, each (N, ...)."""
        features = [body(z) for body in self.bodies]
        # a writer reads features as they are: only it answers for the message
        said = [writer(f.detach()) for writer, f in zip(self.writers, features, strict=False)]
        made = []
        for i, (head, f) in enumerate(zip(self.heads, features, strict=True)):
            heard = [m for j, m in enumerate(said) if j != i]
            message = torch.stack(heard).mean(0) if heard else f.new_zeros(len(f), self.size)
            made.append(head(torch.cat([f, message], 1)))
        return made

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """The generators in turn."""
        return in_turn(self.fakes(self.prior(n)))


@recipe(
    "mpm-gan",
    paper=Paper("Message Passing Multi-Agent GANs", 2016, "1612.01294"),
    data=("points", "images"),
    batch=128,
    tiny={"width": 8, "latent": 8, "size": 4},
)
def mpm_gan(
    data: Points | Images,
    *,
    generators: int = 2,
    messages: bool = True,
    size: int = 16,
    competing: float = 1.0,
    width: int = 64,
    latent: int = 64,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> MPMGAN:
    """Generators compete before the critic, while the messages between them are trained to help the reader.

    Gᵢ: min E -log D(xᵢ) + λ E max(0, D(xⱼ) - D(xᵢ)); the writer of its message to Gⱼ: min E max(0, D(xᵢ) - D(xⱼ)),
    xᵢ = Gᵢ(z, mⱼ), D a logit.

    Args:
        data: points, or pictures of any size.
        generators: at least 2; with more each reads the mean of the others' messages.
        messages: whether they are sent; otherwise they are zeros, and nobody writes.
        size: numbers in a message.
        competing: λ.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent, the same for all generators.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for fewer than 2 generators, or a message of fewer than 1 number.

    Deviations: 1. The networks of `rivals.networks`; a message is one layer of a generator's features. 2. The critic
    sees the generators' mixture. 3. A generator does not answer for what it writes, only its writer does.
    """
    if generators < 2 or size < 1:
        raise UsageError(f"messages need at least 2 generators and 1 number, not {generators} and {size}")
    features = 2 * width

    def players(*nets: nn.Module) -> list[Player]:
        return [Player(net, adam(rate, betas)) for net in nets]

    each = range(generators)
    return MPMGAN(
        bodies=players(*(mlp.mlp([latent, features], last=nn.ReLU()) for _ in each)),
        heads=players(*(networks.generator(data, features + size, width) for _ in each)),
        writers=players(*(mlp.mlp([features, size], last=nn.Tanh()) for _ in each if messages)),
        critic=players(networks.critic(data, width))[0],
        prior=Gaussian(latent),
        size=size,
        competing=competing,
    )
