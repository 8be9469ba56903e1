"""Terms: extra named losses of either player of a declarative game."""

from __future__ import annotations

import math
from collections.abc import Callable

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
    """-λ L_I(G, Q) = λ E[-log Q(c | G(z, c))] (up to H(c)). Chen et al. 2016, arXiv:1606.03657, eq. 5.

    Args:
        read: the network from a sample to Q's outputs, trunk and head together.
        head: the part of it that only this term moves; it moves with the critic, as in the authors' code.
        prior: names the codes in the latent.
        weight, continuous_weight: λ of the categorical and of the continuous codes.
    """

    name = "information"

    def __init__(
        self, read: Callable[[Tensor], Tensor], head: Player, prior: Codes, weight: float, continuous_weight: float
    ) -> None:
        super().__init__()
        self.read, self.prior = read, prior
        self.weight, self.continuous_weight = weight, continuous_weight
        self.critic_players = (head,)

    def information(self, p: Pass) -> Tensor:
        """Cross-entropy of the category and Gaussian negative log-likelihood of the codes, (N,)."""
        _, category, codes = self.prior.split(p.latent)
        logits, mean, log_std = self.read(p.fake).split([category.shape[1], codes.shape[1], codes.shape[1]], 1)
        log_std = log_std.clamp(-3, 3)
        gaussian = 0.5 * ((codes - mean) / log_std.exp()).square() + log_std + 0.5 * math.log(2 * math.pi)
        return self.weight * F.cross_entropy(logits, category, reduction="none") + self.continuous_weight * gaussian.sum(1)

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
