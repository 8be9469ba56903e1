"""A network as a list of steps that bounds can be led through: affine maps, rectifiers, maxima, changes of shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.nn.shapes import Scale, Squeeze


@dataclass(frozen=True)
class Affine:
    """x -> L(w) x + b, L linear in w, and of no sign but w's.

    Attributes:
        weight: w, float64.
        bias: b, float64, of a shape that is added to (N, *output).
        apply: (x (N, *input), w) -> L(w) x, (N, *output).
        fan: the most numbers that one output adds up.
    """

    weight: Tensor
    bias: Tensor
    apply: Callable[[Tensor, Tensor], Tensor]
    fan: int

    def __call__(self, x: Tensor) -> Tensor:
        """(N, *input) -> (N, *output)."""
        return self.apply(x, self.weight) + self.bias


@dataclass(frozen=True)
class Rectifier:
    """max(x, slope · x), slope in [0, 1)."""

    slope: float = 0.0

    def __call__(self, x: Tensor) -> Tensor:
        """(N, ...) -> (N, ...)."""
        return torch.maximum(x, self.slope * x)


@dataclass(frozen=True)
class Maximum:
    """The largest number of each window of k × k, `stride` apart."""

    kernel: tuple[int, int]
    stride: tuple[int, int]

    def __call__(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H', W')."""
        return F.max_pool2d(x, self.kernel, self.stride)


@dataclass(frozen=True)
class Flat:
    """(N, ...) -> (N, D)."""

    def __call__(self, x: Tensor) -> Tensor:
        """See the class."""
        return x.flatten(1)


Layer: TypeAlias = Affine | Rectifier | Maximum | Flat


def layers_of(model: nn.Module) -> list[Layer]:
    """The steps of a plain feed-forward network in evaluation mode, with its weights in float64.

    Args:
        model: nested `nn.Sequential` of what `READ` knows, or a module whose method `unrolled` gives such a one.

    Raises:
        UsageError: for a layer that bounds cannot be led through.
    """
    if callable(unrolled := getattr(model, "unrolled", None)):
        return layers_of(unrolled())
    if isinstance(model, nn.Sequential):
        return [layer for part in model for layer in layers_of(part)]
    if type(model) not in READ:
        known = ", ".join(kind.__name__ for kind in READ)
        raise UsageError(
            f"no bound is known for the layer {type(model).__name__}: a certificate takes nets of {known} in a row"
        )
    return READ[type(model)](model)


def _dense(layer: nn.Linear) -> list[Layer]:
    weight = _exact(layer.weight)
    return [Affine(weight, _bias(layer.bias, len(weight)), F.linear, weight.shape[1])]


def _convolution(layer: nn.Conv2d) -> list[Layer]:
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        raise UsageError("no bound is known for a convolution with other padding than a number of zeros")
    where = (layer.stride, layer.padding, layer.dilation, layer.groups)
    weight = _exact(layer.weight)
    bias = _bias(layer.bias, len(weight))[:, None, None]
    return [Affine(weight, bias, lambda x, w: F.conv2d(x, w, None, *where), math.prod(weight.shape[1:]))]


def _normalised(layer: nn.BatchNorm2d) -> list[Layer]:
    if layer.running_mean is None or layer.running_var is None:
        raise UsageError("no bound is known for a batch norm without running statistics")
    mean, scale = _exact(layer.running_mean), (_exact(layer.running_var) + layer.eps).rsqrt()
    if layer.affine:
        scale = scale * _exact(layer.weight)
    shift = -mean * scale + (_exact(layer.bias) if layer.affine else 0.0)
    return [Affine(scale[:, None, None], shift[:, None, None], torch.mul, 1)]


def _averages(layer: nn.AvgPool2d) -> list[Layer]:
    kernel, stride = (_pair(size) for size in (layer.kernel_size, layer.stride))
    if layer.ceil_mode or _pair(layer.padding) != (0, 0):
        raise UsageError("no bound is known for averages over padded windows")
    one, none = (torch.tensor(value, dtype=torch.float64) for value in (1.0, 0.0))
    return [Affine(one, none, lambda x, w: w * F.avg_pool2d(x, kernel, stride), math.prod(kernel))]


def _maxima(layer: nn.MaxPool2d) -> list[Layer]:
    if layer.ceil_mode or _pair(layer.padding) != (0, 0) or _pair(layer.dilation) != (1, 1):
        raise UsageError("no bound is known for maxima over padded or dilated windows")
    return [Maximum(_pair(layer.kernel_size), _pair(layer.stride))]


def _scaled(layer: Scale) -> list[Layer]:
    factor, shift = (torch.tensor(value, dtype=torch.float64) for value in (layer.factor, layer.shift))
    return [Affine(factor, shift, torch.mul, 1)]


READ: dict[type[nn.Module], Callable[[Any], list[Layer]]] = {
    nn.Linear: _dense,
    nn.Conv2d: _convolution,
    nn.BatchNorm2d: _normalised,
    nn.AvgPool2d: _averages,
    nn.MaxPool2d: _maxima,
    nn.ReLU: lambda layer: [Rectifier()],
    nn.LeakyReLU: lambda layer: [Rectifier(layer.negative_slope)],
    nn.Flatten: lambda layer: [Flat()],
    Squeeze: lambda layer: [Flat()],
    Scale: _scaled,
    nn.Dropout: lambda layer: [],
    nn.Identity: lambda layer: [],
}
"""Kind of a module -> its steps."""


def _exact(weight: Tensor) -> Tensor:
    return weight.detach().cpu().double()


def _bias(bias: Tensor | None, outputs: int) -> Tensor:
    return torch.zeros(outputs, dtype=torch.float64) if bias is None else _exact(bias)


def _pair(size: int | tuple[int, ...]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])
