"""Sizes of convolutions and of their transposes, and where checkerboards come from."""

from __future__ import annotations

from itertools import product

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor

from rivals.errors import UsageError
from rivals.lab.drawing import BLACK, SHADES, label, panels
from rivals.lab.experiment import Result, Table, experiment

EXAMPLES = (
    ("no padding", 4, 3, 1, 0, 0),
    ("any padding", 5, 4, 1, 2, 0),
    ("half padding: same size", 5, 3, 1, 1, 0),
    ("full padding", 5, 3, 1, 2, 0),
    ("stride", 5, 3, 2, 0, 0),
    ("stride and padding", 5, 3, 2, 1, 0),
    ("stride, a row left over", 6, 3, 2, 1, 0),
    ("transposed, no padding", 2, 3, 1, 0, 0),
    ("transposed, half padding", 5, 3, 1, 1, 0),
    ("transposed, full padding", 7, 3, 1, 2, 0),
    ("transposed stride", 2, 3, 2, 0, 0),
    ("transposed stride and padding", 3, 3, 2, 1, 0),
    ("the same with a row added", 3, 3, 2, 1, 1),
    ("a DCGAN's layer: doubles", 4, 4, 2, 1, 0),
)
"""Name, input, kernel, stride, padding, rows added to the output."""


