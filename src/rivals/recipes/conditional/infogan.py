"""Codes that can be read back."""

from __future__ import annotations

from torch import nn

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Codes
from rivals.terms import Information


@recipe(
    "infogan",
    paper=Paper(
        "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets",
        2016,
        "1606.03657",
    ),
    data=("points", "images"),
    batch=128,
    tiny={"width": 8, "latent": 8, "hidden": 16},
)
def infogan(
    data: Points | Images,
    *,
    width: int = 64,
    hidden: int = 128,
    latent: int = 62,
    categories: int = 10,
    continuous: int = 2,
    weight: float = 1.0,
    continuous_weight: float = 0.1,
    rate: float = 1e-3,
    critic_rate: float = 2e-4,
) -> Adversarial:
    """The generator must leave its codes readable: a categorical one names classes without labels.

    min over G, Q max over D of V(D, G) - λ L_I(G, Q), L_I = E log Q(c | G(z, c)) + H(c) ≤ I(c; G(z, c)), eqs. 5-6.
    `game.terms[0].read(x)` is Q on samples x.

    Args:
        data: points, or pictures of any size.
        width, hidden: of generator and trunk, see `rivals.networks`; units of Q's hidden layer.
        latent, categories, continuous: numbers z that nothing reads; classes of the code; codes uniform in [-1, 1].
        weight, continuous_weight: λ of the categorical and of the continuous codes (appendix C.1).
        rate, critic_rate: Adam's, for the generator; for critic and Q.

    Deviations: 1. Our networks. 2. z is normal, not uniform. 3. Q's std is 1, as in the authors' launcher for MNIST.
    """
    prior = Codes(latent, categories, continuous)
    body, features = features_of(data, width)
    reader = mlp.critic((features,), [hidden], categories + continuous, nn.LeakyReLU(0.1), "batch")
    nets = (body, mlp.critic((features,), []), reader)
    trunk, judge, head = (Player(net, adam(critic_rate, (0.5, 0.999))) for net in nets)
    return Adversarial(
        generator=Player(networks.generator(data, prior.size, width), adam(rate, (0.5, 0.999))),
        critic=Chain(trunk, judge),
        prior=prior,
        objective=non_saturating(),
        terms=[Information(trunk, head, prior, weight=weight, continuous_weight=continuous_weight)],
    )
