"""Noise that has been through a decoder and an encoder of the data before it reaches the generator."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn import gaussian
from rivals.nn.distance import squared
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Prior
from rivals.recipes.inference.vae import VAE, vae
from rivals.run import Run
from rivals.terms import FeatureMatching


class Recoded(Prior):
    """A draw of q(z' | G(z)), z ~ N(0, I): what a VAE's encoder finds in what its decoder makes, without gradients.

    Args:
        coder: the VAE, owned elsewhere.
    """

    def __init__(self, coder: VAE) -> None:
        super().__init__()
        self.size = coder.prior.size
        self._coder = (coder,)  # in a tuple, a module is copied along but not registered a second time

    def pairs(self, n: int) -> tuple[Tensor, Tensor]:
        """What the decoder makes, (n, ...), and its code, (n, size)."""
        coder = self._coder[0]
        with torch.no_grad():
            made = coder.generate(n)
            return made, gaussian.drawn(coder.encoder(made))

    def forward(self, n: int) -> Tensor:
        """See `Prior.forward`."""
        return self.pairs(n)[1]


class DEGAN(Adversarial):
    """First a VAE learns the data, then a game is played on latents that have been through it. Zhong et al. 2018.

    Args:
        coder: the VAE.
        share: of the steps that it gets, in (0, 1).
        copy: whether the generator starts as a copy of the decoder.
        **others: of `Adversarial`.
    """

    def __init__(self, *, coder: VAE, share: float, copy: bool, **others: Any) -> None:
        super().__init__(prior=Recoded(coder), **others)
        self.coder, self.share, self.copy = coder, share, copy

    def stages(self, budget: int) -> dict[str, int]:
        """Both stages get at least one step."""
        first = max(1, round(self.share * budget))
        return {"codes": first, "train": max(1, budget - first)}

    def program(self, run: Run) -> None:
        """The VAE stays as it is once the game begins."""
        for _ in run.stage("codes"):
            self.coder.step(run)
            if self.copy:
                made, code = Recoded(self.coder).pairs(run.batch)
                run.descend((self.generator, squared(self.fake(code, None), made)))
        for _ in run.stage("train"):
            self.step(run)


@recipe(
    "degan",
    paper=Paper("Generative Adversarial Networks with Decoder-Encoder Output Noise", 2018, "1807.03923"),
    data=("images",),
    steps=10_000,
    tiny={"width": 8, "latent": 8, "hidden": (16,)},
)
def degan(
    data: Images,
    *,
    width: int = 64,
    latent: int = 20,
    hidden: tuple[int, ...] = (500, 500),
    share: float = 0.2,
    copy: bool = False,
    matching: float = 0.01,
    rate: float = 2e-4,
    beta: float = 0.5,
    coder_rate: float = 1e-3,
) -> DEGAN:
    """A generator that is given codes of the data's kind rather than plain noise learns sooner.

    z ~ N(0, I) becomes z' ~ q(z' | G'(z)) by decoder G' and encoder q of a VAE that was trained on the same data; then
    V(D, G) = E log D(x) + E log(1 - D(G(z'))), and G also matches the mean of the critic's features.

    Args:
        data: pictures of any size.
        width: of generator and critic; see `rivals.networks`.
        latent, hidden: numbers in a code; units of the VAE's layers.
        share: of all steps that the VAE gets.
        copy: while the VAE learns, the generator learns to make what the decoder makes, from its codes.
        matching: weight of the loss in the critic's hidden space.
        rate, beta, coder_rate: Adam's for generator and critic, and β₁; the VAE's.

    Raises:
        UsageError: for a share that is not inside (0, 1).

    Deviations: 1. The loss in hidden space is that of feature matching. 2. Our VAE is fully connected. 3. `copy` is
    ours.
    """
    if not 0 < share < 1:
        raise UsageError(f"the VAE's share of the steps must be between 0 and 1, not {share}")
    return DEGAN(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width), adam(rate, (beta, 0.999))),
        objective=non_saturating(),
        terms=[FeatureMatching(matching)] if matching else [],
        coder=vae(data, hidden=hidden, latent=latent, rate=coder_rate),
        share=share,
        copy=copy,
    )
