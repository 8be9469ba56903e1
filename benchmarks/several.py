"""Faults of several processes and of long runs, for `faults.py`: torchrun's workers, a sweep, hours, a large folder."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from trials import Count, Job, digest, play, same

SIZES: dict[str, Any] = {"minutes": 45.0, "cells": 200, "pictures": 200_000}
"""How long the soak is, how many cells the sweep has, how many pictures the large folder; set by `faults.py`."""

MOST = 5
"""Trials of a fault whose every trial starts several interpreters."""

PATIENCE = 60.0
"""Seconds after which a run ends whose worker is gone or stuck (`rivals.processes.PATIENCE`)."""

SHARED = Job("pix2pix", "edge-digits", 16, ("width=8",))
"""With dropout and batch norms, so that each process has a state of its own."""

ALONE = Job("wgan-gp", "ring", 20, ("width=8", "latent=4"), batch=16)
"""Without batch statistics, so that several processes play the game that one plays."""


class Torchrun:
    """A training in several processes.

    Args:
        n: how many.
        words: after `rivals`.
        restarts: of all workers, where one dies.
        before: what starts the command, `ip netns exec …` say.
        among: how torchrun finds the other hosts.
    """

    def __init__(
        self, n: int, words: list[str], restarts: int = 0, before: Sequence[str] = (),
        among: Sequence[str] = ("--standalone",),
    ) -> None:  # fmt: skip
        command = [*before, sys.executable, "-m", "torch.distributed.run", *among, f"--nproc-per-node={n}"]
        command += [f"--max-restarts={restarts}", "-m", "rivals", *words]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    def workers(self) -> list[int]:
        """The workers' process ids."""
        return list(_children(self.process.pid))

    def saved(self, run: Path, checkpoints: int) -> bool:
        """Wait until so many checkpoints are written; False where it ended before."""
        while self.process.poll() is None:
            last = max((run / "checkpoints").glob("step-*"), default=None)
            if last and int(last.name.partition("-")[2]) >= checkpoints:
                return True
            time.sleep(0.01)
        return False

    def end(self, patience: float) -> tuple[int, str, float]:
        """(exit code, what it said, seconds waited); after `patience` it is killed, and that is its code."""
        began = time.monotonic()
        try:
            said, _ = self.process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            said, _ = self.process.communicate()
        return self.process.returncode, said, time.monotonic() - began


def _children(pid: int) -> Iterator[int]:
    try:
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    except OSError:
        return


def worker_dies(times: int, place: Path, rng: random.Random) -> Count:
    """Kill -9 for one of two workers: the run ends in time, says why, and the same command ends it as it would have."""
    count, slowest = Count(), 0.0
    expected = of_two(place)
    for _ in range(min(times, MOST)):
        run = place / "run"
        command = Torchrun(2, SHARED.words(run))
        if command.saved(run, rng.randint(1, 12)):
            os.kill(rng.choice(command.workers()), signal.SIGKILL)
        code, said, waited = command.end(PATIENCE + 30)
        slowest = max(slowest, waited)
        again, more, _ = Torchrun(2, SHARED.words(run)).end(120)
        ended = code > 0 and ("gone or stuck" in said or "Signal 9" in said)
        count.add(ended and again == 0 and same(run, expected), said + more)
        shutil.rmtree(run, ignore_errors=True)
    count.note = f"ended after {slowest:.1f} s at most"
    return count


def worker_restarts(times: int, place: Path, rng: random.Random) -> Count:
    """The same under `torchrun --max-restarts`: the run ends well by itself."""
    count, expected = Count(), of_two(place)
    for _ in range(min(times, MOST)):
        run = place / "run"
        command = Torchrun(2, SHARED.words(run), restarts=3)
        if command.saved(run, rng.randint(1, 12)):
            os.kill(rng.choice(command.workers()), signal.SIGKILL)
        code, said, _ = command.end(180)
        count.add(code == 0 and same(run, expected), said)
        shutil.rmtree(run, ignore_errors=True)
    return count


def worker_hangs(times: int, place: Path, rng: random.Random) -> Count:
    """SIGSTOP for one of two workers, and no SIGCONT: the others do not wait for ever."""
    count, waited = Count(), 0.0
    for _ in range(min(times, 1)):
        run = place / "run"
        command = Torchrun(2, SHARED.words(run))
        command.saved(run, 2)
        stopped = rng.choice(command.workers())
        os.kill(stopped, signal.SIGSTOP)
        code, said, waited = command.end(2 * PATIENCE + 60)
        count.add(code > 0 and "gone or stuck" in said, said)
    count.note = f"ended after {waited:.0f} s"
    return count


def many_like_one(times: int, place: Path, rng: random.Random) -> Count:
    """Four processes against one at the same batch: the largest difference of a weight."""
    from safetensors.numpy import load_file

    assert play(ALONE, place / "one").code == 0
    code, said, _ = Torchrun(4, ALONE.words(place / "four")).end(180)
    one, four = (load_file(place / run / "model" / "model.safetensors") for run in ("one", "four"))
    worst = max(float(np.abs(one[name].astype(float) - four[name]).max()) for name in one)
    count = Count(note=f"largest difference of a weight {worst:.1e}, in float32, after {ALONE.steps} steps")
    count.add(code == 0 and worst < 1e-5, f"{said}\n{count.note}")
    return count


