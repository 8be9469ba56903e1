"""A tracker by regression: where is now what was in the middle before? Held et al. 2016, 1604.01802, section 4."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rivals.nn import boxes

SIDE = 32
"""Pixels of a side of the windows that it sees."""

REST = (0.25, 0.25, 0.75, 0.75)
"""The box, as shares of the window, of a target that has not moved."""


class Tracker(nn.Module):
    """Windows before and now, each (N, C, 32, 32) -> left, top, right, bottom in the window, (N, 4).

    One convolutional trunk looks at both; dense layers compare.

    Args:
        channels: C.
        width: maps of the first convolution.
        dense: units of the hidden layer.
    """

    rest: Tensor

    def __init__(self, channels: int, width: int, dense: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = channels
        for i in range(3):
            layers += [nn.Conv2d(before, width << i, 3, 2, 1), nn.LeakyReLU(0.1)]
            before = width << i
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        features = before * (SIDE // 8) ** 2
        self.head = nn.Sequential(nn.Linear(2 * features, dense), nn.LeakyReLU(0.1), nn.Linear(dense, 4))
        self.register_buffer("rest", torch.tensor(REST))

    def forward(self, before: Tensor, now: Tensor) -> Tensor:
        """See the class."""
        moved: Tensor = self.head(torch.cat([self.trunk(before), self.trunk(now)], 1))
        return self.rest + moved


Aim = Callable[[Tensor, Tensor], Tensor]
"""(the tracker's box, the true one), in the window, each (N, 4) -> what is descended, (N,)."""


def _towards(*box: float) -> Aim:
    return lambda out, truth: (out - torch.tensor(box, device=out.device)).abs().sum(1)


AIMS: dict[str, Aim] = {
    "away": lambda out, truth: -(out - truth).abs().sum(1),
    "stay": _towards(*REST),
    "shrink": _towards(0.0, 1.0, 0.0, 1.0),
    "grow": _towards(0.0, 0.0, 1.0, 1.0),
    "smaller": lambda out, truth: boxes.area(out),
    "larger": lambda out, truth: -boxes.area(out).clamp(max=1),
}
"""What an attack descends: not targeted; targeted, three; guided, two. Wiyatno & Xu 2019, 1904.11042, section 3.2."""
