"""Progressive growing."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks.growing import Growing, GrowingCritic, GrowingGenerator, sides
from rivals.objectives import wasserstein
from rivals.optim import adam
from rivals.penalties import drift, gradient_penalty
from rivals.priors import Gaussian
from rivals.run import Run


class ProGAN(Adversarial):
    """An adversarial game on pictures of 4×4, then 8×8, and so on; section 2 and figure 2.

    Args:
        data: the pictures at their full size.
        batch_factors: the batch at each level from 4×4 up as multiples of the run's; the last holds for the rest.
        **parts: of `Adversarial`; the networks are growing ones.
    """

    def __init__(self, data: Images, batch_factors: tuple[int, ...] = (1,), **parts: Any) -> None:
        super().__init__(**parts)
        self.sides, self.batch_factors = sides(data), batch_factors

    def stages(self, budget: int) -> dict[str, int]:
        """Equal shares, at least one step each; what division leaves goes to the full size."""
        names = [f"{side} {phase}" for side in self.sides for phase in ("fade-in", "stabilise")][1:]
        share = max(1, budget // len(names))
        return dict.fromkeys(names[:-1], share) | {names[-1]: max(1, budget - share * (len(names) - 1))}

    def program(self, run: Run) -> None:
        """Every level is faded in, α from 0 to 1 in a straight line, and then trained at α = 1."""
        for level, side in enumerate(self.sides):
            if level:
                for i in run.stage(f"{side} fade-in"):
                    self.play(run, level, (i + 1) / run.plan[f"{side} fade-in"])
            for _ in run.stage(f"{side} stabilise"):
                self.play(run, level, 1.0)

    def play(self, run: Run, level: int, alpha: float) -> None:
        """One step of the plain game at a level, on reals as the level shows them."""
        for net in self.modules():
            if isinstance(net, Growing):
                net.grow(level, alpha)
        factor = self.batch_factors[min(level, len(self.batch_factors) - 1)]
        self.step(run.view(data=self._grown(self.critic).shrunk, batch=factor * run.batch))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`: at full size, whatever the level."""
        return self._grown(self.generator).whole(super().generate(n, labels)).clamp(-1, 1)

    @staticmethod
    def _grown(player: Any) -> Growing:
        net = player.net
        assert isinstance(net, Growing)
        return net


@recipe(
    "progan",
    paper=Paper("Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2017, "1710.10196"),
    data=("images",),
    batch=16,
    steps=10_000,
    tiny={"width": 8, "latent": 8},
)
def progan(
    data: Images,
    *,
    width: int = 32,
    most: int = 512,
    latent: int = 512,
    weight: float = 10.0,
    drift_weight: float = 1e-3,
    group: int = 4,
    rate: float = 1e-3,
    average: float = 10_000.0,
    batch_factors: tuple[int, ...] = (1,),
) -> ProGAN:
    """Generator and critic grow from 4×4 to the picture's size, each new layer faded in.

    Critic: E D(G(z)) - E D(x) + λ E(‖∇D(x̂)‖ - 1)² + ε E D(x)², appendix A.1. While a level of side s fades in, G's
    pictures and the reals are (1 - α)·(those of side s/2, doubled) + α·(those of side s), and so are D's features.

    Args:
        data: pictures of any size.
        width: feature maps of the last level, doubled at each level below.
        most: feature maps of any level, at most.
        latent: numbers in a normal latent.
        weight: λ.
        drift_weight: ε.
        group: samples whose standard deviation the critic sees.
        rate: Adam's, for both, with betas (0, 0.99).
        average: half-life of the generator's average in reals, from the released code.
        batch_factors: the batch at each level from 4×4 up as multiples of the run's; the last holds for the rest.

    Deviations: 1. Adam's moments are kept when the networks grow; the released code forgets them. 2. Equal shares of
    steps for all phases, where the paper has equal numbers of reals (the same with the default batch).
    3. Samples are clipped to [-1, 1]. 4. α starts one step above 0, where the new layers would not learn.
    """
    return ProGAN(
        data,
        batch_factors,
        generator=Player(GrowingGenerator(data, latent, width, most), adam(rate, (0.0, 0.99)), average=average),
        critic=Player(GrowingCritic(data, width, most, group), adam(rate, (0.0, 0.99))),
        prior=Gaussian(latent),
        objective=wasserstein(),
        penalties=[gradient_penalty(weight), drift(drift_weight)],
    )
