"""Games whose generator is ruled by styles: mixing, truncation, projection. Karras et al. 2018, 2019."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.networks import style
from rivals.run import Run


class StyleGAN(Adversarial):
    """An adversarial game whose generator is a mapping of latents to styles and a synthesis from styles.

    Args:
        mapping: latents (N, L) -> styles (N, W).
        synthesis: styles (N, W) or (N, layers, W) -> pictures; its network is a `style.Synthesis`.
        mixing: probability that a fake has styles of two latents.
        truncation: ψ of the samples that the game presents.
        **parts: of `Adversarial`.
    """

    centre: Tensor

    def __init__(self, mapping: Player, synthesis: Player, mixing: float, truncation: float, **parts: Any) -> None:
        super().__init__(generator=Chain(mapping, synthesis), **parts)
        net = synthesis.net
        assert isinstance(net, style.Synthesis)
        self.layers, self.mixing, self.truncation = net.layers, mixing, truncation
        self.register_buffer("centre", torch.zeros(net.style))

    @property
    def mapping(self) -> Player:
        """Latents -> styles."""
        return self.generator.players[0]

    @property
    def synthesis(self) -> Player:
        """Styles -> pictures."""
        return self.generator.players[1]

    def step(self, run: Run) -> None:
        """Algorithm 1, after which the running mean of the styles follows those of new latents."""
        super().step(run)
        with torch.no_grad():
            centre = torch.lerp(self.centre, run.mean(self.mapping(self.prior(run.batch))), 0.005)
            run.mean(centre[None])  # every shard must have read the old mean before one writes
            self.centre.copy_(centre)

    def fake(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures of latents; while training, a share of them has the styles of another latent from some layer on."""
        w = self.mapping(latent)
        if self.training and self.mixing:
            cut = 1 + noise.integers(len(w), self.layers - 1).to(w.device)
            cut = torch.where(noise.uniform(len(w)).to(w) < self.mixing, cut, self.layers)
            w = self._crossed(w[:, None], self.mapping(self.prior(len(w)))[:, None], cut[:, None])
        made: Tensor = self.synthesis(w)
        return made

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.synthesis(self._truncated(self.mapping(self.prior(n)), self.truncation))
        return made.clamp(-1, 1)

    def styles(self, z: Tensor, truncation: float = 1.0) -> Tensor:
        """Latents (N, L) -> styles of each layer (N, layers, W), w̄ + ψ (w - w̄) with ψ the truncation."""
        with self.presenting():
            return self._truncated(self.mapping(z.to(self.device)), truncation)[:, None].repeat(1, self.layers, 1)

    def synthesise(self, w: Tensor) -> Tensor:
        """Styles (N, layers, W) or (N, W) -> pictures (N, C, H, W), with the same noise in all and always."""
        with self.presenting():
            made: Tensor = self.synthesis(w.to(self.device), fixed=True)
        return made.clamp(-1, 1)

    def mix(self, z1: Tensor, z2: Tensor, crossover: int) -> Tensor:
        """Pictures (N, C, H, W) with the styles of z1 (N, L) up to layer `crossover`, and of z2 from there on.

        Raises:
            UsageError: for a crossover below 0, all of z2, or above `layers`, all of z1.
        """
        if not 0 <= crossover <= self.layers:
            raise UsageError(f"styles can change at layers 0 to {self.layers}, not {crossover}")
        cut = torch.tensor([[crossover]], device=self.device)
        return self.synthesise(self._crossed(self.styles(z1), self.styles(z2), cut))

    def project(
        self, x: Tensor, steps: int = 200, space: Literal["w", "w+"] = "w", rate: float = 0.1, weight: float = 1.0
    ) -> tuple[Tensor, Tensor]:
        """Styles whose pictures are near to given ones, found by Adam from the mean style on.

        It descends E (G(w) - x)² + λ E (f(G(w)) - f(x))² / E f(x)², f what the critic's last layer is given.

        Args:
            x: pictures (N, C, H, W) in [-1, 1].
            steps: of Adam, whose rate falls to 0 along half a cosine.
            space: one style for all layers, or one for each (Abdal et al. 2019, arXiv:1904.03189).
            rate: at the start.
            weight: λ.

        Returns:
            The styles (N, layers, W), and their pictures (N, C, H, W).

        Raises:
            UsageError: for another space, or less than one step.
        """
        if space not in ("w", "w+") or steps < 1:
            raise UsageError(f"a projection is into w or w+ and takes at least 1 step, not {space} and {steps}")
        x = x.to(self.device)
        w = self.centre.repeat(len(x), self.layers if space == "w+" else 1, 1).requires_grad_()
        optimizer = torch.optim.Adam([w], rate)
        with self.presenting(), torch.enable_grad():
            target = self.features(x).detach()
            for i in range(steps):
                optimizer.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * i / steps)) / 2
                made = self.synthesis(w.expand(-1, self.layers, -1), fixed=True)
                apart = (self.features(made) - target).square().mean() / target.square().mean()
                loss = (made - x).square().mean() + weight * apart
                (w.grad,) = torch.autograd.grad(len(x) * loss, w)
                optimizer.step()
        found = w.detach().repeat(1, self.layers // w.shape[1], 1)
        return found, self.synthesise(found)

    def _truncated(self, w: Tensor, truncation: float) -> Tensor:
        return torch.lerp(self.centre, w, truncation) if truncation != 1 else w

    def _crossed(self, first: Tensor, second: Tensor, cut: Tensor) -> Tensor:
        """(N, layers or 1, W) twice and layers (N or 1, 1) -> (N, layers, W)."""
        late = torch.arange(self.layers, device=cut.device) >= cut
        return torch.where(late[:, :, None], second, first)
