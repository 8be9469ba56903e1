"""Invertible layers that say how much they stretch space, for densities of what they map to simple noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.nn.prepared import Prepared

Scale: TypeAlias = Literal["tanh", "sigmoid"]
"""How a coupling bounds its log-scale: g tanh(s) with a learned g (RealNVP), or log σ(s + 2) (Glow's code)."""


class Invertible(nn.Module):
    """y = f(x) with its inverse."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """X (N, ...) -> y, and log |det ∂y/∂x|, (N,)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it maps to")

    def inverse(self, y: Tensor) -> Tensor:
        """Y -> x."""
        raise NotImplementedError(f"{type(self).__name__} does not say what comes back")


class InTurn(Invertible):
    """One layer after the other."""

    def __init__(self, layers: Sequence[Invertible]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        total = x.new_zeros(len(x))
        for layer in self.layers:
            x, stretch = layer(x)
            total = total + stretch
        return x, total

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        for layer in reversed(self.layers):
            assert isinstance(layer, Invertible)
            y = layer.inverse(y)
        return y


class Logit(Invertible):
    """Pictures in [-1, 1] on the whole line: y = logit(α + (1 - 2α) (x + 1)/2). Dinh et al. 2016, 1605.08803, 4.1.

    With 2α for the paper's α at one end, both ends are alike, see `rivals.metrics.likelihood.logit`.
    """

    def __init__(self, alpha: float = 0.05) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        s = self.alpha + (0.5 - self.alpha) * (x + 1)
        stretch = math.log(0.5 - self.alpha) - s.log() - torch.log1p(-s)
        return torch.logit(s), stretch.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        return (y.sigmoid() - self.alpha) / (0.5 - self.alpha) - 1


class Unshuffled(Invertible):
    """Each 2×2 places become four channels: (N, C, H, W) -> (N, 4C, H/2, W/2), the squeeze of 1605.08803, 3.6."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        return F.pixel_unshuffle(x, 2), x.new_zeros(len(x))

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        return F.pixel_shuffle(y, 2)


class ActNorm(Prepared, Invertible):
    """y = e^s (x + b), one s and b a channel. Kingma & Dhariwal 2018, arXiv:1807.03039, section 3.1.

    A first batch sets them so that y has mean 0 and variance 1.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias, self.log_scale = (nn.Parameter(torch.zeros(channels)) for _ in range(2))

    @torch.no_grad()
    def look(self, x: Tensor) -> None:
        """Set s and b by inputs (N, C, ...)."""
        values = x.transpose(0, 1).flatten(1)
        self.bias.copy_(-values.mean(1))
        self.log_scale.copy_(-values.std(1).clamp_min(1e-3).log())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        stretch = self.log_scale.sum() * x[0, 0].numel()
        return (x + each(self.bias, x)) * each(self.log_scale, x).exp(), stretch.expand(len(x))

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        return y * (-each(self.log_scale, y)).exp() - each(self.bias, y)


class BatchNorm(Invertible):
    """y = (x - μ) / √(σ² + ε), of the batch in training, of running averages after it. 1605.08803, section 3.7.

    Args:
        channels: each has its own μ and σ.
        momentum: share of a batch in the running averages.
        eps: ε.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.05, eps: float = 1e-4) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        mean, variance = self.mean, self.variance
        if self.training:
            values = x.transpose(0, 1).flatten(1)
            mean, variance = values.mean(1), values.var(1, correction=0)
            self.mean.lerp_(mean.detach(), self.momentum)
            self.variance.lerp_(variance.detach(), self.momentum)
        log_std = (variance + self.eps).log() / 2
        return (x - each(mean, x)) * (-each(log_std, x)).exp(), (-log_std.sum() * x[0, 0].numel()).expand(len(x))

    def inverse(self, y: Tensor) -> Tensor:
        """Of the running averages."""
        return y * each((self.variance + self.eps).sqrt(), y) + each(self.mean, y)


class Mixing(Invertible):
    """y = W x at every place, the invertible 1×1 convolution. 1807.03039, section 3.2; W starts as a rotation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linalg.qr(torch.randn(channels, channels)).Q.contiguous())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        stretch = torch.linalg.slogdet(self.weight.float() if x.dtype != torch.double else self.weight).logabsdet
        return self._mixed(x, self.weight), (stretch * x[0, 0].numel()).expand(len(x))

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        return self._mixed(y, torch.linalg.inv(self.weight))

    @staticmethod
    def _mixed(x: Tensor, weight: Tensor) -> Tensor:
        return F.linear(x, weight) if x.dim() == 2 else F.conv2d(x, weight[:, :, None, None])


class Coupling(Invertible):
    """y = b x + (1 - b)(x e^s + t), (s, t) = f(b x). 1605.08803, eq. 9: half of the numbers move by the others.

    Args:
        mask: b, 0 or 1, of a sample's shape up to broadcasting.
        net: (N, C, ...) -> (N, 2C, ...); its last layer should start at 0, so that the coupling starts simple.
        scale: bounds the log-scale.
    """

    mask: Tensor

    def __init__(self, mask: Tensor, net: nn.Module, scale: Scale = "tanh") -> None:
        super().__init__()
        self.net = net
        self.gain = nn.Parameter(torch.ones(())) if scale == "tanh" else None
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `Invertible.forward`."""
        s, t = self._move(x)
        return x * s.exp() + t, s.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        s, t = self._move(y)
        return (y - t) * (-s).exp()

    def _move(self, x: Tensor) -> tuple[Tensor, Tensor]:
        s, t = self.net(x * self.mask).chunk(2, 1)
        s = F.logsigmoid(s + 2) if self.gain is None else self.gain * s.tanh()
        return s * (1 - self.mask), t * (1 - self.mask)


class MultiScale(Invertible):
    """Stages after each of which but the last half of the channels are done; the rest goes on. 1605.08803, eq. 13-16.

    Args:
        stages: layers (N, C, ...) -> (N, C', ...).
        shapes: what each stage gives for a sample.
    """

    def __init__(self, stages: Sequence[Invertible], shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__()
        self.stages, self.shapes = nn.ModuleList(stages), tuple(shapes)

    def forward(self, x: Tensor, *, back: bool = False) -> tuple[Tensor, Tensor] | Tensor:  # type: ignore[override]
        """X (N, ...) -> z (N, D), and log |det ∂z/∂x|, (N,); with `back`, z -> x."""
        if back:
            return self.inverse(x)
        done, total = [], x.new_zeros(len(x))
        for i, stage in enumerate(self.stages):
            x, stretch = stage(x)
            total = total + stretch
            if i + 1 < len(self.stages):
                part, x = x.chunk(2, 1)
                done.append(part.flatten(1))
        return torch.cat([*done, x.flatten(1)], 1), total

    def inverse(self, y: Tensor) -> Tensor:
        """See `Invertible.inverse`."""
        halves = [(shape[0] // 2, *shape[1:]) for shape in self.shapes[:-1]]
        *parts, x = y.split([math.prod(shape) for shape in (*halves, self.shapes[-1])], 1)
        x = x.unflatten(1, self.shapes[-1])
        for i in reversed(range(len(self.stages))):
            if i + 1 < len(self.stages):
                x = torch.cat([parts[i].unflatten(1, halves[i]), x], 1)
            stage = self.stages[i]
            assert isinstance(stage, Invertible)
            x = stage.inverse(x)
        made: Tensor = x
        return made


def each(value: Tensor, x: Tensor) -> Tensor:
    """One number a channel, (C,), as it is applied to x (N, C, ...)."""
    return value.view(-1, *[1] * (x.dim() - 2))


def checkerboard(height: int, width: int, parity: int) -> Tensor:
    """1 on every other place, (1, 1, H, W)."""
    return ((torch.arange(height)[:, None] + torch.arange(width) + parity) % 2).float()[None, None]


def half(channels: int, axes: int, parity: int) -> Tensor:
    """1 on one half of the channels, the second for parity 0: (1, C, 1, …) with `axes` further axes."""
    second = (torch.arange(channels) >= channels // 2).float()
    return (1 - second if parity % 2 else second).view(1, -1, *[1] * axes)
