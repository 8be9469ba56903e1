"""Convolutions whose weights a style scales, for each sample its own."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.nn.equalised import equalised
from rivals.nn.upfirdn import Fir


def modulated(
    x: Tensor, weight: Tensor, style: Tensor, *, demodulate: bool = True, up: bool = False, grouped: bool = False
) -> Tensor:
    """Convolve each sample with weights of its own.

    w'_oik = s_i w_oik, and demodulated w''_oik = w'_oik / √(Σ_ik w'²_oik + ε), so that independent inputs of variance 1
    give outputs of variance 1 whatever the style. Karras et al. 2019, arXiv:1912.04958, equations 1 and 3.

    Args:
        x: (N, I, H, W).
        weight: (O, I, K, K), K odd.
        style: scales s of the input's maps, (N, I).
        demodulate: whether each output map is brought back to unit variance.
        up: transposed with stride 2, of which the caller smooths the result; its sides are 2H + K - 2.
        grouped: make the w'' and convolve with them in one grouped convolution, which costs a processor 2 to 8 times
            as much as to scale what goes into a plain convolution and what comes out of it; the result is the same.

    Returns:
        (N, O, H, W), or the larger maps.
    """
    n, maps, height, width = x.shape
    if grouped:
        own = weight * style[:, None, :, None, None]  # (N, O, I, K, K)
        if demodulate:
            own = own * (own.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
        x = _convolved(x.reshape(1, n * maps, height, width), own.flatten(0, 1), up, n)
        return x.view(n, -1, *x.shape[2:])
    x = _convolved(x * style[:, :, None, None], weight, up, 1)
    if demodulate:
        x = x * (style.square() @ weight.square().sum((2, 3)).T + 1e-8).rsqrt()[:, :, None, None]
    return x


def _convolved(x: Tensor, weight: Tensor, up: bool, groups: int) -> Tensor:
    if not up:
        return F.conv2d(x, weight, padding=weight.shape[2] // 2, groups=groups)
    outputs, maps, size, _ = weight.shape  # a transposed convolution has inputs in front
    turned = weight.view(groups, outputs // groups, maps, size, size).transpose(1, 2).flatten(0, 1)
    return F.conv_transpose2d(x, turned, stride=2, groups=groups)


class Modulated(nn.Module):
    """A modulated convolution: features (N, I, H, W) and styles w (N, W) -> (N, O, H, W), or (N, O, 2H, 2W).

    An affine layer, which starts at s = 1 on average, turns w into the scales s. The learning rate is equalised.

    Args:
        before, after: I and O.
        style: numbers in w.
        size: of the kernel, odd; 3 where `up` is set.
        demodulate: see `modulated`.
        up: twice the sides, smoothed by the small filter.
    """

    def __init__(
        self, before: int, after: int, style: int, size: int = 3, *, demodulate: bool = True, up: bool = False
    ) -> None:
        super().__init__()
        self.scale = 1 / math.sqrt(before * size**2)
        self.weight = nn.Parameter(torch.randn(after, before, size, size))
        self.affine = equalised(nn.Linear(style, before), 1.0)
        nn.init.ones_(self.affine.bias)  # type: ignore[arg-type]
        self.demodulate, self.filter = demodulate, Fir() if up else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """See the class."""
        up = self.filter is not None
        x = modulated(x, self.scale * self.weight, self.affine(w), demodulate=self.demodulate, up=up)
        return 4 * self.filter.smooth(x, 1) if self.filter else x


class Styled(nn.Module):
    """One layer of a synthesis network: modulated convolution, noise, bias, leaky ReLU; figure 2c of 1912.04958.

    √2 φ(conv(x, w) + η n + b), n one normal number a pixel, η its learnt strength, which starts at 0.

    Args:
        before, after, style, up: of the convolution, see `Modulated`.
        side: of the map that comes out.
    """

    fixed: Tensor

    def __init__(self, before: int, after: int, style: int, side: int, *, up: bool = False) -> None:
        super().__init__()
        self.convolution = Modulated(before, after, style, up=up)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(after, 1, 1))
        self.register_buffer("fixed", torch.randn(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor, fixed: bool = False) -> Tensor:
        """Features (N, I, H, W), styles (N, W) -> (N, O, side, side).

        Args:
            x, w: see above.
            fixed: the same noise for all samples and always, instead of new one.
        """
        x = self.convolution(x, w)
        n = self.fixed if fixed else noise.normal(len(x), 1, *x.shape[2:])
        return math.sqrt(2) * F.leaky_relu(x + self.strength * n.to(x) + self.bias, 0.2)
