"""Bodies that map a sample of one domain to one of another: `residual(x, y)`, `unet(x, y)`.

Both are for pictures of any size and adapt their depth to it. Where one of the domains is not of pictures, both are the
same fully connected network.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from rivals.data.specs import Images, Points
from rivals.networks import mlp
from rivals.networks.dcgan import initialised
from rivals.nn.dropout import NoisyDropout
from rivals.nn.norms import Norm, norm2d
from rivals.nn.shapes import Crop, Pad


def residual(
    x: Points | Images, y: Points | Images, width: int = 64, *, blocks: int = 6, norm: Norm = "instance"
) -> nn.Module:
    """Two halvings, residual blocks, two doublings: x (N, ...) -> y (N, ...). Johnson et al. 2016, arXiv:1603.08155.

    As in Zhu et al. 2017, arXiv:1703.10593, appendix 7.2; fewer halvings where the smallest map would be below 4×4.

    Args:
        x: the first domain.
        y: the second domain.
        width: channels of the first hidden map; vectors get three hidden layers of twice as many units.
        blocks: residual ones; the paper has 6 up to 128×128 and 9 above.
        norm: of hidden maps.
    """
    if not (isinstance(x, Images) and isinstance(y, Images)):
        return vectors(x, y, width)
    halvings = min(2, max(0, int(math.log2(min(y.height, y.width))) - 2))
    height, wide = (-(-side >> halvings) << halvings for side in (y.height, y.width))
    small = min(height, wide) < 4

    def conv(a: int, b: int, kernel: int, stride: int = 1) -> nn.Conv2d:
        # reflection needs a map wider than its margin
        return nn.Conv2d(a, b, kernel, stride, kernel // 2, padding_mode="zeros" if small or stride > 1 else "reflect")

    layers: list[nn.Module] = [*_fitted(x, y, height, wide), conv(x.channels, width, 7), norm2d(norm, width), nn.ReLU()]
    for i in range(halvings):
        layers += [conv(width << i, width << i + 1, 3, 2), norm2d(norm, width << i + 1), nn.ReLU()]
    deep = width << halvings
    for _ in range(blocks):
        inner = [conv(deep, deep, 3), norm2d(norm, deep), nn.ReLU(), conv(deep, deep, 3), norm2d(norm, deep)]
        layers.append(Residual(nn.Sequential(*inner)))
    for i in reversed(range(halvings)):
        layers.append(nn.ConvTranspose2d(width << i + 1, width << i, 3, 2, 1, output_padding=1))
        layers += [norm2d(norm, width << i), nn.ReLU()]
    layers += [conv(width, y.channels, 7), nn.Tanh(), Crop(y.height, y.width)]
    return initialised(nn.Sequential(*layers))


def unet(
    x: Points | Images, y: Points | Images, width: int = 64, *, dropout: float = 0.5, norm: Norm = "batch"
) -> nn.Module:
    """Halve to the smallest map and come back, each map joined to its equal: x (N, ...) -> y (N, ...).

    Ronneberger et al. 2015, arXiv:1505.04597, in the form of Isola et al. 2016, arXiv:1611.07004, appendix 6.1.1:
    a picture of 256×256 is halved 8 times.

    Args:
        x: the first domain.
        y: the second domain.
        width: channels of the first hidden map, doubled to at most 8 times; vectors get three hidden layers of twice as
            many units and no noise.
        dropout: probability in the decoder's first maps, 3 of 8, fewer in a shallower net; see `NoisyDropout`.
        norm: of hidden maps but the first and the smallest.
    """
    if not (isinstance(x, Images) and isinstance(y, Images)):
        return vectors(x, y, width)
    depth = min(8, max(1, int(math.log2(min(y.height, y.width)))))
    height, wide = (-(-side >> depth) << depth for side in (y.height, y.width))
    body = UNet(x.channels, y.channels, depth, width, dropout, norm)
    return initialised(nn.Sequential(*_fitted(x, y, height, wide), body, nn.Tanh(), Crop(y.height, y.width)))


def vectors(x: Points | Images, y: Points | Images, width: int = 64) -> nn.Sequential:
    """Three hidden layers of 2·width units: x (N, ...) -> y (N, ...)."""
    return nn.Sequential(nn.Flatten(), *mlp.generator(math.prod(x.shape), y.shape, [2 * width] * 3))


class Residual(nn.Module):
    """x + f(x). He et al. 2015, arXiv:1512.03385, eq. 1."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = x + self.net(x)
        return out


class UNet(nn.Module):
    """See `unet`; sides are multiples of 2^depth: (N, channels, H, W) -> (N, outputs, H, W)."""

    def __init__(self, channels: int, outputs: int, depth: int, width: int, dropout: float, norm: Norm) -> None:
        super().__init__()
        maps = [channels, *(width * min(2**i, 8) for i in range(depth))]
        noisy = max(1, depth - 5)
        down: list[nn.Module] = []
        up: list[nn.Module] = []
        for i, (a, b) in enumerate(pairwise(maps)):
            # a norm of the smallest map, one pixel wide, would take away all that it says
            inner = norm2d("none" if i in (0, depth - 1) else norm, b)
            down.append(nn.Sequential(nn.LeakyReLU(0.2) if i else nn.Identity(), nn.Conv2d(a, b, 4, 2, 1), inner))
            wide = b if i == depth - 1 else 2 * b
            back: list[nn.Module] = [nn.ReLU(), nn.ConvTranspose2d(wide, a if i else outputs, 4, 2, 1)]
            if i:
                back.append(norm2d(norm, a))
            if i and i >= depth - noisy:
                back.append(NoisyDropout(dropout))
            up.append(nn.Sequential(*back))
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(reversed(up))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        maps = [x]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        out = maps.pop()
        for layer in self.up:
            out = layer(out)
            if len(maps) > 1:
                out = torch.cat([out, maps.pop()], 1)
        return out


def _fitted(x: Images, y: Images, height: int, width: int) -> list[nn.Module]:
    """Bring a picture to y's size, then to one that halves without rest."""
    same = (x.height, x.width) == (y.height, y.width)
    return [nn.Identity() if same else nn.Upsample((y.height, y.width), mode="bilinear"), Pad(height, width)]
