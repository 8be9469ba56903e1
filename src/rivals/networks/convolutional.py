"""A plain convolutional classifier. Madry et al. 2017, arXiv:1706.06083, appendix A: their network for MNIST."""

from __future__ import annotations

import math

from torch import nn

from rivals.data.specs import Images


def classifier(data: Images, width: int = 32, dense: int = 1024) -> nn.Sequential:
    """Pictures (N, C, H, W) -> logits (N, classes): two 5×5 convolutions, each halved by a maximum, and a dense layer.

    Args:
        data: what it sees, with classes; sides of at least 4.
        width: maps of the first convolution; the second has twice as many.
        dense: units of the dense layer.
    """
    small = (data.height // 4, data.width // 4)
    return nn.Sequential(
        nn.Conv2d(data.channels, width, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * width * math.prod(small), dense), nn.ReLU(), nn.Linear(dense, data.classes),
    )  # fmt: skip
