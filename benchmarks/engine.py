"""What the engine adds to arithmetic: to a step of a whole `rivals train`, and to 10,000 samples and their features.

    python benchmarks/engine.py

Overhead is the difference between a step of a whole run (folder, logs, diagnosis, progress, checkpoints) and one of a
bare, tuned loop of the same networks, by turns in one process. Sampling is `Game.sample` and a judge's features beside
the bare forward passes, in the chunks that both use.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from step import WORKLOADS, bare, source

import rivals
from rivals.data import named
from rivals.data.specs import Images
from rivals.metrics import judges

SAMPLES = 10_000


def overhead(rounds: int, steps: int) -> None:
    """Milliseconds a step more than the bare loop's, on the workload mlp: the networks of `gan` as it comes."""
    work = WORKLOADS["mlp"]
    loop, data = bare(work, tuned=True), source(work)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        seen: list[tuple[int, float]] = []

        def note(record: dict[str, Any], seen: list[tuple[int, float]] = seen) -> None:
            seen.append((record["step"], time.perf_counter()))

        with tempfile.TemporaryDirectory() as folder:
            rivals.train("gan", data, out=Path(folder) / "run", steps=steps, batch=64, loggers=[note])
        (first, begun), (last, ended) = seen[0], seen[-1]
        ours.append((ended - begun) / (last - first))
        theirs.append(loop(steps // 4))
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"step: a whole run {a * 1e3:.2f} ms, the bare loop {b * 1e3:.2f} ms, {1e3 * (a - b):+.2f} ms", flush=True)


def sampling(rounds: int) -> None:
    """Time of `SAMPLES` samples and features over that of the forward passes alone."""
    data = named.load("mnist") if os.environ.get("RIVALS_DATA") else named.load("digits")
    spec = data.spec
    assert isinstance(spec, Images)
    game = rivals.create("dcgan", spec)
    judge = judges.load("mnist" if spec.height == 28 else "digits")
    generator = game.generator.net

    def ours() -> None:
        judge.features(game.sample(SAMPLES))

    @torch.no_grad()
    def theirs() -> None:
        generator.eval()
        x = torch.cat([generator(torch.randn(game.chunk, 100)) for _ in range(-(-SAMPLES // game.chunk))])[:SAMPLES]
        for part in x.split(judge.block):
            judge(part)

    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for i in range(rounds + 1):
        for name, call in (("ours", ours), ("bare", theirs)):
            seconds = _timed(call)
            times[name] += [seconds] if i else []
    a, b = (statistics.median(times[name]) for name in ("ours", "bare"))
    print(f"{SAMPLES:,} samples and features: {a:.2f} s, the forward passes {b:.2f} s, ratio {a / b:.2f}", flush=True)


def _timed(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--rounds", type=int, default=5)
    about.add_argument("--steps", type=int, default=600)
    about.add_argument("--threads", type=int, default=os.cpu_count())
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    overhead(given.rounds, given.steps)
    sampling(given.rounds)


if __name__ == "__main__":
    main()
