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


def equalised(layer: nn.Linear | nn.Conv2d, gain: float = math.sqrt(2), multiplier: float = 1.0) -> nn.Module:
    """Train w ~ N(0, 1), use c·w with c = gain / √(fan in), He's constant. Karras et al. 2017, 1710.10196, section 4.1.

    So a step of Adam, whose length does not depend on the gradient's, changes all layers by the same share of their
    weights' range.

    Args:
        layer: linear or convolutional; its bias starts at 0 and is not scaled.
        gain: √2 in front of a ReLU, 1 in front of a linear output.
        multiplier: m > 0, of the learning rate: w ~ N(0, 1/m²), and m·c·w and m·b are used. Karras 2018, 1812.04948.
    """
    nn.init.normal_(layer.weight, 0.0, 1 / multiplier)
    fan_in = layer.weight[0].numel()
    parametrize.register_parametrization(layer, "weight", Scaled(multiplier * gain / math.sqrt(fan_in)))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
        if multiplier != 1:
            parametrize.register_parametrization(layer, "bias", Scaled(multiplier))
    return layer
