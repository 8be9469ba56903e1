"""What a classifier descends that learns from adversarial samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch.nn.functional as F
from torch import Tensor

Defence: TypeAlias = Callable[[Tensor, Tensor, Tensor], dict[str, Tensor]]
"""Logits of samples (N, K), those of their worst neighbours (N, K), and labels (N,) -> losses by name, each (N,)."""


def of_worst(clean: Tensor, worst: Tensor, y: Tensor) -> dict[str, Tensor]:
    """L(x + δ, y)."""
    return {"": F.cross_entropy(worst, y, reduction="none")}


def of_both(clean: Tensor, worst: Tensor, y: Tensor) -> dict[str, Tensor]:
    """½ L(x, y) + ½ L(x + δ, y). Goodfellow et al. 2014, arXiv:1412.6572, section 6."""
    halves = (0.5 * F.cross_entropy(logits, y, reduction="none") for logits in (clean, worst))
    return dict(zip(("clean", "worst"), halves, strict=True))


def trades(beta: float) -> Defence:
    """L(x, y) + β KL(f(x) ‖ f(x + δ)). Zhang et al. 2019, arXiv:1901.08573, eq. 5."""

    def losses(clean: Tensor, worst: Tensor, y: Tensor) -> dict[str, Tensor]:
        apart = F.kl_div(worst.log_softmax(1), clean.log_softmax(1), reduction="none", log_target=True).sum(1)
        return {"clean": F.cross_entropy(clean, y, reduction="none"), "divergence": beta * apart}

    return losses
