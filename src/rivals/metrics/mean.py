"""The mean of one figure a sample, in torchmetrics' interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rivals.errors import UsageError
from rivals.metrics.stream import Metric


class Mean(Metric):
    """The mean over all samples of what a function gives for each, summed in float64.

    Args:
        measure: a batch -> one figure a sample, (N,).
    """

    def __init__(self, measure: Callable[..., Tensor]) -> None:
        super().__init__()
        self.measure = measure
        self.add_state("total", torch.zeros((), dtype=torch.float64), "sum")
        self.add_state("count", torch.zeros((), dtype=torch.int64), "sum")
        self.total: Tensor
        self.count: Tensor

    def update(self, *batch: Any, **named: Any) -> None:
        """Add a batch; the arguments are those of `measure`."""
        values = self.measure(*batch, **named).detach().double()
        self.total = self.total + values.sum().cpu()
        self.count = self.count + values.numel()

    def compute(self) -> float:
        """The mean over everything since the last `reset`.

        Raises:
            UsageError: where nothing was added yet.
        """
        if not self.count:
            raise UsageError(f"{type(self).__name__} has seen no samples yet: call update first")
        return (self.total / self.count).item()
