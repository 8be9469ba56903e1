"""Terms: extra named losses of either player of a declarative game."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.game import Player
from rivals.objectives import Pass
from rivals.parts import part
from rivals.priors import Codes


class Term(nn.Module):
    """A loss that is added to the critic's move, to the generator's, or to both.

    A term may own players (a classifier head); `critic_players` then move with the critic, `generator_players` with
    the generator.
    """

    name: str = "term"
    critic_players: tuple[Player, ...] = ()
    generator_players: tuple[Player, ...] = ()

    def critic(self, p: Pass) -> Tensor | None:
        """Added to the critic's loss, (N,) or (); None adds nothing."""
        return None

    def generator(self, p: Pass) -> Tensor | None:
        """Added to the generator's loss, (N,) or (); None adds nothing."""
        return None


class Information(Term):
    """-λ L_I(G, Q) = λ E[-log Q(c | G(z, c))], up to λ H(c). Chen et al. 2016, arXiv:1606.03657, eq. 5.

    Q is softmax for the category and a diagonal Gaussian for the continuous codes. It shares the critic's trunk; only
    its head is owned here, and moves with the critic, as in the authors' code.

    Args:
        trunk: the critic's trunk, which the critic's side moves.
        head: features -> (N, K + C), logits and means; (N, K + 2C) with log standard deviations.
        prior: says where the codes are in a latent.
        weight, continuous_weight: λ of the category and of the continuous codes.
        learned_std: whether the head gives log standard deviations; otherwise they are 1.
    """

    name = "information"

    def __init__(
        self,
        trunk: Player,
        head: Player,
        prior: Codes,
        *,
        weight: float = 1.0,
        continuous_weight: float = 0.1,
        learned_std: bool = False,
    ) -> None:
        super().__init__()
        self.head, self.prior = head, prior
        self.weight, self.continuous_weight, self.learned_std = weight, continuous_weight, learned_std
        self.critic_players = (head,)
        # in a tuple, a module is copied along but not registered a second time
        self._trunk = (trunk,)

    def read(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Q on samples (N, ...): logits (N, K), means (N, C) and log standard deviations (N, C) of the codes."""
        k, c = self.prior.categories, self.prior.continuous
        logits, mean, *rest = self.head(self._trunk[0](x)).split([k, c, c] if self.learned_std else [k, c], 1)
        return logits, mean, rest[0].clamp(-3, 3) if rest else torch.zeros_like(mean)

    def information(self, p: Pass) -> Tensor:
        """Cross-entropy of the category and Gaussian negative log-likelihood of the codes, (N,)."""
        _, category, codes = self.prior.split(p.latent)
        logits, mean, log_std = self.read(p.fake)
        gaussian = 0.5 * ((codes - mean) / log_std.exp()).square() + log_std + 0.5 * math.log(2 * math.pi)
        named = F.cross_entropy(logits, category, reduction="none")
        return self.weight * named + self.continuous_weight * gaussian.sum(1)

    def critic(self, p: Pass) -> Tensor:
        """Q and the trunk learn from fakes in the critic's move."""
        return self.information(p)

    def generator(self, p: Pass) -> Tensor:
        """G learns to be read."""
        return self.information(p)


@part("term", "matching_aware")
class MatchingAware(Term):
    """Right picture, wrong label counts as fake: half of the fakes' loss. Reed et al. 2016, arXiv:1605.05396, alg. 1.

    Args:
        weight: of the added loss.
    """

    name = "mismatch"

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__()
        self.weight = weight

    def critic(self, p: Pass) -> Tensor | None:
        """softplus(D(x, wrong)): labels move one place along the batch, and right ones by chance are left out."""
        if p.labels is None:
            return None
        wrong = p.labels.roll(1)
        loss = F.softplus(p.critic(p.real, wrong))
        return self.weight * loss * (wrong != p.labels)


@part("term", "mode_seeking")
class ModeSeeking(Term):
    """λ / (d(G(z₁), G(z₂)) / d(z₁, z₂)) over neighbours of the batch. Mao et al. 2019, arXiv:1903.05628, eq. 3.

    Args:
        weight: λ.
    """

    name = "mode seeking"

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def generator(self, p: Pass) -> Tensor:
        """The ratio's reciprocal, as in the authors' code, (N,)."""
        apart = (p.fake - p.fake.roll(1, 0)).flatten(1).abs().mean(1)
        latents = (p.latent - p.latent.roll(1, 0)).abs().mean(1)
        return self.weight / (apart / latents + 1e-5)