@experiment("convolution-arithmetic")
def convolution_arithmetic(*, largest: int = 10, kernels: tuple[int, ...] = (2, 3, 4, 5, 6), stride: int = 2) -> Result:
    """How large the output of a (transposed) convolution is, and how unevenly a transposed one paints it.

    Convolution:  o = ⌊(i + 2p - d(k - 1) - 1) / s⌋ + 1.
    Transposed:   o = s(i - 1) + d(k - 1) + 1 - 2p + a, a the rows added where a stride has lost some.
    Overlap:      ⌊k/s⌋ to ⌈k/s⌉ inputs paint one output row, equally many everywhere only where s divides k.

    Dumoulin and Visin 2016, arXiv:1603.07285; Odena et al. 2016, "Deconvolution and checkerboard artifacts". Axes go
    their own ways, so one is enough for sizes, and overlaps in the plane are products.

    Args:
        largest: inputs tried, 1 to this, at most 32.
        kernels, stride: of the overlaps; up to 8 strides, up to 6.

    Raises:
        UsageError: for sizes below 1, or too large to show.
    """
    if not (1 <= largest <= 32 and 1 <= stride <= 6 and kernels and 1 <= min(kernels) <= max(kernels) <= 8 * stride):
        raise UsageError("largest is 1 to 32, stride 1 to 6, and kernels, one or more, are 1 to 8 strides")
    rows = []
    for name, i, k, s, p, a in EXAMPLES:
        transposed = name.startswith("transposed") or a > 0 or "doubles" in name
        predicted = enlarged(i, k, s, p, 1, a) if transposed else reduced(i, k, s, p, 1)
        rows.append((name, i, k, s, p, a, predicted, _made(i, k, s, p, 1, a if transposed else None)))
    kinds = {"convolution": [0, 0], "transposed": [0, 0], "there and back": [0, 0]}
    for i, k, s, d in product(range(1, largest + 1), range(1, 6), range(1, 5), (1, 2)):
        for p in range(d * (k - 1) + 1):
            if (o := reduced(i, k, s, p, d)) >= 1 and i + 2 * p > d * (k - 1):
                _tally(kinds["convolution"], _made(i, k, s, p, d, None) == o)
                a = (i + 2 * p - d * (k - 1) - 1) % s
                _tally(kinds["there and back"], _made(o, k, s, p, d, a) == i)
            for a in range(max(s, d)):
                if (o := enlarged(i, k, s, p, d, a)) >= 1:
                    _tally(kinds["transposed"], _made(i, k, s, p, d, a) == o)
    counts = [_overlap(k, stride) for k in kernels]
    least = [(k // stride) ** 2 for k in kernels]
    most = [(-(-k // stride)) ** 2 for k in kernels]
    painted = [
        (
            f"transposed, k = {k}, s = {stride}",
            int(c.min()),
            low,
            int(c.max()),
            high,
            "even" if low == high else "checkerboard",
        )
        for k, c, low, high in zip(kernels, counts, least, most, strict=True)
    ]
    resized = _resized(3, stride)
    even = "even" if resized.min() == resized.max() else "checkerboard"
    painted.append((f"enlarged {stride} times, k = 3", int(resized.min()), 9, int(resized.max()), 9, even))

    def draw(figure: Figure) -> None:
        shown = [(f"transposed, k = {k}, s = {stride}", c) for k, c in zip(kernels, counts, strict=True)][:4]
        shown.append((f"enlarged {stride} times, k = 3", resized))
        for axes, (name, c) in zip(panels(figure, len(shown)), shown, strict=True):
            axes.grid(False)
            axes.imshow(c, cmap=SHADES, vmin=0, vmax=2.4 * float(c.max()), interpolation="nearest")
            for y, x in product(range(len(c)), repeat=2):
                axes.text(x, y, f"{c[y, x]:g}", ha="center", va="center", fontsize=7, color=BLACK)
            axes.spines[:].set_visible(False)
            axes.set_xticks([])
            axes.set_yticks([])
            label(axes, name)

    return Result(
        (
            Table("Sizes", ("case", "i", "k", "s", "p", "a", "formula", "torch"), rows),
            Table(
                f"All cases with i ≤ {largest}, k ≤ 5, s ≤ 4, dilation ≤ 2 and every padding",
                ("kind", "cases", "as the formula says"),
                [(kind, cases, right) for kind, (cases, right) in kinds.items()],
            ),
            Table(
                "Inputs that paint one pixel of a picture, away from its edge",
                ("layer", "fewest", "⌊k/s⌋²", "most", "⌈k/s⌉²", "so"),
                painted,
            ),
        ),
        draw,
        (11.0, 2.6),
    )


def reduced(i: int, k: int, s: int, p: int, d: int) -> int:
    """A convolution's output by the formula; below 1 there is none."""
    return (i + 2 * p - d * (k - 1) - 1) // s + 1


def enlarged(i: int, k: int, s: int, p: int, d: int, a: int) -> int:
    """A transposed convolution's output by the formula; below 1 there is none."""
    return s * (i - 1) + d * (k - 1) + 1 - 2 * p + a


def _made(i: int, k: int, s: int, p: int, d: int, a: int | None) -> int:
    """What torch makes of it, transposed where `a` is a number."""
    x, kernel = torch.zeros(1, 1, i), torch.zeros(1, 1, k)
    if a is None:
        return F.conv1d(x, kernel, stride=s, padding=p, dilation=d).shape[2]
    if a < max(s, d):
        return F.conv_transpose1d(x, kernel, stride=s, padding=p, dilation=d, output_padding=a).shape[2]
    raise AssertionError("rows that a stride loses are fewer than it")


def _overlap(k: int, s: int) -> Tensor:
    """How many inputs paint each pixel of a piece from the middle, (6, 6)."""
    return _middle(F.conv_transpose2d(torch.ones(1, 1, 16, 16), torch.ones(1, 1, k, k), stride=s))


def _resized(k: int, s: int) -> Tensor:
    """The same where the picture is enlarged first and a plain convolution follows; each input counts as often."""
    large = F.interpolate(torch.ones(1, 1, 16, 16), scale_factor=s, mode="nearest")
    return _middle(F.conv2d(large, torch.ones(1, 1, k, k), padding=k // 2))


def _middle(x: Tensor) -> Tensor:
    start = x.shape[2] // 2 - 3
    return x[0, 0, start : start + 6, start : start + 6]


def _tally(count: list[int], right: bool) -> None:
    count[0] += 1
    count[1] += right
