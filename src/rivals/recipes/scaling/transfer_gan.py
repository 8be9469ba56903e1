"""A game that has been played on another domain before."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data import named
from rivals.data.beside import Beside
from rivals.data.sources import Source
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import wasserstein
from rivals.optim import adam
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian
from rivals.run import Run

ELSEWHERE = "elsewhere"
"""The field of the source domain's pictures."""


class TransferGAN(Adversarial):
    """An adversarial game on a source domain, and then on the data with the weights that it has; section 3.

    Args:
        domain: name of the source domain's data; "" leaves that stage out.
        source_steps: steps on it; those of the run come on top.
        **parts: of `Adversarial`.

    Raises:
        UsageError: for no steps on a source domain.
    """

    def __init__(self, domain: str, source_steps: int, **parts: Any) -> None:
        super().__init__(**parts)
        if source_steps < 1:
            raise UsageError(f"source_steps, the steps on the source domain, must be at least 1, not {source_steps}")
        self.domain, self.source_steps, self.elsewhere = domain, source_steps, False

    def feed(self, source: Source) -> Source:
        """The data with the source domain's pictures beside it."""
        if not self.domain:
            return source
        other = named.load(self.domain)
        specs = other.spec, source.spec
        if not all(isinstance(spec, Images) for spec in specs) or specs[0].shape[0] != specs[1].shape[0]:
            raise UsageError(f"the source '{self.domain}' must be pictures with the channels of '{source.name}'")
        return Beside(source, other, ELSEWHERE)

    def stages(self, budget: int) -> dict[str, int]:
        """The budget is the target's alone."""
        return {"source": self.source_steps, "target": budget} if self.domain else {"target": budget}

    def program(self, run: Run) -> None:
        """The same steps on both domains."""
        if self.domain:
            self.elsewhere = True
            for _ in run.stage("source"):
                self.step(run)
        self.elsewhere = False
        self.adapt()
        for _ in run.stage("target"):
            self.step(run)

    def adapt(self) -> None:
        """What happens between the domains: here nothing. A resumed run does it again, before its state is loaded."""

    def reals(self, run: Run) -> tuple[Tensor, Tensor | None]:
        """Real samples of the stage's domain, brought to the size of the data's."""
        if not self.elsewhere:
            return super().reals(run)
        x, size = run.real(ELSEWHERE), run.source.spec.shape[1:]
        return x if x.shape[2:] == size else F.interpolate(x, size, mode="bilinear", antialias=True), None


@recipe(
    "transfer-gan",
    paper=Paper("Transferring GANs: generating images from limited data", 2018, "1805.01677"),
    data=("images",),
    tiny={"source": "digits", "source_steps": 4, "width": 8, "latent": 8},
)
def transfer_gan(
    data: Images,
    *,
    source: str = "",
    source_steps: int = 5000,
    width: int = 64,
    latent: int = 128,
    weight: float = 10.0,
    rate: float = 1e-4,
    betas: tuple[float, float] = (0.0, 0.9),
    critic_updates: int = 5,
) -> TransferGAN:
    """Generator and critic learn a domain of many pictures first, and go on with few of another one.

    E D(G(z)) - E D(x) + λ E(‖∇D(x̂)‖ - 1)², on the source and then on the target, no weight of either network anew.

    Args:
        data: the target, pictures of any size.
        source: name of the source's data, of as many channels; "" has none, for a start from a run on it (`--from`),
            or for training anew.
        source_steps: steps on the source, before those of the run on the target.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        weight, rate, betas, critic_updates: λ; Adam's, for both; n_critic.

    Raises:
        UsageError: for less than one step on the source.

    Deviations: 1. The DCGAN's networks for residual ones. 2. The optimisers go on as they are.
    """
    return TransferGAN(
        source,
        source_steps,
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=wasserstein(),
        penalties=[gradient_penalty(weight)],
        critic_updates=critic_updates,
    )
