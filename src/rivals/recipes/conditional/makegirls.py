"""Faces with the attributes that are asked for."""

from __future__ import annotations

from rivals import conditions
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.networks import mlp, srresnet
from rivals.nn.labels import WithLabels
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import dragan
from rivals.priors import Gaussian
from rivals.recipes.conditional.acgan import ACGAN
from rivals.terms import AuxiliaryClassifier


@recipe(
    "makegirls",
    paper=Paper(
        "Towards the Automatic Anime Characters Creation with Generative Adversarial Networks", 2017, "1708.05509"
    ),
    data=("images",),
    tiny={"width": 8, "latent": 8, "blocks": (1, 1)},
)
def makegirls(
    data: Images,
    *,
    width: int = 64,
    latent: int = 128,
    blocks: tuple[int, int] = (16, 2),
    adversarial: float | None = None,
    weight: float = 0.5,
    spread: float = 0.5,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> ACGAN:
    """Residual networks, a critic that also names attributes, and its slope held near 1 around the data.

    D: min λ_a L_adv + L_cls + λ_p E(‖∇D(x + δ)‖ - 1)², G: min λ_a L_adv + L_cls, section 3. L_adv has the weight 1
    here, and all others are divided by λ_a, of which Adam sees nothing.

    Args:
        data: pictures of any size, with attributes or labels.
        width: channels of all maps of the generator, and twice those of the critic's first one.
        latent: numbers in a normal latent.
        blocks: residual ones in the generator; at each size in the critic.
        adversarial: λ_a, above 0; by default the number of attributes, 34 in the paper, or of labels 1.
        weight, spread: λ_p; size of δ in standard deviations of the batch.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for data without attributes and labels, or weights that are not above 0.

    Deviations: 1. A constant learning rate. 2. Attributes of samples are drawn as in the data.
    """
    condition, optimizer = conditions.of(data), adam(rate, (beta, 0.999))
    if adversarial is None:
        adversarial = 1.0 if condition.classes else float(condition.size)
    if adversarial <= 0 or weight < 0 or min(blocks) < 0 or width < 2:
        raise UsageError("adversarial must be above 0, weight and blocks at least 0, and width at least 2")
    generator = srresnet.generator(latent + condition.size, *data.shape, base=width, blocks=blocks[0])
    body, features = srresnet.features(*data.shape, base=width // 2, blocks=blocks[1])
    heads = (mlp.critic((features,), [], outputs) for outputs in (1, condition.size))
    trunk, judge, namer = (Player(net, optimizer) for net in (body, *heads))
    return ACGAN(
        generator=Player(WithLabels(generator, condition.size), optimizer),
        critic=Chain(trunk, judge),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[dragan(weight / adversarial, spread)],
        condition=condition,
        terms=[AuxiliaryClassifier(trunk, namer, weight=1 / adversarial)],
    )
