"""Small games whose gradients are known by hand."""

import torch
from torch import Tensor, nn

from rivals.data.sources import Generated
from rivals.data.specs import Points
from rivals.game import Game, Player
from rivals.optim import sgd


class Weight(nn.Module):
    """One vector of weights; its output is x·w."""

    def __init__(self, *values: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(values))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w


class Two(Game):
    """Players a and b with one weight each; the step is given from outside."""

    def __init__(self, play=None, *, rate: float = 0.1, **facts) -> None:
        super().__init__()
        self.a, self.b = Player(Weight(1.0), sgd(rate), **facts), Player(Weight(2.0), sgd(rate))
        self.play = play

    def step(self, run) -> None:
        self.play(self, run)

    @property
    def pair(self) -> list[float]:
        return [self.a.net.w.item(), self.b.net.w.item()]


def ones(n: int = 1) -> Generated:
    """Points that are all one."""
    return Generated(Points(n), lambda size, generator: (torch.ones(size, n),), name="ones")


def numbers() -> Generated:
    """Points 0, 1, 2, … of a batch."""
    return Generated(Points(1), lambda size, generator: (torch.arange(float(size))[:, None],), name="numbers")
