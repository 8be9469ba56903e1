from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rivals import processes
from rivals.errors import UsageError
from rivals.metrics.stream import Metric


class Mean(Metric):
    """Mean of rows, and how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.zeros(2, dtype=torch.double))
        self.add_state("rows", [], "cat")

    def update(self, x: Tensor) -> None:
        self.total += x.sum(0)
        self.rows.append(x)

    def compute(self) -> tuple[list[float], list[float]]:
        rows = self.joined("rows")
        return (self.total / len(rows)).tolist(), rows[:, 0].tolist()


class Doubled(Mean):
    def compute(self) -> Any:
        mean, rows = super().compute()
        return [2 * m for m in mean], rows


def test_pieces_are_the_whole_and_reset_forgets() -> None:
    metric = Mean()
    metric.update(torch.tensor([[1.0, 2.0]]))
    metric(torch.tensor([[3.0, 4.0]]))
    assert metric.compute() == ([2.0, 3.0], [1.0, 3.0])
    metric.reset()
    with pytest.raises(UsageError, match="has seen no rows yet"):
        metric.compute()
    metric.update(torch.tensor([[5.0, 6.0]]))
    assert metric.compute() == ([5.0, 6.0], [5.0])
    assert Mean().total.sum() == 0


def test_states_are_declared_rightly() -> None:
    with pytest.raises(UsageError, match="state 'x'"):
        Metric().add_state("x", [], "sum")
    with pytest.raises(UsageError, match="state 'x'"):
        Metric().add_state("x", [torch.zeros(1)], "cat")


@pytest.mark.parametrize("kind", [Mean, Doubled])
def test_processes_merge_once_and_keep_their_own_part(monkeypatch: pytest.MonkeyPatch, kind: type[Mean]) -> None:
    other = kind()
    other.update(torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    theirs = {"total": other.total, "rows": other.rows}
    mine = kind()
    mine.update(torch.tensor([[1.0, 2.0]]))
    monkeypatch.setattr(processes, "count", lambda: 2)
    monkeypatch.setattr(processes, "gather", lambda state: [state, theirs])
    monkeypatch.setattr(processes, "from_first", lambda make: make())
    factor = 2.0 if kind is Doubled else 1.0
    for _ in range(2):
        assert mine.compute() == ([3.0 * factor, 4.0 * factor], [1.0, 3.0, 5.0])
    assert mine.total.tolist() == [1.0, 2.0]
