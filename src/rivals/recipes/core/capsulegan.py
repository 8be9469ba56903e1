"""A critic of capsules."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.sources import FEW
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks import capsules as body
from rivals.objectives import Pass, margin, non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.semi import FewLabelled, SemiSupervised


class CapsuleGAN(FewLabelled, Adversarial):
    """The length of the critic's first capsule says "real", those of the others name classes, from few labels.

    Args:
        others: of `FewLabelled` and `Adversarial`; the critic gives lengths (N, 1 + K), K = 0 without labels.
    """

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The first length, (N,)."""
        length: Tensor = self.critic(x)[:, 0]
        return length

    def critic_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """The game's losses, and the margin loss of the classes on the labelled samples."""
        loss = super().critic_loss(run, p)
        if not self.labels:
            return loss
        x, label = run.real(*FEW)
        lengths = self.critic(x)[:, 1:]
        wanted = F.one_hot(label, lengths.shape[1])
        named = wanted * F.relu(0.9 - lengths) ** 2 + 0.5 * (1 - wanted) * F.relu(lengths - 0.1) ** 2
        return {"labelled": named.sum(1), **loss}

    def log_probabilities(self, x: Tensor) -> Tensor:
        """See `FewLabelled`: lengths in proportion."""
        lengths: Tensor = self.critic(x)[:, 1:]
        return (lengths / lengths.sum(1, keepdim=True)).log()


@recipe(
    "capsulegan",
    paper=Paper("CapsuleGAN: Generative Adversarial Capsule Network", 2018, "1802.06167"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def capsulegan(
    data: Images, *, labels: int = 0, subset: int | None = None, capsules: bool = True, passes: int = 3,
    width: int = 64, latent: int = 100, rate: float = 2e-4, beta: float = 0.5,
) -> Adversarial:  # fmt: skip
    """The critic's last layer is a capsule whose length is the chance that a picture is real; it learns by margins.

    L_D = max(0, .9 - ‖v(x)‖)² + ½ max(0, ‖v(G(z))‖ - .1)²; L_G = max(0, .9 - ‖v(G(z))‖)².

    Args:
        data: pictures of any size.
        labels: labelled samples; above 0 there is a capsule for each class, too, with the same margins.
        subset: which samples those are; by default it follows the seed.
        capsules: False puts a convolutional critic in their place, with cross-entropies: to compare with.
        passes: of dynamic routing.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for a width whose smallest map makes no whole capsules of 8, or no pass.

    Deviations: 1. The capsules stand on the DCGAN's strided convolutions. 2. The paper judges by classifiers that
    learn from generated pictures; class capsules are ours.
    """
    outputs, optimizer = 1 + (data.classes if labels else 0), adam(rate, (beta, 0.999))
    few: dict[str, Any] = {"classes": data.classes, "labels": labels, "subset": subset}
    slots: dict[str, Any] = {
        "generator": Player(networks.generator(data, latent, width), optimizer),
        "prior": Gaussian(latent),
    }
    if capsules:
        critic = Player(body.critic(data, width, outputs, passes), optimizer)
        return CapsuleGAN(critic=critic, objective=margin(), **slots, **few)
    slots["critic"] = Player(networks.critic(data, width, outputs=max(1, outputs - 1)), optimizer)
    slots["objective"] = non_saturating()
    return SemiSupervised(**slots, **few) if labels else Adversarial(**slots)
