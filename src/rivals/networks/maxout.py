"""The networks of the first GAN: a rectified generator, a critic of maxout units with dropout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from rivals.networks.mlp import Maxout
from rivals.nn.shapes import Reshape, Scale, Squeeze


def generator(latent: int, shape: tuple[int, ...], hidden: Sequence[int] = (1200, 1200)) -> nn.Sequential:
    """Latents (N, L) uniform in [-1, 1] -> samples (N, *shape), pictures in [-1, 1] by a sigmoid.

    Weights start in ±.05, and latents are scaled to unit variance, as in the authors' code.
    """
    layers: list[nn.Module] = [Scale(math.sqrt(3))]
    for a, b in pairwise([latent, *hidden]):
        layers += [_linear(nn.Linear(a, b), 0.05), nn.ReLU()]
    layers.append(_linear(nn.Linear(hidden[-1], math.prod(shape)), 0.05))
    if len(shape) > 1:
        layers += [nn.Sigmoid(), Scale(2.0, -1.0)]
    return nn.Sequential(*layers, Reshape(*shape))


def critic(shape: tuple[int, ...], hidden: Sequence[int] = (240, 240), pieces: int = 5) -> nn.Sequential:
    """Samples (N, *shape) -> logits (N,); a fifth of the inputs is dropped, of each hidden layer half.

    Pictures come in [-1, 1] and are seen in [0, 1], so that an empty background is 0; weights start in ±.005.
    """
    layers: list[nn.Module] = [nn.Flatten(), nn.Dropout(0.2)]
    if len(shape) > 1:
        layers.insert(1, Scale(0.5, 0.5))
    for a, b in pairwise([math.prod(shape), *hidden]):
        unit = Maxout(a, b, pieces)
        _linear(unit.linear, 0.005)
        layers += [unit, nn.Dropout(0.5)]
    return nn.Sequential(*layers, _linear(nn.Linear(hidden[-1], 1), 0.005), Squeeze())


def _linear(layer: nn.Linear, bound: float) -> nn.Linear:
    nn.init.uniform_(layer.weight, -bound, bound)
    nn.init.zeros_(layer.bias)
    return layer
