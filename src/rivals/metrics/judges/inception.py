"""The Inception-v3 of the Fréchet inception distance, as pytorch-fid's weights have it.

Szegedy et al. 2015, arXiv:1512.00567, as trained for TensorFlow in December 2015. It differs from torchvision's: 1008
classes, average pooling that does not count the border, and a max pooling in the last block.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivals.metrics.judges.judge import Judge
from rivals.metrics.judges.seeing import coloured, quantised, scaled

Size = int | tuple[int, int]


class Conv(nn.Module):
    """Convolution without bias, batch norm, ReLU."""

    def __init__(self, before: int, after: int, kernel: Size, stride: int = 1, padding: Size = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(after, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) -> (N, after, H', W')."""
        return F.relu(self.bn(self.conv(x)))


def average(x: Tensor) -> Tensor:
    """3×3 mean over what is inside the picture."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def largest(x: Tensor) -> Tensor:
    """3×3 maximum."""
    return F.max_pool2d(x, 3, 1, 1)


def halved(x: Tensor) -> Tensor:
    """3×3 maximum of every other place."""
    return F.max_pool2d(x, 3, 2)


POOLS = {"average": average, "largest": largest, "halved": halved}


class Block(nn.Module):
    """Branches whose results are joined along the channels.

    Args:
        convs: name -> convolution.
        branches: each the names of convolutions and poolings, in order; a common beginning is computed once.
    """

    def __init__(self, convs: Mapping[str, Conv], branches: tuple[str, ...]) -> None:
        super().__init__()
        for name, conv in convs.items():
            self.add_module(name, conv)
        self.branches = [tuple(branch.split()) for branch in branches]

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) -> (N, after, H', W')."""
        done: dict[tuple[str, ...], Tensor] = {(): x}
        for branch in self.branches:
            for end in range(1, len(branch) + 1):
                path, name = branch[:end], branch[end - 1]
                if path not in done:
                    layer = POOLS[name] if name in POOLS else self.get_submodule(name)
                    done[path] = layer(done[path[:-1]])
        return torch.cat([done[branch] for branch in self.branches], 1)


def block_a(before: int, pooled: int) -> Block:
    """35×35 -> 35×35."""
    convs = {
        "branch1x1": Conv(before, 64, 1),
        "branch5x5_1": Conv(before, 48, 1),
        "branch5x5_2": Conv(48, 64, 5, padding=2),
        "branch3x3dbl_1": Conv(before, 64, 1),
        "branch3x3dbl_2": Conv(64, 96, 3, padding=1),
        "branch3x3dbl_3": Conv(96, 96, 3, padding=1),
        "branch_pool": Conv(before, pooled, 1),
    }
    double = "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3"
    return Block(convs, ("branch1x1", "branch5x5_1 branch5x5_2", double, "average branch_pool"))


def block_b() -> Block:
    """35×35 -> 17×17."""
    convs = {
        "branch3x3": Conv(288, 384, 3, stride=2),
        "branch3x3dbl_1": Conv(288, 64, 1),
        "branch3x3dbl_2": Conv(64, 96, 3, padding=1),
        "branch3x3dbl_3": Conv(96, 96, 3, stride=2),
    }
    return Block(convs, ("branch3x3", "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3", "halved"))


def block_c(inner: int) -> Block:
    """17×17 -> 17×17."""
    wide, high = (1, 7), (7, 1)
    convs = {
        "branch1x1": Conv(768, 192, 1),
        "branch7x7_1": Conv(768, inner, 1),
        "branch7x7_2": Conv(inner, inner, wide, padding=(0, 3)),
        "branch7x7_3": Conv(inner, 192, high, padding=(3, 0)),
        "branch7x7dbl_1": Conv(768, inner, 1),
        "branch7x7dbl_2": Conv(inner, inner, high, padding=(3, 0)),
        "branch7x7dbl_3": Conv(inner, inner, wide, padding=(0, 3)),
        "branch7x7dbl_4": Conv(inner, inner, high, padding=(3, 0)),
        "branch7x7dbl_5": Conv(inner, 192, wide, padding=(0, 3)),
        "branch_pool": Conv(768, 192, 1),
    }
    single = " ".join(f"branch7x7_{i}" for i in (1, 2, 3))
    double = " ".join(f"branch7x7dbl_{i}" for i in (1, 2, 3, 4, 5))
    return Block(convs, ("branch1x1", single, double, "average branch_pool"))


