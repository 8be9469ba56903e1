"""Dense layers by every route that torch supports here, in GFLOP/s, forward and backward, by turns in one process.

    python benchmarks/dense.py

The routes: `F.linear` (MKL or what torch was built with), the same as a 1×1 convolution, channels last (oneDNN),
oneDNN's own linear on tensors in its layout (forward alone), numpy's product (its own BLAS, forward alone), and bf16
under autocast. Convolution's rate on a large layer stands beside them as what the machine can do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

SIZES = ((64, 100, 256), (64, 512, 1024), (64, 1024, 784), (128, 784, 512), (512, 1024, 1024))
"""Rows, inputs, outputs: the layers of the workload mlp, and a large one."""


def linear(x: Tensor, w: Tensor) -> Tensor:
    """As `nn.Linear` computes it."""
    return F.linear(x, w)


def convolution(x: Tensor, w: Tensor) -> Tensor:
    """As a 1×1 convolution of maps of one pixel, a batch of one whose pixels are the rows."""
    maps = x.T.reshape(1, x.shape[1], 1, len(x)).contiguous(memory_format=torch.channels_last)
    return F.conv2d(maps, w[:, :, None, None])[0, :, 0].T


def half(x: Tensor, w: Tensor) -> Tensor:
    """Under autocast to bf16."""
    with torch.autocast("cpu", torch.bfloat16):
        return F.linear(x, w)


def both_ways(route: Callable[[Tensor, Tensor], Tensor], x: Tensor, w: Tensor) -> Callable[[], None]:
    """Output, and gradients of input and weight: three products."""
    a, b = x.clone().requires_grad_(), w.clone().requires_grad_()
    up = torch.ones(len(x), len(w))

    def call() -> None:
        torch.autograd.grad(route(a, b).float(), (a, b), up)

    return call


def forward(x: Tensor, w: Tensor) -> dict[str, Callable[[], object]]:
    """Routes that have no backward here, or whose forward is worth knowing."""
    found: dict[str, Callable[[], object]] = {"F.linear": lambda: F.linear(x, w)}
    a, b = x.numpy(), w.numpy().T.copy()
    found["numpy"] = lambda: a @ b
    try:
        xm, wm = x.to_mkldnn(), w.to_mkldnn()
        torch._C._nn.mkldnn_linear(xm, wm)
        found["oneDNN linear"] = lambda: torch._C._nn.mkldnn_linear(xm, wm)
    except (RuntimeError, AttributeError, NotImplementedError) as error:
        print(f"oneDNN's linear does not run here: {str(error).splitlines()[0]}")
    return found


def rates(calls: dict[str, Callable[[], object]], flop: float, rounds: int) -> dict[str, float]:
    """Name -> GFLOP/s, medians of turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    repeats = max(1, int(2e9 / flop))
    for i in range(rounds + 1):
        for name, call in calls.items():
            begun = time.perf_counter()
            for _ in range(repeats):
                call()
            times[name] += [(time.perf_counter() - begun) / repeats] if i else []
    return {name: flop / statistics.median(seconds) / 1e9 for name, seconds in times.items()}


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--rounds", type=int, default=7)
    about.add_argument("--threads", type=int, default=os.cpu_count())
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    x = torch.randn(16, 256, 32, 32).contiguous(memory_format=torch.channels_last)
    w = torch.randn(256, 256, 3, 3).contiguous(memory_format=torch.channels_last)
    (ceiling,) = rates({"": lambda: F.conv2d(x, w, padding=1)}, 2 * 16 * 1024 * 256 * 256 * 9, given.rounds).values()
    print(f"3×3 convolution of 256 maps: {ceiling:.0f} GFLOP/s; {torch.backends.cpu.get_cpu_capability()}")
    for rows, before, after in SIZES:
        x, w = torch.randn(rows, before), torch.randn(after, before)
        product = 2.0 * rows * before * after
        found = rates({n: both_ways(r, x, w) for n, r in ROUTES.items()}, 3 * product, given.rounds)
        print(f"{rows} × {before} → {after}, both ways: " + ", ".join(f"{n} {r:.0f}" for n, r in found.items()))
        found = rates(forward(x, w), product, given.rounds)
        print(f"{'forward':>24}: " + ", ".join(f"{n} {r:.0f}" for n, r in found.items()), flush=True)


ROUTES = {"F.linear": linear, "1×1 convolution": convolution, "bf16": half}

if __name__ == "__main__":
    main()
