"""A classifier beside generator and critic: it labels samples, the generator makes samples of labels."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.sources import FEW
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks.trunk import trunk
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run
from rivals.semi import FewLabelled


class TripleGAN(FewLabelled):
    """The critic tells labelled pairs from those of classifier and generator. Li et al. 2017, eqs. 3-5, algorithm 1.

    Args:
        generator, prior: z (N, L) and labels (N,) -> x (N, ...); where z comes from.
        classifier, critic: x -> logits (N, K); x and labels -> logits (N,), high on true pairs.
        alpha: share of the classifier's pairs among the critic's fakes.
        confidence, balance: weights of H(p(y | x)) and of the divergence of E p(y | x) from the uniform.
        pseudo, after: α_P of generated pairs in the classifier's loss, and from which of its moves on they count.
        unlabelled: factor on all of the classifier's losses but that of the labelled samples.
        **few: of `FewLabelled`.
    """

    needed = True

    def __init__(
        self, generator: Player, classifier: Player, critic: Player, prior: Prior, *, alpha: float, confidence: float,
        balance: float, pseudo: float, after: int, unlabelled: float, **few: Any,
    ) -> None:  # fmt: skip
        super().__init__(**few)
        self.generator, self.classifier, self.critic, self.prior = generator, classifier, critic, prior
        self.alpha, self.confidence, self.balance = alpha, confidence, balance
        self.pseudo, self.after, self.unlabelled = pseudo, after, unlabelled
        self.condition = Labels(few["classes"])

    def step(self, run: Run) -> None:
        """All three move at once, on one batch of each kind of pair."""
        few, true = run.real(*FEW)
        x = run.real()
        wanted = noise.integers(len(x), self.classes).to(x.device)
        fake = self.generator(self.prior(len(x)), wanted)
        # one pass, so that a batch norm sees in training what its running means will hold
        logits = self.classifier(torch.cat([few, x, fake.detach()])).split([len(few), len(x), len(fake)])
        p = logits[1].softmax(1)
        share, named = p.max(1)
        made, judged = self.critic(fake, wanted), self.critic(x, named)
        # half of the classifier's pairs stand in for true ones, of which there are too few
        real = torch.cat([self.critic(few, true), judged[::2]])
        mean = run.mean(p)
        learnt = {
            "labelled": F.cross_entropy(logits[0], true, reduction="none"),
            "deceit": self.unlabelled * self.alpha * share * F.softplus(-judged),
            "confidence": self.unlabelled * self.confidence * -(p * logits[1].log_softmax(1)).sum(1),
            "balance": self.unlabelled * self.balance * -mean.clamp_min(1e-8).log().mean(),
        }
        if self.pseudo and self.classifier.updates >= self.after:
            learnt["pseudo"] = self.unlabelled * self.pseudo * F.cross_entropy(logits[2], wanted, reduction="none")
        rest = 1 - self.alpha
        fakes = {"classifier": self.alpha * F.softplus(judged[1::2]), "generator": rest * F.softplus(made)}
        run.descend(
            (self.critic, {"true": F.softplus(-real), **fakes}),
            (self.classifier, learnt),
            (self.generator, rest * F.softplus(-made)),
        )

    def log_probabilities(self, x: Tensor) -> Tensor:
        """See `FewLabelled`."""
        logits: Tensor = self.classifier(x)
        return logits.log_softmax(1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n), labels)
        return made


@recipe(
    "triple-gan",
    paper=Paper("Triple Generative Adversarial Nets", 2017, "1703.02291"),
    data=("images",),
    kind="classifier",
    batch=100,
    steps=6000,
    tiny={"width": 8, "latent": 8, "labels": 10},
)
def triple_gan(
    data: Images,
    *,
    labels: int = 100,
    subset: int | None = None,
    unlabelled: float = 1.0,
    alpha: float = 0.5,
    confidence: float = 0.3,
    balance: float = 0.1,
    pseudo: float = 0.1,
    after: int = 1000,
    dropout: float = 0.5,
    width: int = 32,
    latent: int = 100,
    rate: float = 1e-3,
    beta: float = 0.5,
    average: float = 1e4,
) -> TripleGAN:
    """Generator and classifier each complete a pair, and one critic judges both; eq. 5.

    E_p log D(x, y) + α E_pc log(1 - D(x, y)) + (1 - α) E_pg log(1 - D(G(y, z), y)), p_c(y | x) the classifier's; the
    classifier also descends -E_p log p_c(y | x) and -α_P E_pg log p_c(y | x).

    Args:
        data: pictures of any size, with classes.
        labels, subset: how many samples have a label; which, by default as the seed says.
        unlabelled: factor on all of the classifier's losses but the labels'; at 0 it learns from the labels alone.
        alpha, pseudo, after: α; α_P, and after how many moves it counts.
        confidence, balance, dropout: weights of sure answers and of even ones over a batch; of its features.
        width, latent: of all networks; the classifier's is twice as wide. Numbers in a normal latent.
        rate, beta, average: Adam's, for all; half-life of the classifier's averaged weights in reals.

    Raises:
        UsageError: for no labels.

    Deviations: 1. The critic sees the classifier's likeliest label, weighted by its probability in the classifier's
    loss, as in the authors' code for MNIST. 2. The DCGAN's networks, a projection critic under spectral norm. 3. All
    three move at once.
    """
    k, optimizer = data.classes, adam(rate, (beta, 0.999))
    body, features = trunk(data, 2 * width)
    return TripleGAN(
        Player(networks.generator(data, latent, width, condition=k, join="projection"), optimizer),
        Player(nn.Sequential(body, nn.Dropout(dropout), nn.Linear(features, k)), optimizer, average=average),
        Player(networks.critic(data, width, norm="spectral", condition=k, join="projection"), optimizer),
        Gaussian(latent),
        alpha=alpha, confidence=confidence, balance=balance, pseudo=pseudo, after=after, unlabelled=unlabelled,
        classes=k, labels=labels, subset=subset,
    )  # fmt: skip
