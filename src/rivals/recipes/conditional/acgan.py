"""The critic is not told the label: it names it."""

from __future__ import annotations

from torch import Tensor, nn

from rivals import conditions, networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.terms import AuxiliaryClassifier
from rivals.verbs import verb


class ACGAN(Adversarial):
    """A generator that is told the condition, and a critic that is not: an `AuxiliaryClassifier` among the terms."""

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The critic's logits of samples alone, (N,)."""
        return super().judge(x)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What has attributes has no classes, and other terms may have been set."""
        return () if self.classes and self._classifiers else ("classify",)

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Log P(y | x), (N, K)."""
        return self._classifiers[0].read(x).log_softmax(1)

    @property
    def _classifiers(self) -> list[AuxiliaryClassifier]:
        return [term for term in self._terms if isinstance(term, AuxiliaryClassifier)]


@recipe(
    "acgan",
    paper=Paper("Conditional Image Synthesis with Auxiliary Classifier GANs", 2016, "1610.09585"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def acgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 1.0,
    generator_weight: float | None = None,
    fakes: bool = True,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> ACGAN:
    """The critic learns to name the condition, of reals and of fakes, and the generator to be named rightly.

    L_S = E log P(real | x) + E log P(fake | G(z, y)), L_C = E log P(y | x) + E log P(y | G(z, y)); the critic's side
    climbs L_S + L_C, the generator L_C - L_S; section 3.

    Args:
        data: points or pictures, with labels or attributes.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight, generator_weight: of L_C for the critic's side; for the generator's, by default the same.
        fakes: whether the critic's side has the second half of L_C.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for data without labels and attributes.

    Deviations: 1. The DCGAN's networks. 2. G climbs log P(real | G(z, y)) for -L_S. 3. Attributes: a sum of binary
    cross-entropies.
    """
    condition, optimizer = conditions.of(data), adam(rate, (beta, 0.999))
    body, features = features_of(data, width)
    heads = (mlp.critic((features,), [], outputs, nn.LeakyReLU(0.2)) for outputs in (1, condition.size))
    trunk, judge, namer = (Player(net, optimizer) for net in (body, *heads))
    return ACGAN(
        generator=Player(networks.generator(data, latent, width, condition=condition.size), optimizer),
        critic=Chain(trunk, judge),
        prior=Gaussian(latent),
        objective=non_saturating(),
        condition=condition,
        terms=[AuxiliaryClassifier(trunk, namer, weight=weight, generator_weight=generator_weight, fakes=fakes)],
    )
