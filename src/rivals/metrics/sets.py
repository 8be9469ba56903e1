"""Metrics of two sets that see their samples piece by piece, in torchmetrics' interface."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from rivals import processes
from rivals.errors import RivalsError, UsageError
from rivals.metrics.frechet import Statistics, frechet_distance
from rivals.metrics.inception import InceptionResult, inception_score
from rivals.metrics.kernel import KernelResult, kernel_distance
from rivals.metrics.manifold import density_coverage, precision_recall
from rivals.metrics.rows import Rows, as_tensor, rows
from rivals.metrics.stream import Metric


class Judge(Protocol):
    """Anything that turns pictures into features and probabilities."""

    def features(self, images: Tensor, /) -> Tensor:
        """(N, C, H, W) -> (N, D)."""

    def probabilities(self, images: Tensor, /) -> Tensor:
        """(N, C, H, W) -> (N, classes)."""


class _TwoSets(Metric):
    """Keeps the features of both sets.

    Args:
        judge: makes features of pictures; without one `update` takes features. Under torchrun every process then calls
            `update` equally often, since a judge's work is shared among them.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        super().__init__()
        self.judge = judge
        self.add_state("real", [], "cat")
        self.add_state("fake", [], "cat")

    def update(self, x: Rows, real: bool) -> None:
        """Add features (N, D), or with a judge pictures (N, C, H, W), to the reals or the fakes."""
        seen = x if self.judge is None else _together(self.judge.features, as_tensor(x))
        getattr(self, "real" if real else "fake").append(rows(seen, type(self).__name__, exact=False))


class KernelDistance(_TwoSets):
    """`kernel_distance` (KID) of the two sets; keeps their features.

    Args:
        judge: makes features of pictures; without one `update` takes features.
        subsets: how many.
        size: samples of each side in one.
        seed: of the subsets.
    """

    def __init__(self, judge: Judge | None = None, subsets: int = 100, size: int = 1000, seed: int = 2020) -> None:
        super().__init__(judge)
        self.subsets, self.size, self.seed = subsets, size, seed

    def compute(self) -> KernelResult:
        """Mean and standard deviation over subsets."""
        return kernel_distance(self.joined("real"), self.joined("fake"), self.subsets, self.size, self.seed)


class PrecisionRecall(_TwoSets):
    """`precision_recall` of the two sets; keeps their features.

    Args:
        judge: makes features of pictures; without one `update` takes features.
        k: which neighbour.
    """

    def __init__(self, judge: Judge | None = None, k: int = 3) -> None:
        super().__init__(judge)
        self.k = k

    def compute(self) -> tuple[float, float]:
        """Precision and recall."""
        return precision_recall(self.joined("real"), self.joined("fake"), self.k)


class DensityCoverage(_TwoSets):
    """`density_coverage` of the two sets; keeps their features.

    Args:
        judge: makes features of pictures; without one `update` takes features.
        k: which neighbour.
    """

    def __init__(self, judge: Judge | None = None, k: int = 5) -> None:
        super().__init__(judge)
        self.k = k

    def compute(self) -> tuple[float, float]:
        """Density and coverage."""
        return density_coverage(self.joined("real"), self.joined("fake"), self.k)


class FrechetDistance(Metric):
    """`frechet_distance` (FID) of the two sets; keeps counts, means and products in float64, no features.

    Args:
        judge: makes features of pictures; without one `update` takes features.
    """

    def __init__(self, judge: Judge | None = None) -> None:
        super().__init__()
        self.judge = judge
        for side in ("real", "fake"):  # one row a process: its count (1,), mean (1, D) and scatter (1, D, D)
            for name in ("count", "mean", "scatter"):
                self.add_state(f"{side}_{name}", [], "cat")

    def update(self, x: Rows, real: bool) -> None:
        """Add features (N, D), or with a judge pictures (N, C, H, W), to the reals or the fakes."""
        seen = x if self.judge is None else _together(self.judge.features, as_tensor(x))
        z = rows(seen, type(self).__name__)
        side = "real" if real else "fake"
        count, mean, scatter = (getattr(self, f"{side}_{name}") for name in ("count", "mean", "scatter"))
        own = z.mean(0)
        centred = z - own  # about the batch's own mean, or digits are lost far from the origin
        if not count:
            count.append(z.new_full((1,), len(z)))
            mean.append(own[None])
            scatter.append((centred.T @ centred)[None])
            return
        if z.shape[1] != mean[0].shape[1]:
            raise UsageError(f"{type(self).__name__} has seen {mean[0].shape[1]} features so far, not {z.shape[1]}")
        n, m, shift = count[0].item(), len(z), own.to(mean[0].device) - mean[0][0]
        # Chan et al. 1983: the scatter of both is the sum of theirs and of that between the two means
        between = (n * m / (n + m)) ** 0.5 * shift[None]
        together = torch.cat([centred.to(shift.device), between])
        scatter[0].baddbmm_(together.T[None], together[None])
        mean[0], count[0] = mean[0] + m / (n + m) * shift, count[0] + m

    def compute(self) -> float:
        """The distance."""
        return frechet_distance(self.statistics(real=True), self.statistics(real=False))

    def statistics(self, real: bool) -> Statistics:
        """What this process has seen of one set; within `compute` what all have.

        Raises:
            RivalsError: for fewer than 2 samples.
        """
        side = "real" if real else "fake"
        count, mean, scatter = (self.joined(f"{side}_{name}") for name in ("count", "mean", "scatter"))
        total = count.sum()
        if total < 2:
            raise RivalsError(f"a Fréchet distance needs at least 2 samples on each side, and {side} has 1")
        middle = (count[:, None] * mean).sum(0) / total
        shift = count.sqrt()[:, None] * (mean - middle)
        return Statistics(middle, (scatter.sum(0) + shift.T @ shift) / (total - 1), int(total))


class InceptionScore(Metric):
    """`inception_score` of one set; keeps its probabilities.

    Args:
        judge: gives probabilities of pictures; without one `update` takes probabilities (N, C).
        splits: parts of the set.
        seed: of their shuffle.
    """

    probabilities: list[Tensor]

    def __init__(self, judge: Judge | None = None, splits: int = 10, seed: int | None = 2020) -> None:
        super().__init__()
        self.judge, self.splits, self.seed = judge, splits, seed
        self.add_state("probabilities", [], "cat")

    def update(self, x: Rows, real: bool = False) -> None:
        """Add probabilities (N, C), or with a judge pictures (N, C, H, W); reals do not count and are passed over."""
        if real:
            return
        seen = x if self.judge is None else _together(self.judge.probabilities, as_tensor(x))
        self.probabilities.append(rows(seen, type(self).__name__, exact=False))

    def compute(self) -> InceptionResult:
        """Mean and standard deviation over splits."""
        return inception_score(self.joined("probabilities"), self.splits, self.seed)


def _together(see: Any, images: Tensor) -> Tensor:
    """What a judge sees in this process's pictures; it shares its work, so every process shows it those of all."""
    if processes.count() == 1:
        return see(images)  # type: ignore[no-any-return]
    gathered = processes.gather(images.cpu())
    everyone = processes.from_first(lambda: gathered)
    start = sum(len(part) for part in everyone[: processes.rank()])
    seen: Tensor = see(torch.cat(everyone))
    return seen[start : start + len(images)]
