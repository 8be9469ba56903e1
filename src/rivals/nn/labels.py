"""Conditions as a second input: labels, or numbers, as codes beside what a network is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.errors import UsageError

Draw: TypeAlias = Literal["data", "density", "interpolation"]
"""How fakes' conditions are drawn from those of the data."""


def code(condition: Tensor, size: int) -> Tensor:
    """Labels, int64 (N,), as one-hot rows; rows of numbers (N, size) as they are: float32 (N, size)."""
    return condition.float() if condition.is_floating_point() else F.one_hot(condition, size).float()


def alike(a: Tensor, b: Tensor) -> Tensor:
    """Whether two batches of labels (N,), or of codes (N, size), name the same, boolean (N,)."""
    return (a == b).all(1) if a.dim() > 1 else a == b


def altered(code: Tensor, names: Sequence[str], values: Mapping[str, Any]) -> Tensor:
    """Codes (N, size) with other values: of attributes by name or, where there are no names, of the class as "label".

    Args:
        code: of conditions, float32; it stays as it is.
        names: of the attributes, one for each number of the code; none for a code of classes.
        values: name -> a number for all, or one for each, (N,).

    Raises:
        UsageError: for a name or a class that there is not.
    """
    code = code.clone()
    for name, value in values.items():
        if name not in (names or ("label",)):
            raise UsageError(f"there is nothing called '{name}' to change, only {', '.join(names) or 'label'}")
        if names:
            code[:, names.index(name)] = value
            continue
        label = torch.as_tensor(value, device=code.device).long().expand(len(code))
        if not bool(((label >= 0) & (label < code.shape[1])).all()):
            raise UsageError(f"a label to change to is a number from 0 to {code.shape[1] - 1}")
        code = F.one_hot(label, code.shape[1]).to(code)
    return code


def unlikelihood(logits: Tensor, condition: Tensor) -> Tensor:
    """-log p(condition) in nats, (N,): a softmax over labels (N,), or independent attributes (N, size) in [0, 1].

    Args:
        logits: (N, size); (N,) where there is one attribute.
        condition: labels, or codes, which may lie between no and yes.
    """
    if not condition.is_floating_point():
        return F.cross_entropy(logits, condition, reduction="none")
    return F.binary_cross_entropy_with_logits(logits.view_as(condition), condition, reduction="none").sum(1)


def drawn(code: Tensor, draw: Draw, bandwidth: float) -> Tensor:
    """Codes of fakes from those of a batch, both (N, size). Perarnau et al. 2016, arXiv:1611.06355.

    Args:
        code: of reals.
        draw: as they are, from a kernel density of them, or on the line between each and another one.
        bandwidth: standard deviation of the density's kernel.
    """
    if draw == "density":
        return code + bandwidth * noise.normal(*code.shape).to(code)
    return torch.lerp(code, code.roll(1, 0), noise.uniform(len(code), 1).to(code)) if draw == "interpolation" else code


def beside(x: Tensor, code: Tensor) -> Tensor:
    """Vectors (N, C) or maps (N, C, ...) with a code (N, size) as further numbers, or as constant maps."""
    code = code.to(x).view(*code.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
    return torch.cat([x, code], 1)


class WithLabels(nn.Module):
    """Append the condition's code to a network's input: to vectors as numbers, to pictures as constant maps.

    Mirza & Osindero 2014, arXiv:1411.1784, figure 1.

    Args:
        net: takes `size` more channels than the bare input has.
        size: numbers in a code; of labels, as many as there are classes.
    """

    def __init__(self, net: nn.Module, size: int) -> None:
        super().__init__()
        self.net, self.size = net, size

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """X (N, C, ...) and labels (N,) or codes (N, size) -> the network's output."""
        out: Tensor = self.net(beside(x, code(condition, self.size)))
        return out


class EveryLayer(nn.Module):
    """Layers in a row, each with weights of which also sees the condition's code. Li et al. 2019, arXiv:1905.01618.

    Args:
        net: the layers as they are without a condition; those with weights are widened here.
        size: numbers in a code.
    """

    def __init__(self, net: nn.Sequential, size: int) -> None:
        super().__init__()
        self.net, self.size = nn.Sequential(*(_widened(layer, size) for layer in net)), size

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """X (N, C, ...) and labels (N,) or codes (N, size) -> what the last layer gives."""
        told = code(condition, self.size)
        for layer in self.net:
            x = layer(beside(x, told)) if isinstance(layer, WEIGHED) else layer(x)
        return x


WEIGHED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def _widened(layer: nn.Module, size: int) -> nn.Module:
    """A layer with weights as one that takes `size` more channels, whose weights are drawn as large as its own."""
    if isinstance(layer, nn.Sequential):
        raise TypeError("layers in a row must not be nested to see a condition at every one of them")
    if not isinstance(layer, WEIGHED):
        return layer
    axis = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
    shape = list(layer.weight.shape)
    shape[axis] = size
    more = torch.randn(shape) * layer.weight.detach().std()
    layer.weight = nn.Parameter(torch.cat([layer.weight.detach(), more], axis))
    if isinstance(layer, nn.Linear):
        layer.in_features += size
    else:
        layer.in_channels += size
    return layer
