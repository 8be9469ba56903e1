"""The equalised learning rate."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.utils import parametrize


class Scaled(nn.Module):
    """A weight as a constant times what is trained."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        """See the class."""
        return self.scale * weight


def equalised(layer: nn.Linear | nn.Conv2d, gain: float = math.sqrt(2)) -> nn.Module:
    """Train w ~ N(0, 1), use c·w with c = gain / √(fan in), He's constant. Karras et al. 2017, 1710.10196, section 4.1.

    So a step of Adam, whose length does not depend on the gradient's, changes all layers by the same share of their
    weights' range.

    Args:
        layer: linear or convolutional; its bias starts at 0 and is not scaled.
        gain: √2 in front of a ReLU, 1 in front of a linear output.
    """
    nn.init.normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    fan_in = layer.weight[0].numel()
    parametrize.register_parametrization(layer, "weight", Scaled(gain / math.sqrt(fan_in)))
    return layer
