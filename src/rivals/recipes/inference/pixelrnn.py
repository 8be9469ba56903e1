"""Each pixel from those before it, by LSTMs that walk over the picture."""

from __future__ import annotations

from typing import Literal

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.networks.pixels import recurrent
from rivals.nn.raster import DiagonalBiLSTM, RowLSTM
from rivals.recipes.inference.pixelcnn import Pixels, autoregressive


@recipe(
    "pixelrnn",
    paper=Paper("Pixel Recurrent Neural Networks", 2016, "1601.06759"),
    data=("images",),
    kind="likelihood",
    batch=16,
    steps=10_000,
    tiny={"width": 3, "layers": 1},
)
def pixelrnn(
    data: Images,
    *,
    layer: Literal["row", "diagonal"] = "diagonal",
    pixels: Literal["binary", "levels"] = "levels",
    width: int = 16,
    layers: int = 7,
    rate: float = 1e-3,
    average: float = 0.0,
) -> Pixels:
    """Recurrence over rows or diagonals, so that one layer sees far; section 3.1 and 3.2.

    p(x) = Πᵢ p(xᵢ | x₁, …, xᵢ₋₁); h = σ(o) tanh(c), c = σ(f) c' + σ(i) tanh(g), gates from x here and h before, eq. 3.

    Args:
        data: pictures of any size.
        layer: "row", where a place sees a triangle above it, or "diagonal", where it sees all before it.
        pixels: "levels" as they are stored, or "binary": drawn black or white by their grey at every look.
        width: h; the LSTMs have h maps, between them there are 2h.
        layers: how many, see `rivals.networks.pixels.recurrent`.
        rate: Adam's.
        average: half-life of the averaged weights in reals; 0 keeps none.

    Raises:
        UsageError: for levels of 16 bits.

    Deviations: 1. Adam for RMSProp. 2. Black and white are a softmax of two, not a sigmoid. 3. No skip connections
    from the layers to the output. 4. A column of nothing to the right, without which no map would tell the next row
    of a row's last pixel, and the diagonal layer would not see all of the context.
    """
    kind = RowLSTM if layer == "row" else DiagonalBiLSTM
    return autoregressive(data, recurrent(kind, data.channels, width, layers), width, pixels, rate, average, 1)
