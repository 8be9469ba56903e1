"""LPIPS, a learned perceptual distance of two pictures. Zhang et al. 2018, arXiv:1801.03924."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from rivals.data.sources import decoded
from rivals.errors import UsageError
from rivals.metrics.judges.judge import Judge, checked
from rivals.metrics.judges.seeing import coloured, quantised, scaled

MEAN, DEVIATION = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of the channels in [-1, 1], as the published code has them."""

LEAST = 32
"""Pictures with a shorter side are enlarged to this: the trunks have nothing left of smaller ones."""

Part = tuple[int, ...] | str

VGG16: tuple[Part, ...] = (
    (3, 64, 3, 1, 1), (64, 64, 3, 1, 1), "tap", "pool",
    (64, 128, 3, 1, 1), (128, 128, 3, 1, 1), "tap", "pool",
    (128, 256, 3, 1, 1), (256, 256, 3, 1, 1), (256, 256, 3, 1, 1), "tap", "pool",
    (256, 512, 3, 1, 1), (512, 512, 3, 1, 1), (512, 512, 3, 1, 1), "tap", "pool",
    (512, 512, 3, 1, 1), (512, 512, 3, 1, 1), (512, 512, 3, 1, 1), "tap",
)  # fmt: skip
ALEXNET: tuple[Part, ...] = (
    (3, 64, 11, 4, 2), "tap", "pool", (64, 192, 5, 1, 2), "tap", "pool",
    (192, 384, 3, 1, 1), "tap", (384, 256, 3, 1, 1), "tap", (256, 256, 3, 1, 1), "tap",
)  # fmt: skip
"""Convolutions (before, after, kernel, stride, padding), each followed by a ReLU, and where the distance listens."""

TRUNKS = {3: ("VGG-16", VGG16, 2), 11: ("AlexNet", ALEXNET, 3)}
"""Side of the first kernel -> trunk, its parts, side of its poolings."""


class Head(nn.Module):
    """A weight ≥ 0 for each channel; the published module has a dropout before it, which is why it is number 1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Identity(), nn.Conv2d(channels, 1, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, 1, H, W)."""
        return self.model(x)  # type: ignore[no-any-return]


class LPIPS(Judge):
    """d(x, y) = Σ_l mean over places of w_l · (x̂_l - ŷ_l)², where x̂_l has length 1 at each place of layer l.

    Pictures keep their size; those with a side below `LEAST` are enlarged to LEAST × LEAST.

    Args:
        name: of the judge.
        kernel: side of the trunk's first kernel: 3 for VGG-16, 11 for AlexNet.
    """

    block = 50

    def __init__(self, name: str, kernel: int) -> None:
        trunk, parts, pool = TRUNKS[kernel]
        layers, taps, wide = list[nn.Module](), list[int](), list[int]()
        for part in parts:
            if isinstance(part, tuple):
                before, after, side, stride, padding = part
                layers += [nn.Conv2d(before, after, side, stride, padding), nn.ReLU()]
            elif part == "pool":
                layers += [nn.MaxPool2d(pool, 2)]
            else:
                taps, wide = [*taps, len(layers) - 1], [*wide, _channels(layers)]
        seen = f"8 bit; colour; as it is, or bilinear {LEAST}x{LEAST} where it is smaller; LPIPS on {trunk}"
        super().__init__(name, seen, size=0, dim=sum(wide))
        self.features_at = taps
        self.trunk = nn.Sequential(*layers)
        self.lins = nn.ModuleList(Head(channels) for channels in wide)

    def layers(self, images: Tensor) -> list[Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] -> each tap's features (N, channels, H', W'), of length 1 at each place."""
        x = coloured(quantised(images))
        if min(x.shape[2:]) < LEAST:
            x = quantised(scaled(x, LEAST))
        x, found = (x - _column(MEAN, x)) / _column(DEVIATION, x), []
        for i, layer in enumerate(self.trunk):
            x = layer(x)
            if i in self.features_at:
                found.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return found

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] -> each layer's mean over places, joined, (N, D), and no logits (N, 0)."""
        features = torch.cat([x.mean((2, 3)) for x in self.layers(images)], 1)
        return features, features[:, :0]

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Perceptual distance of each picture of `x` to its partner in `y`.

        Args:
            x: pictures (N, C, H, W), uint8 or in [-1, 1].
            y: likewise, of the same shape.

        Returns:
            float32 (N,) on the CPU; 0 where both are the same.

        Raises:
            UsageError: for pictures of different shapes, or none.
            RivalsError: for pictures that are not finite.
        """
        checked(x)
        checked(y)
        if x.shape != y.shape:
            raise UsageError(f"a distance wants two batches of one shape, not {tuple(x.shape)} and {tuple(y.shape)}")
        parts = zip(torch.split(x, self.block), torch.split(y, self.block), strict=True)
        return torch.cat([self._distance(a, b) for a, b in parts])

    def _distance(self, x: Tensor, y: Tensor) -> Tensor:
        device = next(self.parameters()).device
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            pairs = zip(*(self.layers(decoded(part.to(device)).float()) for part in (x, y)), strict=True)
            squares = [head((a - b).square()).mean((1, 2, 3)) for head, (a, b) in zip(self.lins, pairs, strict=True)]
        return torch.stack(squares).sum(0).cpu()


def _channels(layers: Sequence[nn.Module]) -> int:
    return next(layer.out_channels for layer in reversed(layers) if isinstance(layer, nn.Conv2d))


def _column(values: Sequence[float], like: Tensor) -> Tensor:
    return like.new_tensor(list(values))[:, None, None]


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The trunk's convolutions and the heads: "features.0.weight" of torchvision's file, "lin0.model.1.weight"."""
    new: dict[str, Tensor] = {}
    for key, weight in weights.items():
        kind, _, rest = key.partition(".")
        if kind == "features":
            new[f"trunk.{rest}"] = weight
        elif kind.startswith("lin") and kind[3:].isdigit():
            new[f"lins.{kind[3:]}.{rest}"] = weight
    return new


def build(weights: Mapping[str, Tensor]) -> LPIPS:
    """The network whose trunk the weights have."""
    return LPIPS("lpips", weights["trunk.0.weight"].shape[-1])
