"""Constraints: what is done to the critic's weights after each of its moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import nn

from rivals.parts import part

Constraint: TypeAlias = Callable[[nn.Module], None]


@part("constraint")
def clip(bound: float = 0.01) -> Constraint:
    """Clip every weight to [-c, c]. Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1, line 7."""

    @torch.no_grad()
    def constrain(critic: nn.Module) -> None:
        for weight in critic.parameters():
            weight.clamp_(-bound, bound)

    return constrain
