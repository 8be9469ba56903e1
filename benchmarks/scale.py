"""What several processes say to each other in a step: counted while a game is played, and what that takes on a network.

    python benchmarks/scale.py [NAME …]

The bytes are those of the messages of real steps (`rivals.processes.total` and `total_gradients`). A ring all-reduce
of B bytes over n processes sends 2(n - 1)/n · B from each; the time on paper is that over the slowest link's bandwidth,
and hides nothing behind arithmetic. What is measured is the same sum over gloo, between processes of this machine.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from rivals import processes, registry
from rivals.data.sources import Arrays
from rivals.data.specs import Images
from rivals.run import Run


@dataclass(frozen=True)
class Case:
    """A game of full size; `steps` are played, so that what comes every few steps counts."""

    recipe: str
    data: Images
    options: dict[str, Any] = field(default_factory=dict)
    steps: int = 1


CASES = {
    "sngan, 32²": Case("sngan", Images(3, 32, 32)),
    "stylegan, 256²": Case("stylegan", Images(3, 256, 256), {"path_weight": 0.0}),
    "biggan, 128²": Case("biggan", Images(3, 128, 128, classes=1000)),
}
LINKS = {8: ("8 in one machine, 450 GB/s each", 450e9), 64: ("8 machines of 8, 50 GB/s each", 50e9)}
"""Processes -> how they are joined, and bytes a second of the slowest link; of what is sold, not measured here."""


def told(case: Case) -> tuple[int, int, int]:
    """(parameters, moves of a step, bytes of a step, those of the logs among them)."""
    said: list[int] = []
    moves = 0
    total, gradients = processes.total, processes.total_gradients

    def counted(x: Tensor) -> Tensor:
        said.append(x.numel() * x.element_size())
        return total(x)

    def counted_gradients(weights: Any, flags: Tensor) -> Tensor:
        nonlocal moves
        moves += 1
        said.append(4 * (sum(w.numel() for w in weights) + len(weights) + len(flags)))
        return gradients(weights, flags)

    game = registry.create(case.recipe, case.data, **case.options)
    x = torch.randint(256, (4, *case.data.shape), dtype=torch.uint8)
    fields = {"image": x} | ({"label": torch.arange(4)} if case.data.classes else {})
    processes.total, processes.total_gradients = counted, counted_gradients
    try:
        Run(game, Arrays(case.data, fields, name="noise"), steps=case.steps, batch=4).train()
    finally:
        processes.total, processes.total_gradients = total, gradients
    parameters = sum(w.numel() for player in game.players().values() for w in player.weights)
    return parameters, moves // case.steps, sum(said) // case.steps


def measured(sizes: list[int]) -> None:
    """Under torchrun: seconds of a sum of so many bytes, the median of five."""
    with processes.joined("cpu"):
        for size in sizes:
            x, times = torch.ones(size // 4), []
            for _ in range(6):
                processes.wait()
                began = time.perf_counter()
                processes.total(x)
                times.append(time.perf_counter() - began)
            if processes.first():
                seconds = sorted(times[1:])[2]
                print(json.dumps({"processes": processes.count(), "bytes": size, "seconds": round(seconds, 4)}))


def main() -> None:
    """Print the table, or measure where torchrun started several."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--bytes", type=int, nargs="*", help="under torchrun: sizes of messages to time")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.bytes:
        return measured(asked.bytes)
    for name, case in CASES.items():
        if asked.names and not any(name.startswith(word) for word in asked.names):
            continue
        parameters, moves, size = told(case)
        line = f"{name:<16} {parameters / 1e6:8.1f} M parameters  {moves} moves  {size / 2**20:8.1f} MiB a step"
        for n, (_, bandwidth) in LINKS.items():
            line += f"  {n} GPUs {1000 * 2 * (n - 1) / n * size / bandwidth:.2f} ms"
        print(line, flush=True)
    return None


if __name__ == "__main__":
    main()
