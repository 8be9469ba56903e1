"""Each pixel from those before it, by masked convolutions."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.networks.pixels import PixelBody, PixelNet, convolutions
from rivals.nn.raster import sweeping
from rivals.optim import adam
from rivals.verbs import verb


class Pixels(Likelihood):
    """max E Σᵢ log p(xᵢ | x₁, …, xᵢ₋₁) over pixels in raster order, and channels in order. 1601.06759, eq. 1-2.

    Args:
        net: pictures (N, C, H, W) -> logits (N, K, C, H, W) of K levels, see `rivals.networks.pixels`.
        data: their spec.
        pixels: "binary" or "levels".
    """

    chunk = 256  # a place costs calls as much as arithmetic

    def __init__(self, net: Player, data: Images, pixels: Literal["binary", "levels"]) -> None:
        super().__init__(pixels, data.bits)
        self.net, self.shape = net, data.shape
        assert isinstance(net.net, PixelNet)
        self.margin = net.net.margin

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """-log p(x) itself."""
        logits = self.net(x)
        level = ((x + 1) / 2 * (logits.shape[1] - 1)).round().long()
        return {"pixels": F.cross_entropy(logits, level, reduction="none").flatten(1).sum(1)}

    @verb
    def complete(self, x: Tensor, known: Tensor) -> Tensor:
        """Draw the places that are not known, each from all before it; those after it have no say."""
        return self._drawn(self.seen(x), known.expand_as(x).bool())

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        x = torch.zeros(n, *self.shape, device=self.device)
        return self._drawn(x, torch.zeros_like(x, dtype=torch.bool))

    def _drawn(self, x: Tensor, known: Tensor) -> Tensor:
        """Pictures whose other places are drawn in turn; what earlier places gave is kept, not computed again."""
        x = torch.where(known, x, 0.0)
        channels, height, width = self.shape
        with sweeping(self.net, height, width + self.margin) as sweep:
            for row, column in sweep.places():
                if column >= width:
                    self.net(x)
                for c in range(channels if column < width else 0):
                    edges = torch.softmax(self.net(x)[:, :, c, 0, 0], 1).cumsum(1)
                    level = (edges[:, :-1] < noise.uniform(len(x)).to(x)[:, None]).sum(1)
                    drawn = 2 * level / (edges.shape[1] - 1) - 1
                    at = (slice(None), c, row, column)
                    x[at] = torch.where(known[at], x[at], drawn)
        return x


def autoregressive(
    data: Images,
    body: PixelBody,
    width: int,
    pixels: Literal["binary", "levels"],
    rate: float,
    average: float,
    margin: int = 0,
) -> Pixels:
    """The game of a body of 2 · `width` maps; see `PixelNet`.

    Raises:
        UsageError: for 16-bit levels, of which there are too many to be classes, or a body of nothing.
    """
    if width < 1 or not body:
        raise UsageError("the body needs at least one map and one part: raise width, and blocks or layers")
    if pixels == "levels" and data.bits > 8:
        raise UsageError(f"{1 << data.bits} levels are too many to be classes: say pixels=binary, or take 8 bits")
    levels = 2 if pixels == "binary" else 1 << data.bits
    net = PixelNet(data.channels, levels, 2 * width, body, margin)
    return Pixels(Player(net, adam(rate), average=average or None), data, pixels)


@recipe(
    "pixelcnn",
    paper=Paper("Pixel Recurrent Neural Networks", 2016, "1601.06759"),
    data=("images",),
    kind="likelihood",
    batch=16,
    steps=10_000,
    tiny={"width": 3, "blocks": 1},
)
def pixelcnn(
    data: Images,
    *,
    pixels: Literal["binary", "levels"] = "levels",
    width: int = 32,
    blocks: int = 7,
    gated: bool = False,
    rate: float = 1e-3,
    average: float = 0.0,
) -> Pixels:
    """Masked convolutions give all pixels' conditionals at once in training, section 3.3; drawn one by one.

    p(x) = Πᵢ p(xᵢ | x₁, …, xᵢ₋₁), each a softmax over levels, section 2.2.

    Args:
        data: pictures of any size.
        pixels: "levels" as they are stored, or "binary": drawn black or white by their grey at every look.
        width: h; the body has 2h maps and h inside its blocks.
        blocks: residual ones, see `rivals.networks.pixels.convolutions`.
        gated: tanh and sigmoid instead of the blocks' middle ReLU (arXiv:1606.05328).
        rate: Adam's.
        average: half-life of the averaged weights in reals; 0 keeps none.

    Raises:
        UsageError: for levels of 16 bits.

    Deviations: 1. Adam for RMSProp. 2. Black and white are a softmax of two, not a sigmoid. 3. Gated blocks keep the
    one stack of maps, and its blind spot, instead of a vertical and a horizontal one.
    """
    return autoregressive(data, convolutions(data.channels, width, blocks, gated=gated), width, pixels, rate, average)
