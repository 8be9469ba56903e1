"""Bounds of a network's outputs over a region by equations in its parameters. Wang et al. 2018, arXiv:1809.08098.

Each number z in the network is held between two equations, a(θ) ≤ z(θ) ≤ b(θ), affine in θ, so that what cancels
cancels; a rectifier whose sign is open is replaced by the two parallel lines of section 3.1 (symbolic linear
relaxation). All is in float64; `slack` bounds what rounding may have moved the equations by, and is added outwards
wherever a number is read off them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.certificates.layers import Affine, Flat, Layer, Maximum, Rectifier
from rivals.certificates.regions import Region
from rivals.errors import UsageError

UNIT = 2.0**-53
"""Largest relative error of one operation in float64."""


def rounding(operations: int) -> float:
    """γ_n = n u / (1 - n u), twice. Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1."""
    return 2 * operations * UNIT / (1 - operations * UNIT)


@dataclass(frozen=True)
class Equations:
    """Two equations for each number of a layer.

    Attributes:
        low, high: (1 + M, *shape); row 0 is the constant, the others are the coefficients of θ.
        slack: by how much each may be off anywhere in the region, (*shape).
        region: over which they hold.
    """

    low: Tensor
    high: Tensor
    slack: Tensor
    region: Region

    @property
    def size(self) -> Tensor:
        """Sum of the absolute values in the larger equation of each number, (*shape)."""
        return torch.maximum(self.low.abs().sum(0), self.high.abs().sum(0))

    def range(self, equation: Tensor) -> tuple[Tensor, Tensor]:
        """Lowest and highest value of one of the two over the region, rounded outwards."""
        reach = self.region.reach(equation[1:])
        out = self.slack + rounding(len(equation) + 4) * (equation.abs().sum(0) + self.slack)
        return equation[0] - reach - out, equation[0] + reach + out

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Bounds of the numbers themselves."""
        return self.range(self.low)[0], self.range(self.high)[1]


def begin(region: Region) -> Equations:
    """The input: each number is its own equation."""
    rows = torch.cat([region.centre[None], region.directions])
    return Equations(rows, rows, 4 * UNIT * rows.abs().sum(0), region)


def affine(layer: Affine, e: Equations) -> Equations:
    """Weights above 0 carry an equation to its own side, those below to the other."""
    up, down = layer.weight.clamp_min(0.0), layer.weight.clamp_max(0.0)
    low = layer.apply(e.low, up) + layer.apply(e.high, down)
    high = layer.apply(e.high, up) + layer.apply(e.low, down)
    low[0] += layer.bias
    high[0] += layer.bias
    lost = e.slack + rounding(2 * layer.fan + 4) * (e.size + e.slack)
    slack = layer.apply(lost[None], layer.weight.abs())[0] * (1 + rounding(layer.fan + 4))
    return Equations(low, high, slack + 2 * UNIT * (layer.bias.abs() + high[0].abs() + low[0].abs()), e.region)


def rectified(layer: Rectifier, e: Equations) -> Equations:
    """Each equation is bent by itself, over its own range [l, u]; section 3.1.

    Above by the chord s (b - l) + slope l, below by s a, with s = (u - slope l) / (u - l); exact where its sign is
    known.
    """
    (low_l, low_u), (high_l, high_u) = e.range(e.low), e.range(e.high)
    below, _ = _bent(layer.slope, low_l, low_u)
    above, offset = _bent(layer.slope, high_l, high_u)
    low, high = below * e.low, above * e.high
    high[0] += offset
    changed = torch.maximum(above, below) * (e.size + e.slack) + offset
    return Equations(low, high, torch.maximum(above, below) * e.slack + 16 * UNIT * changed, e.region)


def _bent(slope: float, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Slope of the chord of a rectifier over [low, high], and what it lies above the parallel through 0."""
    chord = (high - slope * low) / (high - low).clamp_min(torch.finfo(high.dtype).tiny)
    s = torch.where(low >= 0, torch.ones_like(chord), torch.where(high <= 0, torch.full_like(chord, slope), chord))
    return s, torch.where((low < 0) & (high > 0), (slope - s) * low, torch.zeros_like(s))


def largest(layer: Maximum, e: Equations) -> Equations:
    """Below by the number that is surely largest at least once; above by it where no other can be larger, else a bound.

    The paper's networks have no maxima; this is the rule of Singh et al. 2019 (DeepPoly), section 4.3.
    """
    lower, upper = (_windows(layer, bound[None])[0] for bound in e.bounds())  # (C, k, places)
    best = lower.argmax(1, keepdim=True)
    others = upper.scatter(1, best, -torch.inf).amax(1, keepdim=True)
    alone = (others <= lower.gather(1, best))[:, 0]
    shape = layer(e.low[:1]).shape[1:]

    def chosen(rows: Tensor) -> Tensor:
        windows = _windows(layer, rows)
        return windows.gather(2, best.expand(len(rows), *best.shape))[:, :, 0].view(len(rows), *shape)

    low, high = chosen(e.low), chosen(e.high)
    constant = torch.zeros_like(high)
    constant[0] = upper.amax(1).view(shape)
    slack = chosen(e.slack[None])[0]
    return Equations(low, torch.where(alone.view(shape), high, constant), slack, e.region)


def _windows(layer: Maximum, x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, kernel, places)."""
    n, channels = x.shape[:2]
    return F.unfold(x, layer.kernel, stride=layer.stride).view(n, channels, layer.kernel[0] * layer.kernel[1], -1)


def led(layers: Sequence[Layer], region: Region) -> tuple[Equations, list[tuple[Tensor, Tensor]]]:
    """Lead the equations through a network.

    Returns:
        Those of the outputs, and the bounds of what each rectifier is given, in their order.
    """
    e, seen = begin(region), list[tuple[Tensor, Tensor]]()
    for layer in layers:
        if isinstance(layer, Rectifier):
            seen.append(e.bounds())
            e = rectified(layer, e)
        elif isinstance(layer, Affine):
            e = affine(layer, e)
        elif isinstance(layer, Maximum):
            e = largest(layer, e)
        else:
            e = Equations(e.low.flatten(1), e.high.flatten(1), e.slack.flatten(), e.region)
    return e, seen


def compared(layers: Sequence[Layer], y: int) -> list[Layer]:
    """The network with the outputs z_y - z_k for all k ≠ y in ascending order, in place of the logits.

    Raises:
        UsageError: for a network that does not end in a dense layer, or without class y.
    """
    *before, last = [layer for i, layer in enumerate(layers) if not (isinstance(layer, Flat) and i == len(layers) - 1)]
    if not isinstance(last, Affine) or last.weight.dim() != 2:
        raise UsageError("a certificate takes nets whose last layer is dense")
    if not 0 <= y < len(last.weight):
        raise UsageError(f"the net has {len(last.weight)} classes, and a sample is of class {y}")
    others = torch.arange(len(last.weight)) != y
    # one subtraction a weight: its rounding is within the room that `affine` leaves
    weight, bias = (part[y] - part[others] for part in (last.weight, last.bias))
    return [*before, Affine(weight, bias, last.apply, last.fan)]


def margins(layers: Sequence[Layer], region: Region, y: int) -> Tensor:
    """Lower bounds of z_y - z_k over the region, for all k ≠ y, float64 (K - 1,): where all are above 0, y is certain.

    Args:
        layers: of `layers_of`, in real arithmetic with the stored weights.
        region: of `rivals.certificates.regions`.
        y: the class.

    Raises:
        UsageError: for a network that does not end in a dense layer.
    """
    e, _ = led(compared(layers, y), region)
    return e.bounds()[0]