def of_two(place: Path) -> tuple[str, str, str]:
    """What two workers of one host end with, whom nothing disturbs."""
    code, said, _ = Torchrun(2, SHARED.words(place / "whole")).end(180)
    assert code == 0, said
    return digest(place / "whole")


# ---- a sweep ---------------------------------------------------------------------------------------------------------

RECIPES = '''"""Recipes for a sweep: nineteen that train, and one that ends in one of three ways."""

import os
import resource
import signal
import statistics

import torch

from rivals import Paper, Player, networks, recipe
from rivals.adversarial import Adversarial
from rivals.data.specs import Images, Points
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian


def small(data, rate=1e-3):
    return Adversarial(
        generator=Player(networks.generator(data, 4, 8, norm="none"), adam(rate)),
        critic=Player(networks.critic(data, 8, norm="none"), adam(rate)),
        prior=Gaussian(4), objective=non_saturating(),
    )
'''

ONE = '''

@recipe("model-{i}", paper=Paper("A sweep", 2026), data=("points", "images"), batch=8)
def model_{i}(data: Points | Images) -> Adversarial:
    """A small game."""
    return small(data, 1e-3 * (1 + {i}))
'''

SABOTAGED = '''

class Sabotaged(Adversarial):
    """Fails in its third step in a way that its seed decides."""

    way = 0

    def step(self, run):
        super().step(run)
        if run.counters.step == 2:
            (self.nan, self.memory, self.killed)[self.way](run)

    def nan(self, run):
        run.descend((self.generator, self.generator(self.prior(4)).sum() * float("nan")))

    def memory(self, run):
        before = resource.getrlimit(resource.RLIMIT_AS)
        taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + 2**26, before[1]))
        try:
            torch.zeros(2**28)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    def killed(self, run):
        os.kill(os.getpid(), signal.SIGKILL)


@recipe("sabotaged", paper=Paper("A sweep", 2026), data=("points", "images"), batch=8)
def sabotaged(data: Points | Images) -> Adversarial:
    """A small game that fails."""
    game = small(data)
    game.__class__ = Sabotaged
    game.way = int(torch.randint(3, ()))
    return game
'''

REASONS = ("not finite|became nan|infinite", "memory", "its worker was killed")
"""What each way of failing must be called."""


