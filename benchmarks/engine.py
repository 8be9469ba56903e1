"""What the engine adds to arithmetic: to a step of a whole `rivals train`, and to 10,000 samples and their features.

    python benchmarks/engine.py

Overhead is what a step of a whole run (folder, logs, diagnosis, progress, checkpoints) takes more than the same step
without them, and than one of a bare, tuned loop, by turns in one process. Sampling is `Game.sample` and a judge's
features beside the bare forward passes, in the chunks that both use.
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
from step import WORKLOADS, bare, ours, source

import rivals
from rivals.data import named
from rivals.data.specs import Images
from rivals.metrics import judges

SAMPLES = 10_000


def overhead(steps: int) -> None:
    """Milliseconds a step of mlp, the networks of `gan` as it comes: a whole run, the step alone, a bare loop.

    Whenever the run writes a line (every 25 steps) the two others take a turn, so that all three see the same
    machine; the final scores are no part of a step and are left out.
    """
    work = WORKLOADS["mlp"]
    data = source(work)
    others = {"our step alone": ours(work), "the bare loop": bare(work, tuned=True)}
    times: dict[str, list[float]] = {"a whole run": []} | {name: [] for name in others}
    last: tuple[int, float] | None = None

    def note(record: dict[str, Any]) -> None:
        nonlocal last
        if last and record["step"] > last[0]:
            times["a whole run"].append((time.perf_counter() - last[1]) / (record["step"] - last[0]))
            for name, turn in others.items():
                times[name].append(turn(record["step"] - last[0]))
        last = record["step"], time.perf_counter()

    with tempfile.TemporaryDirectory() as folder:
        rivals.train("gan", data, out=Path(folder) / "run", steps=steps, batch=64, loggers=[note])
    for name, seen in times.items():
        median, mean = statistics.median(seen) * 1e3, statistics.mean(seen) * 1e3
        print(f"{name}: {median:.2f} ms a step (median of {len(seen)} turns), {mean:.2f} (mean)", flush=True)


def sampling(rounds: int) -> None:
    """Time of `SAMPLES` samples and features over that of the forward passes alone."""
    data = named.load("mnist") if os.environ.get("RIVALS_DATA") else named.load("digits")
    spec = data.spec
    assert isinstance(spec, Images)
    game = rivals.create("dcgan", spec)
    judge = judges.load("mnist" if spec.height == 28 else "digits")
    generator = game.generator.net

    def sampled() -> None:
        judge.features(game.sample(SAMPLES))

    @torch.no_grad()
    def theirs() -> None:
        generator.eval()
        x = torch.cat([generator(torch.randn(game.chunk, 100)) for _ in range(-(-SAMPLES // game.chunk))])[:SAMPLES]
        for part in x.split(judge.block):
            judge(part)

    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for i in range(rounds + 1):
        for name, call in (("ours", sampled), ("bare", theirs)):
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
    about.add_argument("--rounds", type=int, default=5, help="of sampling")
    about.add_argument("--steps", type=int, default=1500, help="of the run")
    about.add_argument("--threads", type=int, default=os.cpu_count())
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    overhead(given.steps)
    sampling(given.rounds)


if __name__ == "__main__":
    main()
