"""Fully connected networks for learning from a few labels: weight norm and noise on every layer of the critic.

Salimans et al. 2016, arXiv:1606.03498, section 5.1; sizes, noise and start are those of the authors' MNIST code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from rivals.nn.shapes import Reshape, Scale, Squeeze
from rivals.nn.weightnorm import WeightNormed


def generator(latent: int, shape: tuple[int, ...], hidden: Sequence[int] = (500, 500)) -> nn.Sequential:
    """Latents (N, L) -> samples (N, *shape), pictures in [-1, 1]; softplus after batch norm."""
    layers: list[nn.Module] = []
    for a, b in pairwise([latent, *hidden]):
        layers += [nn.Linear(a, b, bias=False), nn.BatchNorm1d(b), nn.Softplus()]
    layers.append(WeightNormed(hidden[-1], math.prod(shape), learned=True))
    if len(shape) > 1:
        layers += [nn.Sigmoid(), Scale(2.0, -1.0)]
    return nn.Sequential(*layers, Reshape(*shape))


def critic(
    shape: tuple[int, ...],
    outputs: int = 1,
    hidden: Sequence[int] = (1000, 500, 250, 250, 250),
    std: tuple[float, float] = (0.3, 0.5),
) -> nn.Sequential:
    """Samples (N, *shape) -> logits (N,), or (N, outputs).

    Args:
        shape: of a sample; pictures come in [-1, 1] and are seen in [0, 1].
        outputs: logits a sample.
        hidden: units of the layers between.
        std: of the noise on the sample and on what each hidden layer gives.
    """
    layers: list[nn.Module] = [nn.Flatten(), *([Scale(0.5, 0.5)] if len(shape) > 1 else [])]
    for i, (a, b) in enumerate(pairwise([math.prod(shape), *hidden])):
        layers += [WeightNormed(a, b, std=std[i > 0]), nn.ReLU()]
    return nn.Sequential(*layers, WeightNormed(hidden[-1], outputs, std=std[1], learned=True), Squeeze())
