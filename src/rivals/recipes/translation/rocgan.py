"""A second way into the translator's decoder keeps its outputs where targets are."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Pairs
from rivals.errors import UsageError
from rivals.game import Chain, Player, Side
from rivals.networks import patch
from rivals.networks.coder import decoder, encoder
from rivals.nn.distance import l1
from rivals.nn.joined import Joined
from rivals.optim import adam
from rivals.recipes.translation.pix2pix import Pix2Pix
from rivals.verbs import verb


class RoCGAN(Pix2Pix):
    """A translator d(e(x)) whose decoder also copies targets, d(a(y)), by codes that are to agree. Chrysos et al. 2018.

    Args:
        data: the pairs.
        e, a: players, x -> code (N, L), and y -> code.
        d: player, code -> y.
        copying, latent: weights of the copies' error, and of the codes' distance, at least 0.
        **others: of `Pix2Pix`.

    Raises:
        UsageError: for a negative weight.
    """

    def __init__(
        self, data: Pairs, *, e: Player, a: Player, d: Player, copying: float, latent: float, **others: Any
    ) -> None:
        super().__init__(data, G=Chain(e, d), **others)
        if min(copying, latent) < 0:
            raise UsageError("the weights copying and latent must be at least 0")
        self.a, self.copying, self.latent = a, copying, latent

    @property
    def movers(self) -> Side:
        """The encoder of targets moves along, unless it is for nothing."""
        return [self.G, self.a] if self.copying or self.latent else self.G

    def held(self, x: Tensor, y: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Errors of the translation and of the copy, and the distance of their codes."""
        losses = super().held(x, y, fake)
        if self.copying or self.latent:
            e, d = self.G.players
            code = self.a(y)
            losses["copy"] = self.copying * l1(d(code), y)
            losses["latent"] = self.latent * l1(e(x), code)
        return losses

    @verb
    def translate(self, x: Tensor) -> Tensor:
        """See `Translator.translate`."""
        y: Tensor = self.G(x)
        return y


@recipe(
    "rocgan",
    paper=Paper("Robust Conditional Generative Adversarial Networks", 2018, "1805.08657"),
    data=("pairs",),
    kind="translator",
    batch=16,
    steps=2_000,
    tiny={"width": 8, "code": 8},
)
def rocgan(
    data: Pairs,
    *,
    width: int = 64,
    code: int = 128,
    weight: float = 100.0,
    fool: float = 1.0,
    copying: float = 100.0,
    latent: float = 25.0,
    rate: float = 2e-4,
) -> RoCGAN:
    """A translator that shares its decoder with an auto-encoder of targets, against noise in its inputs.

    G = d ∘ e descends pix2pix's losses, and with a: λ_ae E‖d(a(y)) - y‖₁ + λ_l E‖e(x) - a(y)‖₁.

    Args:
        data: pairs of points, or of pictures of any size and number of channels.
        width: of all networks; see `rivals.networks`.
        code: numbers between encoders and decoder.
        weight, fool: of the translation's L1, and of the adversarial loss.
        copying, latent: λ_ae and λ_l; both 0 leave a translator alone, the paper's baseline.
        rate: Adam's, for all, with betas (0.5, 0.999).

    Raises:
        UsageError: for a negative weight.

    Deviations: 1. The code is a vector; norms are means over numbers. 2. Neither the paper's feature matching nor its
    decorrelation of codes. 3. The copies are of the pairs' own targets.
    """
    x, y = data.x, data.y
    pictures = isinstance(x, Images) and isinstance(y, Images)
    both = (x.shape[0] + y.shape[0], *y.shape[1:]) if pictures else (math.prod(x.shape) + math.prod(y.shape),)
    nets = {"e": encoder(x, code, width), "a": encoder(y, code, width), "d": decoder(y, code, width)}
    nets["D"] = Joined(patch.critic(both, width, norm="batch"))
    players = {name: Player(net, adam(rate, (0.5, 0.999))) for name, net in nets.items()}
    return RoCGAN(data, **players, weight=weight, fool=fool, copying=copying, latent=latent)
