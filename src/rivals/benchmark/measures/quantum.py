"""States of qubits."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.store.model import load

SAMPLES = 64


@measure("fidelity")
def fidelity(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Mean of |⟨ψ|x⟩|² over samples x and data ψ, amplitudes divided by their norm.

    Args:
        run: folder of a trained game whose samples are amplitudes.
        data: the target state.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The fidelity, in [0, 1]; 1 where all are one state, up to its sign.
    """
    source = named.load(data)
    made, target = load(run, recipe=recipe).sample(SAMPLES, seed=seed).cpu(), source.first(source.main, SAMPLES)
    return Figure((_normed(made) @ _normed(target).T).square().mean().item())


def _normed(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x.double(), dim=1)
