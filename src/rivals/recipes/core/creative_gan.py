"""Art that belongs to no style."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Chain, Game, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Codes
from rivals.run import Run


class CreativeGAN(Game):
    """The critic also names styles, and the generator leaves it in doubt. Elgammal et al. 2017.

    Args:
        generator: z (N, L) -> x (N, ...).
        trunk: x -> features (N, F).
        judge: features -> logits (N,), high on reals.
        namer: features -> logits of the styles (N, K).
        prior: noise and a style code.
        weight: of the style's loss in the generator's.
        ambiguous: the paper's loss; otherwise the style code is to be recognised, as in AC-GAN.
    """

    def __init__(
        self, generator: Player, trunk: Player, judge: Player, namer: Player, prior: Codes, weight: float,
        ambiguous: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.generator, self.prior, self.objective = generator, prior, non_saturating()
        self.critic, self.namer = Chain(trunk, judge), Chain(trunk, namer)
        self.weight, self.ambiguous = weight, ambiguous

    def step(self, run: Run) -> None:
        """The critic tells art from fakes, and styles apart; then the generator moves."""
        x, style = run.real(run.source.main, "label")
        z = self.prior(len(x))
        fake = self.generator(z)
        loss = {"art": self.objective.critic(self.critic(x), self.critic(fake.detach()))}
        loss["style"] = F.cross_entropy(self.namer(x), style, reduction="none")
        if not self.ambiguous:
            loss["made style"] = self.recognised(fake.detach(), z)
        run.descend(((*self.critic.players, self.namer.players[-1]), loss))
        fooled = self.objective.generator(self.critic(fake))
        styled = ambiguity(self.namer(fake)) if self.ambiguous else self.recognised(fake, z)
        run.descend((self.generator, {"fool": fooled, "style": self.weight * styled}))

    def recognised(self, fake: Tensor, z: Tensor) -> Tensor:
        """AC-GAN's -log P(c | G(z, c)), (N,)."""
        return F.cross_entropy(self.namer(fake), self.prior.split(z)[1].argmax(1), reduction="none")

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n))
        return made


def ambiguity(logits: Tensor) -> Tensor:
    """-Σ_k [log p_k / K + (1 - 1/K) log(1 - p_k)], least where all p_k = 1/K: logits (N, K) -> (N,)."""
    log_p, k = logits.log_softmax(1), logits.shape[1]
    rest = torch.stack([logits.roll(-i, 1)[:, 1:].logsumexp(1) for i in range(k)], 1) - logits.logsumexp(1)[:, None]
    return -(log_p / k + (1 - 1 / k) * rest).sum(1)


@recipe(
    "creative-gan",
    paper=Paper(
        "CAN: Creative Adversarial Networks, Generating 'Art' by Learning About Styles and Deviating from Style Norms",
        2017,
        "1706.07068",
    ),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def creative_gan(
    data: Points | Images,
    *,
    ambiguous: bool = True,
    weight: float = 1.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> CreativeGAN:
    """Samples must pass for art, and must not be of any one style: the classes of the data are the styles.

    D: max E log D_r(x) + log D_c(c | x) + E log(1 - D_r(G(z))); G: max E log D_r(G(z))
    + Σ_k [log D_c(k | G(z)) / K + (1 - 1/K) log(1 - D_c(k | G(z)))].

    Args:
        data: points or pictures, with labels.
        ambiguous: the sum above; otherwise AC-GAN's E log D_c(c | G(z, c)), in both players' losses.
        weight: of it in the generator's loss.
        width, latent: of all networks, see `rivals.networks`; normal numbers in a latent, beside a one-hot code.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for data without labels.

    Deviations: 1. Our networks, for pictures of any size. 2. The latent also has a uniform class, so that both losses
    are played by the same networks.
    """
    if data.classes < 2:
        raise UsageError("creative-gan needs data whose labels are the styles, and this has none")
    optimizer, prior = adam(rate, (beta, 0.999)), Codes(latent, data.classes, 0)
    body, features = features_of(data, width)
    nets: tuple[nn.Module, ...] = (networks.generator(data, prior.size, width), body)
    heads = (mlp.critic((features,), []), mlp.critic((features,), [4 * width], data.classes, nn.LeakyReLU(0.2)))
    generator, trunk, judge, namer = (Player(net, optimizer) for net in (*nets, *heads))
    return CreativeGAN(generator, trunk, judge, namer, prior, weight, ambiguous)
