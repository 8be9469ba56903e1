"""Translation with pairs."""

from __future__ import annotations

import math

from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Pairs
from rivals.game import Chain, Player, Side
from rivals.networks import patch, translators
from rivals.nn.distance import l1
from rivals.nn.joined import Joined
from rivals.nn.norms import Norm
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run
from rivals.translator import Translator
from rivals.verbs import verb


class Pix2Pix(Translator):
    """A translator that is held to the pair's y and has to fool a critic of (x, y); equations 1-4.

    Args:
        data: the pairs.
        G: player from x to y.
        D: player, critic of x and y.
        weight: λ.
        fool: weight of the generator's adversarial loss.
    """

    def __init__(self, data: Pairs, *, G: Player | Chain, D: Player, weight: float, fool: float) -> None:
        super().__init__(data.x.shape)
        self.G, self.D = G, D
        self.objective, self.weight, self.fool = non_saturating(), weight, fool

    def step(self, run: Run) -> None:
        """The critic moves, then the translator; section 3.3."""
        x, y = run.real("x", "y")
        fake = self.G(x)
        run.descend((self.D, self.objective.critic(self.D(x, y), self.D(x, fake.detach())) / 2))
        fool = self.fool * self.objective.generator(self.D(x, fake))
        run.descend((self.movers, {"fool": fool, **self.held(x, y, fake)}))

    @property
    def movers(self) -> Side:
        """Those who descend the translator's losses."""
        return self.G

    def held(self, x: Tensor, y: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """What holds the translator to the pairs, by name."""
        return {"l1": self.weight * l1(fake, y)}

    @verb
    def translate(self, x: Tensor) -> Tensor:
        """See `Translator.translate`."""
        y: Tensor = self.G(x)
        return y


@recipe(
    "pix2pix",
    paper=Paper("Image-to-Image Translation with Conditional Adversarial Networks", 2016, "1611.07004"),
    data=("pairs",),
    kind="translator",
    batch=16,
    steps=2_000,
    recommended={"pairs": "the pairs themselves say what is right, so an L1 loss can hold the critic's."},
    tiny={"width": 8},
)
def pix2pix(
    data: Pairs,
    *,
    width: int = 64,
    weight: float = 100.0,
    fool: float = 1.0,
    dropout: float = 0.5,
    norm: Norm = "batch",
    rate: float = 2e-4,
) -> Pix2Pix:
    """A U-Net between pairs, held to y by L1 and to y's texture by a critic of patches.

    V = E log D(x, y) + E log(1 - D(x, G(x, z))) + λ E‖y - G(x, z)‖₁, eq. 1, 3 and 4; G climbs log D(x, G(x, z))
    instead, and D's loss is halved, section 3.3. The norm is a mean over pixels. The noise z is dropout, also at test.

    Args:
        data: pairs of points, or of pictures of any size and number of channels.
        width: of the first hidden maps.
        weight: λ.
        fool: weight of G's adversarial loss; 0 leaves L1 alone.
        dropout: probability, in the U-Net's first maps on the way back.
        norm: of both networks' hidden maps; "instance" for batches of one, as the paper has it.
        rate: Adam's, for both, with betas (0.5, 0.999).

    Deviations: 1. Shallower networks for small pictures (`rivals.networks.translators`, `rivals.networks.patch`).
    2. Once trained, batch norms use their running statistics and not the batch's own, so that a translation does not
    depend on its neighbours. 3. Points have fully connected networks without noise.
    4. Batches of 16 by default for the paper's 1 to 10.
    """
    x, y = data.x, data.y
    pictures = isinstance(x, Images) and isinstance(y, Images)
    both = (x.shape[0] + y.shape[0], *y.shape[1:]) if pictures else (math.prod(x.shape) + math.prod(y.shape),)
    critic = Joined(patch.critic(both, width, norm=norm))
    return Pix2Pix(
        data,
        G=Player(translators.unet(x, y, width, dropout=dropout, norm=norm), adam(rate, (0.5, 0.999))),
        D=Player(critic, adam(rate, (0.5, 0.999))),
        weight=weight,
        fool=fool,
    )
