"""Metrics of feature sets beside SciPy, prdc and torch-fidelity: times, ratios, peak memory, agreement.

All in one process, the two of each pair in turn, `--rounds` times; the ratio is that of the medians. Peers that are not
installed are left out. `--quick` is smaller.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rivals.metrics import Statistics, frechet_distance, kernel_distance, prdc


def resident() -> float:
    """MiB of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


class Peak:
    """The most memory in use while it runs, above what was in use before, in MiB."""

    def __enter__(self) -> Peak:
        self.before = self.most = resident()
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def watch(self) -> None:
        """Look every 5 ms."""
        while not self.done.wait(0.005):
            self.most = max(self.most, resident())

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.watcher.join()

    @property
    def used(self) -> float:
        """MiB above what was in use before."""
        return self.most - self.before


def side_by_side(title: str, runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Any]:
    """Time each in turn and print; the first is ours."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    work: dict[str, list[float]] = {name: [] for name in runs}
    memory, results = dict.fromkeys(runs, 0.0), {}
    for _ in range(rounds):
        for name, run in runs.items():
            with contextlib.redirect_stdout(io.StringIO()), Peak() as peak:
                start, before = time.perf_counter(), time.process_time()
                results[name] = run()
                seconds[name].append(time.perf_counter() - start)
                work[name].append(time.process_time() - before)
            memory[name] = max(memory[name], peak.used)
    print(f"\n{title}")
    ours = next(iter(runs))
    for name in runs:
        took, cpu = statistics.median(seconds[name]), statistics.median(work[name])
        print(f"  {name:<16} {took:8.3f} s, {cpu:8.3f} s of all cores, peak +{memory[name]:7.1f} MiB", end="")
        if name != ours:
            ratio, effort = took / statistics.median(seconds[ours]), cpu / statistics.median(work[ours])
            share = memory[ours] / max(memory[name], 1.0)
            print(
                f"   rivals: {ratio:.2f} times as fast, 1/{effort:.2f} of the work, {share:.2f} of the memory", end=""
            )
        print()
    return results


def features(n: int, d: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    """Float32 features of full rank, correlated and of unlike scale, above 0 as after a rectifier."""
    g = torch.Generator().manual_seed(seed)
    scale = torch.linspace(0.2, 1.0, d)
    x = torch.randn(n, d, generator=g) * scale + 0.7 * torch.randn(n, 16, generator=g) @ torch.randn(
        16, d, generator=torch.Generator().manual_seed(99)
    )
    return (x + shift).relu_().add_(0.05 * torch.randn(n, d, generator=g))


def by_sqrtm(x: Statistics, y: Statistics) -> float:
    """The field's formula, in float64."""
    from scipy.linalg import sqrtm

    a, b = x.covariance.numpy(), y.covariance.numpy()
    root = sqrtm(a @ b)
    return float((x.mean - y.mean).square().sum() + np.trace(a) + np.trace(b) - 2 * np.trace(root).real)


def by_fidelity(x: torch.Tensor, y: torch.Tensor, subsets: int, size: int) -> dict[str, float]:
    from torch_fidelity.metric_kid import kid_features_to_metric

    return kid_features_to_metric(
        x, y, kid_subsets=subsets, kid_subset_size=size, rng_seed=2020, verbose=False, kid_kernel="poly",
        kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1,
    )  # fmt: skip


def without_torchvision_operators() -> Any:
    """Lets a torchvision that was built for another torch be imported: torch-fidelity needs its modules only."""
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["frechet", "prdc", "kernel"])
    asked = parser.parse_args()
    n, d, size, subsets = (2_000, 512, 200, 20) if asked.quick else (10_000, 2_048, 1_000, 100)
    torch.set_grad_enabled(False)
    x, y = features(n, d, 0), features(n, d, 1, 0.05)
    print(f"{n:,} × {d}, {torch.get_num_threads()} threads, medians of {asked.rounds}")
    if asked.only in (None, "frechet"):
        a, b = Statistics.of(x), Statistics.of(y)
        found = side_by_side(
            "Fréchet distance from statistics",
            {"rivals": lambda: frechet_distance(a, b), "scipy sqrtm": lambda: by_sqrtm(a, b)},
            asked.rounds,
        )
        print(f"  {found}")
    if asked.only in (None, "prdc"):
        runs: dict[str, Callable[[], Any]] = {"rivals": lambda: tuple(prdc(x, y, k=5))}
        with contextlib.suppress(ImportError):
            from prdc import compute_prdc

            runs["prdc"] = lambda: tuple(map(float, compute_prdc(x.numpy(), y.numpy(), nearest_k=5).values()))
        print(f"  {side_by_side('precision, recall, density, coverage, k = 5', runs, asked.rounds)}")
    if asked.only in (None, "kernel"):
        runs = {"rivals": lambda: tuple(kernel_distance(x, y, subsets, size))}
        with contextlib.suppress(ImportError):
            library = without_torchvision_operators()
            import torch_fidelity  # noqa: F401

            runs["torch-fidelity"] = lambda: tuple(by_fidelity(x, y, subsets, size).values())
        print(f"  {side_by_side(f'kernel distance, {subsets} subsets of {size:,}', runs, asked.rounds)}")
        del library
    return 0


if __name__ == "__main__":
    sys.exit(main())
