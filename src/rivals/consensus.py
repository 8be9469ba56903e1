"""Moves from one look at a batch: both players at once, or in turn, with the consensus regulariser or without."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rivals.adversarial import Adversarial
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.run import Run


class Consensus(Adversarial):
    """A declarative game as a vector field v = -(∇_G ℓ_G, ∇_D ℓ_D), which moves along v - γ ∇ ½‖v‖².

    Mescheder et al. 2017, The numerics of GANs, arXiv:1705.10461, algorithm 2; γ = 0 is the plain field. Either both
    players move at once, from the same point, or the generator first and then the critic.

    Args:
        consensus: γ, at least 0.
        simultaneous: both at once; then the counts of updates are 1.
        **parts: of `Adversarial`.

    Raises:
        UsageError: for γ < 0.
    """

    slots: ClassVar[dict[str, Any]] = {k: v for k, v in Adversarial.slots.items() if k != "reuse"}  # one batch for both

    def __init__(self, *, consensus: float = 0.0, simultaneous: bool = True, **parts: Any) -> None:
        super().__init__(**parts)
        if consensus < 0:
            raise UsageError(f"consensus must be at least 0, not {consensus}")
        self.consensus, self.simultaneous = consensus, simultaneous

    @property
    def turns(self) -> tuple[tuple[str, ...], ...]:
        """Who moves, one turn after the other."""
        if self.simultaneous:
            return (("generator", "critic"),)
        return (("generator",),) * self.generator_updates + (("critic",),) * self.critic_updates

    def step(self, run: Run) -> None:
        """One turn after the other, each on new reals and new latents."""
        for turn in self.turns:
            losses = self.losses(run)
            run.descend(*(([*self.side(who).players, *self.helpers(who)], losses[who]) for who in turn))
            if self.constraint is not None and "critic" in turn:
                self.constraint(self.critic)

    def side(self, who: str) -> Player | Chain:
        """The generator or the critic."""
        return {"generator": self.generator, "critic": self.critic}[who]

    def helpers(self, who: str) -> list[Player]:
        """Players of terms that move with a side."""
        return [player for term in self._terms for player in getattr(term, f"{who}_players")]

    def losses(self, run: Run) -> dict[str, dict[str, Tensor]]:
        """What both descend, from one look whose fakes are not detached."""
        real, labels = self.reals(run)
        latent = self.prior(len(real))
        p = self.look(real, self.fake(latent, labels), latent, labels, both=True)
        losses = {"generator": self.generator_loss(run, p), "critic": self.critic_loss(run, p)}
        if self.consensus:
            half = self.consensus / 2 * self.squared_field(run, losses)
            losses = {who: loss | {"consensus": half} for who, loss in losses.items()}
        return losses

    def squared_field(self, run: Run, losses: dict[str, dict[str, Tensor]]) -> Tensor:
        """‖v‖², (), v being the gradient over the whole batch, however it is split."""
        with torch.autocast(self.device.type, enabled=False):
            gradients: list[Tensor] = []
            for who, loss in losses.items():
                weights = [weight for player in self.side(who).players for weight in player.weights]
                value = torch.stack([term.mean() for term in loss.values()]).sum()
                # a weight may be out of the game, as the last bias of a Wasserstein critic is
                found = torch.autograd.grad(value, weights, create_graph=True, allow_unused=True)
                gradients += [gradient.flatten() for gradient in found if gradient is not None]
            return run.mean(torch.cat(gradients)[None]).square().sum()
