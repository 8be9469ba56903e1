"""What tests/metrics/test_sets.py starts under torchrun: `metric_workers.py OUT`."""

import sys

import torch

from rivals import processes
from rivals.metrics.judges import load
from rivals.metrics.sets import DensityCoverage, FrechetDistance, InceptionScore, KernelDistance, PrecisionRecall


def pictures(seed, n):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def figures():
    """Metrics of pictures and features that the processes share unequally, each having a run of them."""
    judge = load("digits")
    judge.block = 7  # so that the judge has blocks to share
    sides = {True: pictures(0, 90), False: pictures(1, 77)}
    metrics = {
        "frechet": FrechetDistance(judge),
        "kernel": KernelDistance(judge, subsets=3, size=20),
        "inception": InceptionScore(judge, splits=2),
        "precision": PrecisionRecall(k=3),
        "density": DensityCoverage(),
        "plain frechet": FrechetDistance(),
    }
    found = {}
    for name, metric in metrics.items():
        for real, x in sides.items():
            whole = x if getattr(metric, "judge", None) else x.flatten(1)
            start, stop = (0, len(x)) if processes.count() == 1 else ((0, 29), (29, len(x)))[processes.rank()]
            mine = whole[start:stop]
            for piece in mine.tensor_split(2):
                metric.update(piece, real=real)
        found[name] = metric.compute()
        assert metric.compute() == found[name], "compute leaves each process its own part"
    return found


def main(out):
    torch.set_num_threads(1)
    with processes.joined("cpu"):
        found = figures()
        if processes.first():
            torch.save({name: torch.as_tensor(value).tolist() for name, value in found.items()}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