def block_d() -> Block:
    """17×17 -> 8×8."""
    convs = {
        "branch3x3_1": Conv(768, 192, 1),
        "branch3x3_2": Conv(192, 320, 3, stride=2),
        "branch7x7x3_1": Conv(768, 192, 1),
        "branch7x7x3_2": Conv(192, 192, (1, 7), padding=(0, 3)),
        "branch7x7x3_3": Conv(192, 192, (7, 1), padding=(3, 0)),
        "branch7x7x3_4": Conv(192, 192, 3, stride=2),
    }
    long = " ".join(f"branch7x7x3_{i}" for i in (1, 2, 3, 4))
    return Block(convs, ("branch3x3_1 branch3x3_2", long, "halved"))


def block_e(before: int, pool: str) -> Block:
    """8×8 -> 8×8."""
    convs = {
        "branch1x1": Conv(before, 320, 1),
        "branch3x3_1": Conv(before, 384, 1),
        "branch3x3_2a": Conv(384, 384, (1, 3), padding=(0, 1)),
        "branch3x3_2b": Conv(384, 384, (3, 1), padding=(1, 0)),
        "branch3x3dbl_1": Conv(before, 448, 1),
        "branch3x3dbl_2": Conv(448, 384, 3, padding=1),
        "branch3x3dbl_3a": Conv(384, 384, (1, 3), padding=(0, 1)),
        "branch3x3dbl_3b": Conv(384, 384, (3, 1), padding=(1, 0)),
        "branch_pool": Conv(before, 192, 1),
    }
    single = [f"branch3x3_1 branch3x3_2{end}" for end in "ab"]
    double = [f"branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3{end}" for end in "ab"]
    return Block(convs, ("branch1x1", *single, *double, f"{pool} branch_pool"))


class Inception(Judge):
    """Features of the last pooling, (N, 2048), and logits, (N, 1008).

    1. Pictures that are larger than 299×299 are shrunk with antialiasing, as Parmar et al. 2021 (arXiv:2104.11222)
       advise; pytorch-fid shrinks them without. Smaller ones are enlarged as pytorch-fid does it.
    2. Logits leave out the bias, as the published Inception Scores do (Salimans et al. 2016, arXiv:1606.03498).
    """

    block = 50

    def __init__(self, name: str = "inception") -> None:
        seen = (
            "8 bit; colour; bilinear antialiased 299x299; Inception-v3 of 2015-12-05, last pooling; logits without bias"
        )
        super().__init__(name, seen, size=299, dim=2048, classes=1008)
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b = block_a(192, 32)
        self.Mixed_5c = block_a(256, 64)
        self.Mixed_5d = block_a(288, 64)
        self.Mixed_6a = block_b()
        self.Mixed_6b = block_c(128)
        self.Mixed_6c = block_c(160)
        self.Mixed_6d = block_c(160)
        self.Mixed_6e = block_c(192)
        self.Mixed_7a = block_d()
        self.Mixed_7b = block_e(1280, "average")
        self.Mixed_7c = block_e(2048, "largest")
        self.fc = nn.Linear(2048, 1008)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, 2048) and logits (N, 1008)."""
        x = scaled(coloured(quantised(images)), 299)
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = halved(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(halved(x))))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        features = x.mean((2, 3))
        return features, features @ self.fc.weight.T


def build(weights: Mapping[str, Tensor]) -> Inception:
    """The network; its shape does not depend on the weights."""
    return Inception()
