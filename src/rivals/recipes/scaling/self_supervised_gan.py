"""A critic that also learns to read latents, and to copy and compare pictures, of which there are few."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.objectives import Pass, non_saturating
from rivals.optim import adam
from rivals.priors import Uniform
from rivals.terms import Term
from rivals.views import cutout


class SelfSupervised(Term):
    """λ_r ‖c(G(z)) - z‖² + λ_c ‖d(x) - x‖² + λ_t max(0, m + ‖c(x) - c(x⁺)‖² - ‖c(x) - c(x⁻)‖²), means over numbers.

    c is a head on the critic's trunk and d a decoder on it; x⁺ is x with a hole, x⁻ the batch's next real. All of it
    moves with the critic; the first loss is the generator's, too.

    Args:
        trunk: of the critic, which the critic's side moves; samples -> features.
        code: features -> codes as long as latents.
        decoder: features -> pictures.
        latents, pictures, triplets: λ_r, λ_c and λ_t.
        margin, hole: m; the share of a picture's sides that x⁺ lacks.
    """

    name = "self-supervised"

    def __init__(
        self,
        trunk: Player,
        code: Player,
        decoder: Player,
        *,
        latents: float = 1.0,
        pictures: float = 1.0,
        triplets: float = 1.0,
        margin: float = 1.0,
        hole: float = 0.5,
    ) -> None:
        super().__init__()
        self.code, self.decoder, self.critic_players = code, decoder, (code, decoder)
        self.latents, self.pictures, self.triplets, self.margin = latents, pictures, triplets, margin
        self._trunk, self._altered = (trunk,), cutout(hole)  # in a tuple: owned elsewhere

    def generator(self, p: Pass) -> Tensor:
        """How far the latents that are read off fakes are from those that made them, (N,)."""
        return self.latents * _apart(self.code(self._trunk[0](p.fake)), p.latent)

    def critic(self, p: Pass) -> Tensor:
        """All three, (N,)."""
        trunk = self._trunk[0]
        features = trunk(p.real)
        codes, holed = self.code(features), self.code(trunk(self._altered(p.real)))
        triplets = F.relu(self.margin + _apart(codes, holed) - _apart(codes, codes.roll(1, 0)))
        copied = _apart(self.decoder(features), p.real)
        return self.generator(p) + self.pictures * copied + self.triplets * triplets


def _apart(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared difference, (N, ...), (N, ...) -> (N,)."""
    return (a - b).square().flatten(1).mean(1)


@recipe(
    "self-supervised-gan",
    paper=Paper("A Self-supervised GAN for Unsupervised Few-shot Object Recognition", 2020, "2008.06982"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def self_supervised_gan(
    data: Images,
    *,
    latents: float = 1.0,
    pictures: float = 5.0,
    triplets: float = 1.0,
    margin: float = 1.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """The critic's features must also tell a fake's latent, a real's pixels, and like pictures from unlike ones.

    The DCGAN's game, and λ_r ‖c(G(z)) - z‖² + λ_c ‖d(x) - x‖² + λ_t max(0, m + ‖c(x) - c(x⁺)‖² - ‖c(x) - c(x⁻)‖²).

    Args:
        data: pictures of any size.
        latents, pictures, triplets, margin: λ_r of the latents' reconstruction, λ_c of the pictures', λ_t and m.
        width, latent: of both networks, see `rivals.networks`; numbers in a uniform latent.
        rate, beta: Adam's learning rate and β₁, for all.

    Deviations: 1. The positive is the anchor with a square hole, where the paper masks its background. 2. Pictures are
    decoded from the critic's features as in FastGAN, arXiv:2101.04775, section 3.2, which the paper does not do. 3. The
    DCGAN's networks.
    """
    optimizer = adam(rate, (beta, 0.999))
    body, features = features_of(data, width)
    judge, code = mlp.critic((features,), []), mlp.mlp([features, latent])
    trunk = Player(body, optimizer)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), optimizer),
        critic=Chain(trunk, Player(judge, optimizer)),
        prior=Uniform(latent),
        objective=non_saturating(),
        terms=[
            SelfSupervised(
                trunk, Player(code, optimizer), Player(networks.generator(data, features, width), optimizer),
                latents=latents, pictures=pictures, triplets=triplets, margin=margin,
            )
        ],
    )  # fmt: skip
