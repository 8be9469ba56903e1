"""The fingerprint of a recipe: what 20 seeded steps of a tiny copy make of its weights."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rivals import noise, pack, registry
from rivals.catalog import Entry
from rivals.contract import SMALL
from rivals.data import cache, named
from rivals.run import Run

STEPS, BATCH, SEED = 20, 8, 1

DIRECTIONS = 3
"""Random directions on which weights are seen, beside their length."""

WEIGHTS, MOVES = 1e-4, 1e-3
"""How far, in parts of its length, weights and their way of 20 steps may be off and still be the same mathematics."""

ROUNDING, SAFETY = 3e-7, 4.0
"""A perturbation of the first weights, about that of rounding, and how many times its effect is forgiven."""

Fingerprint: TypeAlias = dict[str, list[float]]


def fingerprint(entry: Entry, kind: str, options: Mapping[str, Any] | None = None) -> Fingerprint:
    """Train a tiny copy for 20 steps and look at every player's weights, and at the way they have come.

    Of each, the length and the products with 3 fixed random directions are kept, with 6 significant digits. A hash of
    rounded weights would not do: among thousands of weights some lie on the edge of rounding, and another processor
    puts them on its other side. So figures are kept and compared within a tolerance (`same`). Some trainings blow
    rounding up (batch statistics, an environment): two more copies, perturbed by about that much to either side, say
    how far.

    Args:
        entry: the recipe.
        kind: of the data, a word of `rivals.data.specs.KINDS`; a small set of that kind is used.
        options: of the recipe, so that the branch is seen that they choose; sizes are the tiny copy's.

    Returns:
        "PLAYER" and "PLAYER moved" -> [length, three products, tolerance].
    """
    kind = next(k for k in (kind, *entry.data) if k in SMALL and k in entry.data)
    tiny = {**(options or {}), **entry.tiny}
    seen, up, down = (_sketches(entry, SMALL[kind][0], tiny, amount) for amount in (0.0, ROUNDING, -ROUNDING))
    forgiven = {name: SAFETY * max(_off(seen[name], up[name]), _off(seen[name], down[name])) for name in seen}
    return {name: [*figures, float(f"{forgiven[name]:.2g}")] for name, figures in seen.items()}


def kept(entry: Entry, kind: str, options: Mapping[str, Any]) -> Fingerprint:
    """The same, from the cache where this code and this torch have made it before on such a processor."""
    facts = [
        _code(entry.path),
        entry.name,
        kind,
        dict(options),
        torch.__version__,
        torch.backends.cpu.get_cpu_capability(),
    ]
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    file = cache.directory() / "fingerprints" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError):
        found: Fingerprint = json.loads(file.read_text(encoding="utf-8"))
        return found
    made = fingerprint(entry, kind, options)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        pack.replace_file(file, json.dumps(made).encode())
    return made


@lru_cache(maxsize=8)
def _code(path: Path) -> str:
    """Digest of all that can change a fingerprint: the package, and the recipe's file where it lies elsewhere."""
    package = Path(__file__).parents[1]
    files = sorted(package.rglob("*.py"))
    digest = hashlib.sha256()
    for file in files if path.is_relative_to(package) else [*files, path]:
        digest.update(f"{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def same(a: Mapping[str, Sequence[float]], b: Mapping[str, Sequence[float]]) -> bool:
    """Whether two fingerprints are of the same mathematics, up to a processor's rounding."""
    if a.keys() != b.keys():
        return False
    least = {name: MOVES if name.endswith(" moved") else WEIGHTS for name in a}
    return all(_off(a[name][:-1], b[name][:-1]) <= max(least[name], a[name][-1], b[name][-1]) for name in a)


def short(fingerprint: Fingerprint) -> str:
    """Twelve digits of SHA-256 that name a fingerprint for people; `same` compares."""
    return hashlib.sha256(repr(sorted(fingerprint.items())).encode()).hexdigest()[:12]


def _sketches(entry: Entry, data: str, options: Mapping[str, Any], amount: float) -> Fingerprint:
    source = named.load(data)
    game = registry.create(entry.name, source.spec, seed=SEED, **options)
    before = {name: _flat(player.weights) for name, player in game.players().items()}
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for weight in game.parameters() if amount else ():
            weight.mul_(1 + amount * torch.randn(weight.shape, generator=generator))
    with noise.seeded(torch.device("cpu"), "fingerprint", SEED):
        Run(game, source, steps=STEPS, batch=BATCH, seed=SEED, save_every=10**9, log_every=10**9).train()
    seen: Fingerprint = {}
    for name, player in game.players().items():
        after = _flat(player.weights)
        seen |= {name: _sketch(name, after), f"{name} moved": _sketch(name, after - before[name])}
    return seen


def _sketch(name: str, x: Tensor) -> list[float]:
    generator = torch.Generator().manual_seed(noise.key("fingerprint", 0, name))
    signs = torch.randint(0, 2, (DIRECTIONS, len(x)), generator=generator).double() * 2 - 1
    return [float(f"{figure:.6g}") for figure in (x.norm().item(), *(signs @ x / math.sqrt(DIRECTIONS)).tolist())]


def _off(a: Sequence[float], b: Sequence[float]) -> float:
    """Their distance in parts of the greater length."""
    return math.dist(a, b) / max(a[0], b[0], 1e-30)


def _flat(weights: Sequence[Tensor]) -> Tensor:
    return torch.cat([w.detach().double().cpu().flatten() for w in weights])
