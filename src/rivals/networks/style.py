"""Style-based networks. Karras et al. 2018, arXiv:1812.04948, and 2019, arXiv:1912.04958, sections 2 and 4.

A latent is mapped to a style w, and a synthesis network that starts from a constant is told w anew in each layer. So
the layers of a picture can have styles of different latents. Sides are those of `rivals.networks.growing`: 28×28 lives
in 32×32 and is made at 4, 8, 16, 32; a side of s = 4·2^l takes part with 2 (l + 1) layers of styles.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.data.specs import Images
from rivals.networks.growing import channels, sides
from rivals.nn.equalised import equalised
from rivals.nn.minibatch import MinibatchStd
from rivals.nn.modulated import Modulated, Styled
from rivals.nn.pixelnorm import PixelNorm
from rivals.nn.shapes import Crop, Pad, Squeeze
from rivals.nn.upfirdn import Fir


def mapping(latent: int, style: int, depth: int = 8, multiplier: float = 0.01) -> nn.Sequential:
    """Latents (N, L), put on a sphere -> styles w (N, W).

    Args:
        latent, style: L and W.
        depth: fully connected layers.
        multiplier: of their learning rate.
    """
    layers: list[nn.Module] = [PixelNorm()]
    for i in range(depth):
        layers += [equalised(nn.Linear(style if i else latent, style), multiplier=multiplier), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers)


class Synthesis(nn.Module):
    """Styles (N, W), or of each layer (N, layers, W), from coarse to fine -> pictures (N, C, H, W), not bounded.

    A 3×3 layer at 4×4 and two at each further side; the pictures of all sides are added up (output skips, figure 7).

    Args:
        data: what the pictures are.
        style: numbers in a style.
        width: feature maps of the largest side, doubled at each one below.
        most: feature maps of any side, at most.

    Attributes:
        layers: how many styles a picture takes, twice the number of sides: layer 2l + 1 also makes the picture of
            side l.
    """

    def __init__(self, data: Images, style: int, width: int, most: int = 512) -> None:
        super().__init__()
        maps, size = channels(data, width, most), sides(data)
        self.layers, self.style, self.up, self.cropped = 2 * len(size), style, Fir(), Crop(data.height, data.width)
        self.constant = nn.Parameter(torch.randn(1, maps[0], 4, 4))
        self.blocks = nn.ModuleList([Styled(maps[0], maps[0], style, 4)])
        for (a, b), side in zip(pairwise(maps), size[1:], strict=True):
            self.blocks += [Styled(a, b, style, side, up=True), Styled(b, b, style, side)]
        self.pictures = nn.ModuleList(Modulated(m, data.channels, style, 1, demodulate=False) for m in maps)
        self.colours = nn.ParameterList(torch.zeros(data.channels, 1, 1) for _ in maps)

    def forward(self, w: Tensor, fixed: bool = False) -> Tensor:
        """See the class; `fixed` is for the same noise in all samples and always."""
        w = w[:, None].expand(-1, self.layers, -1) if w.dim() == 2 else w
        x, picture = self.constant.expand(w.shape[0], -1, -1, -1), None
        for i, block in enumerate(self.blocks):
            x = block(x, w[:, i], fixed)
            if i % 2 == 0:
                new = self.pictures[i // 2](x, w[:, i + 1]) + self.colours[i // 2]
                picture = new if picture is None else self.up.up(picture) + new
        whole: Tensor = self.cropped(picture)
        return whole


class StyleGenerator(nn.Module):
    """Mapping and synthesis as one body: latents (N, L), or styles of each layer (N, layers, W) -> (N, C, H, W).

    Args:
        data: what the pictures are.
        latent: L; W is as large.
        width, most: see `Synthesis`.
        depth, multiplier: see `mapping`.
    """

    def __init__(
        self, data: Images, latent: int, width: int, most: int = 512, depth: int = 8, multiplier: float = 0.01
    ) -> None:
        super().__init__()
        self.mapping = mapping(latent, latent, depth, multiplier)
        self.synthesis = Synthesis(data, latent, width, most)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        made: Tensor = self.synthesis(self.mapping(x) if x.dim() == 2 else x)
        return made


class _Halved(nn.Module):
    """(conv3×3(conv3×3(x)) + conv1×1(x)) / √2, both ways smoothed and halved; figure 7 of 1912.04958."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = equalised(nn.Conv2d(before, before, 3, padding=1))
        self.second = equalised(nn.Conv2d(before, after, 3, stride=2))
        self.skip = equalised(nn.Conv2d(before, after, 1, bias=False), 1.0)
        self.filter = Fir()

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) -> (N, after, H/2, W/2)."""
        y = F.leaky_relu(self.first(x), 0.2)
        y = F.leaky_relu(self.second(self.filter.smooth(y, 2)), 0.2)
        out: Tensor = (y + self.skip(self.filter.down(x))) / math.sqrt(2)
        return out


def critic(data: Images, width: int, most: int = 512, group: int = 4, outputs: int = 1) -> nn.Sequential:
    """Pictures (N, C, H, W) -> logits (N,), or (N, outputs); residual blocks, from the largest side down to 4×4.

    Args:
        data: what the pictures are.
        width, most: as of `Synthesis`.
        group: of the minibatch's standard deviation.
        outputs: logits a sample.
    """
    maps, side = channels(data, width, most), sides(data)[-1]
    layers: list[nn.Module] = [Pad(side, side), equalised(nn.Conv2d(data.channels, maps[-1], 1)), nn.LeakyReLU(0.2)]
    layers += [_Halved(b, a) for a, b in reversed(list(pairwise(maps)))]
    layers += [MinibatchStd(group), equalised(nn.Conv2d(maps[0] + 1, maps[0], 3, padding=1)), nn.LeakyReLU(0.2)]
    layers += [nn.Flatten(), equalised(nn.Linear(16 * maps[0], maps[0])), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, equalised(nn.Linear(maps[0], outputs), 1.0), Squeeze())
