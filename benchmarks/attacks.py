"""Attacks beside torchattacks, Foolbox and CleverHans on the same net, interleaved in one process: ratios of medians.

    python benchmarks/attacks.py
    python benchmarks/attacks.py --only pgd-40 --rounds 15

Every library attacks the same samples of the same net with the same budget, in evaluation mode, the libraries in turn,
`--rounds` times; the first round warms up and is not counted. Peers that are not installed are left out. Beside the
times stands the accuracy that each leaves, so that nobody is fast by doing less.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import attacking, attacks

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import stand_in

EPSILON, STEP = 0.2, 0.01
Run = Callable[[nn.Module, Tensor, Tensor], Tensor]


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--rounds", type=int, default=5)
    about.add_argument("--only", nargs="*", choices=list(ROWS), default=None)
    about.add_argument("--net", choices=list(NETS), nargs="*", default=list(NETS))
    about.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    warnings.simplefilter("ignore")
    libraries = {name: library for name in ("torchattacks", "foolbox", "cleverhans") if (library := _found(name))}
    for net_name in given.net:
        net, x, y = NETS[net_name]()
        print(f"{net_name}: {len(x)} samples of {tuple(x.shape[1:])}, {given.threads} threads", flush=True)
        for name in given.only or ROWS:
            n, row = ROWS[name]
            runs: dict[str, Run] = {"rivals": row["rivals"]}
            runs |= {peer: row[peer](libraries[peer]) for peer in row if peer in libraries}
            _row(name, runs, net, x[:n], y[:n], given.rounds)


def _row(name: str, runs: dict[str, Run], net: nn.Module, x: Tensor, y: Tensor, rounds: int) -> None:
    times: dict[str, list[float]] = {who: [] for who in runs}
    work: dict[str, list[float]] = {who: [] for who in runs}
    left: dict[str, float] = {}
    for i in range(rounds + 1):
        for who, run in runs.items():
            torch.manual_seed(i)
            begun, busy = time.perf_counter(), time.process_time()
            with contextlib.redirect_stdout(io.StringIO()):
                made = run(net, x, y)
            if i:
                times[who].append(time.perf_counter() - begun)
                work[who].append(time.process_time() - busy)
            with torch.no_grad():
                flat = made.flatten(1)
                blank = flat.amax(1) == flat.amin(1)  # what Foolbox gives back where it found nothing
                left[who] = float(((net(made).argmax(1) == y) | blank).float().mean())
    medians = {who: statistics.median(seconds) for who, seconds in times.items()}
    for who, took in medians.items():
        ratio, effort = took / medians["rivals"], statistics.median(work[who]) / statistics.median(work["rivals"])
        told = f"{took * 1e3:10.1f} ms   {ratio:5.2f} × ours, {effort:5.2f} × of the processors' time"
        print(f"  {name:<11} {who:<13} {told}   {left[who]:6.1%} left", flush=True)


def _found(name: str) -> Any:
    """A library, or None; torchvision may be one that was built for another torch."""
    stand_in.torchvision()
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _small() -> tuple[nn.Module, Tensor, Tensor]:
    x, y, _ = attacking.labelled("digits", 200)
    return attacking.model("digits").eval(), x, y


def _wide() -> tuple[nn.Module, Tensor, Tensor]:
    """A residual net of 32×32 colour pictures, untrained but for its norms: what matters is its size."""
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width),
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = (x + self.layers(x)).relu()
            return out

    net = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), Block(32), nn.AvgPool2d(2), nn.Conv2d(32, 64, 1), Block(64), nn.AvgPool2d(2),
        Block(64), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    x = torch.rand(20, 3, 32, 32)
    with torch.no_grad():
        net(x)  # its norms see the data
        return net.eval(), x, net(x).argmax(1)


NETS: dict[str, Callable[[], tuple[nn.Module, Tensor, Tensor]]] = {"digits": _small, "resnet": _wide}


def _torchattacks(make: Callable[[Any, nn.Module], Any]) -> Callable[[Any], Run]:
    return lambda library: lambda net, x, y: make(library, net)(x, y)


def _foolbox(make: Callable[[Any], Any], epsilon: float | None = EPSILON) -> Callable[[Any], Run]:
    def with_library(library: Any) -> Run:
        def run(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
            model = library.PyTorchModel(net, bounds=(0, 1), device="cpu")
            return make(library.attacks)(model, x, y, epsilons=epsilon)[1]

        return run

    return with_library


def _cleverhans(module: str, make: Callable[[Any, nn.Module, Tensor, Tensor], Tensor]) -> Callable[[Any], Run]:
    def with_library(library: Any) -> Run:
        found = importlib.import_module(f"cleverhans.torch.attacks.{module}")
        return lambda net, x, y: make(found, net, x, y)

    return with_library


ROWS: dict[str, tuple[int, dict[str, Any]]] = {
    "fgsm": (200, {
        "rivals": lambda net, x, y: attacks.fgsm(net, x, y, epsilon=EPSILON),
        "torchattacks": _torchattacks(lambda t, net: t.FGSM(net, eps=EPSILON)),
        "foolbox": _foolbox(lambda a: a.FGSM()),
        "cleverhans": _cleverhans(
            "fast_gradient_method", lambda m, net, x, y: m.fast_gradient_method(net, x, EPSILON, float("inf"), 0, 1, y)
        ),
    }),
    "pgd-40": (200, {
        "rivals": lambda net, x, y: attacks.pgd(net, x, y, epsilon=EPSILON, steps=40, step=STEP),
        "torchattacks": _torchattacks(lambda t, net: t.PGD(net, eps=EPSILON, alpha=STEP, steps=40)),
        "foolbox": _foolbox(lambda a: a.LinfPGD(abs_stepsize=STEP, steps=40)),
        "cleverhans": _cleverhans(
            "projected_gradient_descent",
            lambda m, net, x, y: m.projected_gradient_descent(
                net, x, EPSILON, STEP, 40, float("inf"), 0, 1, y, sanity_checks=False
            ),
        ),
    }),
    "cw": (50, {
        "rivals": lambda net, x, y: attacks.cw(net, x, y, steps=100, searches=3, first=1.0),
        "foolbox": _foolbox(
            lambda a: a.L2CarliniWagnerAttack(binary_search_steps=3, steps=100, stepsize=0.01, initial_const=1.0), None
        ),
        "cleverhans": _cleverhans(
            "carlini_wagner_l2",
            lambda m, net, x, y: m.carlini_wagner_l2(
                net, x, 10, y, lr=0.01, binary_search_steps=3, max_iterations=100, initial_const=1.0
            ),
        ),
    }),
    "deepfool": (50, {
        "rivals": lambda net, x, y: attacks.deepfool(net, x, y),
        "torchattacks": _torchattacks(lambda t, net: t.DeepFool(net, steps=50, overshoot=0.02)),
        "foolbox": _foolbox(lambda a: a.L2DeepFoolAttack(steps=50, candidates=10, overshoot=0.02), None),
    }),
    "autoattack": (50, {
        "rivals": lambda net, x, y: attacks.autoattack(net, x, y, epsilon=0.1, steps=100, queries=5000),
        "torchattacks": _torchattacks(lambda t, net: t.AutoAttack(net, eps=0.1, n_classes=10, seed=0)),
    }),
}  # fmt: skip
"""Attack -> how many samples, and each library's run of it."""

if __name__ == "__main__":
    main()