def sweep(times: int, place: Path, rng: random.Random) -> Count:
    """A grid through `rivals bench`, a twentieth sabotaged, killed after a third and two thirds, and started again."""
    seeds = max(1, SIZES["cells"] // 20)
    file = place / "models.py"
    file.write_text(RECIPES + "".join(ONE.format(i=i) for i in range(19)) + SABOTAGED)
    recipes = ",".join([*(f"{file}:model_{i}" for i in range(19)), f"{file}:sabotaged"])
    words = ["bench", "digits", "--recipes", recipes, "--seeds", str(seeds), "--budget", "steps=5"]
    command = [sys.executable, "-m", "rivals", *words, "--out", str(place / "bench"), "--json"]
    for share in (1 / 3, 2 / 3, None):
        with (place / "said.txt").open("w") as said:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
            while share and process.poll() is None and len(_outcomes(place)) < share * 20 * seeds:
                time.sleep(0.05)
            if share:
                process.kill()
            out, _ = process.communicate()
    count = Count()
    cells = json.loads(out)["cells"]
    for cell in cells:
        bad = cell["recipe"].endswith("sabotaged")
        named = any(re.search(reason, cell["reason"]) for reason in REASONS)
        count.add(not cell["ok"] and named if bad else cell["ok"], f"{cell['recipe']}: {cell['reason']}")
    good, failed = sum(cell["ok"] for cell in cells), sum(not cell["ok"] for cell in cells)
    count.note = f"{good} results, {failed} named failures, of {20 * seeds}; killed and started again twice"
    count.survived -= 20 * seeds - len(cells)
    return count


def node_lost(times: int, place: Path, rng: random.Random) -> Count:
    """One of two Ray nodes is killed in the middle of a grid: its cell fails by name, the same command makes it good.

    The grid is then that of this machine without Ray.
    """
    from ray.cluster_utils import Cluster

    count, file = Count(), place / "models.py"
    file.write_text(RECIPES + "".join(ONE.format(i=i) for i in range(4)))
    recipes = ",".join(f"{file}:model_{i}" for i in range(4))
    words = ["bench", "digits", "--recipes", recipes, "--seeds", "2", "--budget", "steps=60", "--json"]
    command = [sys.executable, "-m", "rivals", *words, "--jobs", "2"]
    local = subprocess.run([*command, "--out", place / "local"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for trial in range(min(times, MOST)):
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        where = os.environ | {"RAY_ADDRESS": cluster.address}
        remote = [*command, "--on", "ray", "--out", str(place / f"ray{trial}")]
        process = subprocess.Popen(remote, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=where)
        done = rng.randint(1, 4)
        while process.poll() is None and len(list((place / f"ray{trial}").glob("*/outcome.json"))) < done:
            time.sleep(0.05)
        cluster.remove_node(nodes.pop(rng.randrange(2)), allow_graceful=False)
        first, said = process.communicate(timeout=600)
        again = subprocess.run(remote, capture_output=True, text=True, env=where, timeout=600)
        cluster.shutdown()
        lost = [cell["reason"] for cell in json.loads(first)["cells"] if not cell["ok"]]
        named = len(lost) == 1 and "Ray worker is gone" in lost[0]
        count.add(named and _figures(again.stdout) == _figures(local), f"{lost} {said} {again.stderr}")
    return count


def _figures(said: str) -> dict[tuple[str, int], Any]:
    return {
        (cell["recipe"], cell["seed"]): cell["scores"]["values"] for cell in json.loads(said)["cells"] if cell["ok"]
    }


def _outcomes(place: Path) -> list[Path]:
    return list((place / "bench").glob("*/outcome.json"))


# ---- hours, and many files -------------------------------------------------------------------------------------------


def soak(times: int, place: Path, rng: random.Random) -> Count:
    """One long training with evaluations and checkpoints: whether memory and open files grow after two ninths of it.

    Memory is the median of what is seen in a ninth, the second against the last: an evaluation's peaks come and go.
    """
    count = Count()
    words = ["train", "wgan-gp", "--data", "digits", "--set", "width=8", "--minutes", str(SIZES["minutes"])]
    command = [sys.executable, "-m", "rivals", *words, "--eval-every", "500", "--out", str(place / "run")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (place / "run" / "metrics.jsonl").is_file() and process.poll() is None:
        time.sleep(0.2)
    seen: list[tuple[float, int]] = []
    while process.poll() is None:
        seen.append(_used(process.pid))
        time.sleep(0.5)
    seen = [each for each in seen if each[0]] or [(0.0, 0)]  # of a process that has just ended nothing is known
    ninth = max(1, len(seen) // 9)
    early, late = (statistics.median(memory for memory, _ in part) for part in (seen[ninth : 2 * ninth], seen[-ninth:]))
    most, files = max(memory for memory, _ in seen), [max(n for _, n in p) for p in (seen[: 2 * ninth], seen[-ninth:])]
    growth = late / early - 1 if early else 1.0
    count.note = (
        f"{SIZES['minutes']:g} minutes: memory {early:.0f} MiB, then {late:.0f} ({growth:+.2%}), {most:.0f} at most; "
        f"files {files}"
    )
    count.add(process.returncode == 0 and growth < 0.01 and files[1] <= files[0], count.note)
    return count


def large_folder(times: int, place: Path, rng: random.Random) -> Count:
    """A folder of many pictures: memory of its own (not of mapped files) beside that of a small folder."""
    from PIL import Image

    n, count, most = SIZES["pictures"], Count(), []
    for size in (1000, n):
        folder = place / f"{size}"
        for i in range(size):
            if i % 1000 == 0:
                (folder / f"{i // 1000}").mkdir(parents=True)
            Image.frombytes("L", (16, 16), rng.randbytes(256)).save(
                folder / f"{i // 1000}" / f"{i}.png", compress_level=0
            )
        words = Job("gan", f"images:{folder}", 50, ("hidden=(8,8)", "latent=4")).words(place / f"run{size}")
        process = subprocess.Popen(
            [sys.executable, "-m", "rivals", *words, "--read", "labels=none"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        most.append(0.0)
        while process.poll() is None:
            most[-1] = max(most[-1], _own(process.pid))
            time.sleep(0.02)
        assert process.stderr is not None
        said = process.stderr.read()
    bytes_each = (most[1] - most[0]) * 2**20 / (n - 1000)
    count.note = (
        f"{n:,} pictures: {most[1]:.0f} MiB, of 1,000: {most[0]:.0f}; {bytes_each:.0f} bytes a picture (its name)"
    )
    count.add(process.returncode == 0 and bytes_each < 2000, said + count.note)
    return count


def _used(pid: int) -> tuple[float, int]:
    """(MiB that are resident, open files)."""
    try:
        return _status(pid, "VmRSS"), len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0.0, 0


def _own(pid: int) -> float:
    try:
        return _status(pid, "RssAnon")
    except OSError:
        return 0.0


def _status(pid: int, word: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{word}:"):
            return int(line.split()[1]) / 1024
    return 0.0


FAULTS: dict[str, Callable[[int, Path, random.Random], Count]] = {
    "one of two workers dies": worker_dies,
    "one of two workers dies, and restarts": worker_restarts,
    "one of two workers hangs": worker_hangs,
    "four processes against one": many_like_one,
    "sweep with sabotage, killed twice": sweep,
    "a Ray node is lost": node_lost,
    "soak": soak,
    "large folder": large_folder,
}
"""Name -> what tries it."""
