"""What a training step costs: ours, bare loops of the same networks, and the machine's own ceiling, interleaved.

    python benchmarks/step.py                       # all five workloads: 45 minutes on two cores, mostly sn, wgp
    python benchmarks/step.py mlp dc32 --rounds 20  # two of them
    python benchmarks/step.py dc64 --profile        # which kernels a step's time goes to, instead

Every variant is given turns of a few steps in one process, one after the other, so that a noisy machine is noisy to all
of them; figures are medians over turns, ratios those of medians. The bare loops are written here, in their naive and in
their tuned form. The naive one is what tutorials show: two passes of the critic, new noise for the generator, gradients
for everyone, Adam as it comes. The tuned one saves what can be saved without another algorithm: no gradients for who
does not move, fused Adam, channels last, and one sum of losses.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from rivals import layout
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.data.sources import Source
from rivals.game import Player
from rivals.networks import dcgan, mlp, residual
from rivals.objectives import hinge, non_saturating, wasserstein
from rivals.optim import adam
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian
from rivals.run import Run

BATCH = 64


@dataclass(frozen=True)
class Workload:
    """One game: networks, losses, moves.

    Attributes:
        shape: of a picture.
        latent: numbers in a latent.
        networks: makes a fresh generator and critic.
        loss: of the critic, from its logits of reals and fakes.
        fool: of the generator, from the critic's logits of fakes.
        objective: the same, by name, for our engine.
        rate, betas: Adam's.
        critic_updates: moves of the critic in a step.
        penalty: λ of the gradient penalty, 0 for none.
    """

    shape: tuple[int, int, int]
    latent: int
    networks: Callable[[], tuple[nn.Module, nn.Module]]
    loss: Callable[[Tensor, Tensor], Tensor]
    fool: Callable[[Tensor], Tensor]
    objective: Callable[[], Any]
    rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    critic_updates: int = 1
    penalty: float = 0.0


def _bce(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _mlp() -> tuple[nn.Module, nn.Module]:
    return mlp.generator(100, (1, 28, 28), [256, 512, 1024]), mlp.critic((1, 28, 28), [512, 256], 1, nn.LeakyReLU(0.2))


def _dcgan(side: int) -> Callable[[], tuple[nn.Module, nn.Module]]:
    return lambda: (dcgan.generator(100, 3, side, side, 64), dcgan.critic(3, side, side, 64))


def _sngan() -> tuple[nn.Module, nn.Module]:
    return residual.generator(128, 3, 32, 32, 256), residual.critic(3, 32, 32, 128, "spectral")


def _wgan() -> tuple[nn.Module, nn.Module]:
    return residual.generator(128, 3, 32, 32, 128), residual.critic(3, 32, 32, 128, "none")


def _plain(shape: tuple[int, int, int], networks: Callable[[], tuple[nn.Module, nn.Module]]) -> Workload:
    return Workload(shape, 100, networks, _bce, lambda fake: F.softplus(-fake).mean(), non_saturating)


WORKLOADS = {
    "mlp": _plain((1, 28, 28), _mlp),
    "dc32": _plain((3, 32, 32), _dcgan(32)),
    "dc64": _plain((3, 64, 64), _dcgan(64)),
    "sn": Workload(
        (3, 32, 32), 128, _sngan, lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda f: -f.mean(), hinge,
        betas=(0.0, 0.9), critic_updates=5,
    ),
    "wgp": Workload(
        (3, 32, 32), 128, _wgan, lambda r, f: f.mean() - r.mean(), lambda f: -f.mean(), wasserstein,
        betas=(0.0, 0.9), critic_updates=5, penalty=10.0,
    ),
}  # fmt: skip

STEPS = {"mlp": 12, "dc32": 3, "dc64": 1, "sn": 1, "wgp": 1}
"""Steps in a turn."""

Turn = Callable[[int], float]
"""Plays one step more than it is asked for, and says what the others took, seconds a step."""


def pictures(work: Workload) -> Tensor:
    """4,096 pictures of noise, uint8, in memory."""
    made = torch.randint(0, 256, (4096, *work.shape), generator=torch.Generator().manual_seed(0))
    return made.to(torch.uint8)


def source(work: Workload) -> Source:
    """The same pictures as our engine takes them."""
    return named.load(pictures(work).movedim(1, 3).contiguous())


def bare(work: Workload, *, tuned: bool) -> Turn:
    """A loop without an engine."""
    torch.manual_seed(0)
    generator, critic = work.networks()
    if tuned:
        layout.lay(generator)
        layout.lay(critic)
    how: dict[str, Any] = {"lr": work.rate, "betas": work.betas, "fused": True if tuned else None}
    to_generator = torch.optim.Adam(generator.parameters(), **how)
    to_critic = torch.optim.Adam(critic.parameters(), **how)
    data, position = pictures(work), 0

    def real() -> Tensor:
        nonlocal position
        rows = torch.arange(position, position + BATCH) % len(data)
        position += BATCH
        return data[rows].float() / 127.5 - 1

    def penalised(x: Tensor, fake: Tensor) -> Tensor:
        u = torch.rand(BATCH, 1, 1, 1)
        between = (u * x + (1 - u) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        return work.penalty * (slope.flatten(1).norm(dim=1) - 1).square().mean()

    def move_critic() -> None:
        x, latent = real(), torch.randn(BATCH, work.latent)
        to_critic.zero_grad()
        if tuned:
            with torch.no_grad():
                fake = generator(latent)
        else:
            fake = generator(latent).detach()
        loss = work.loss(critic(x), critic(fake))
        if work.penalty:
            loss = loss + penalised(x, fake)
        loss.backward()
        to_critic.step()

    def move_generator() -> None:
        to_generator.zero_grad()
        loss = work.fool(critic(generator(torch.randn(BATCH, work.latent))))
        loss.backward(inputs=list(generator.parameters()) if tuned else None)
        to_generator.step()

    def step() -> None:
        for _ in range(work.critic_updates):
            move_critic()
        move_generator()

    def turn(count: int) -> float:
        step()
        begun = time.perf_counter()
        for _ in range(count):
            step()
        return (time.perf_counter() - begun) / count

    return turn


def ours(work: Workload, *, reuse: bool = False, precision: str = "fp32", compiled: bool = False) -> Turn:
    """Our engine, as `rivals train` runs it."""
    torch.manual_seed(0)
    generator, critic = work.networks()
    game = Adversarial(
        generator=Player(generator, adam(work.rate, work.betas)),
        critic=Player(critic, adam(work.rate, work.betas)),
        prior=Gaussian(work.latent),
        objective=work.objective(),
        penalties=[gradient_penalty(work.penalty)] if work.penalty else [],
        critic_updates=work.critic_updates,
        reuse=reuse,
    )
    layout.lay(game)
    if compiled:
        for player in game.players().values():
            player.net.compile()
    data = source(work)
    return turns_of(lambda steps: Run(game, data, steps=steps, batch=BATCH, precision=precision, save_every=10**9))


def turns_of(make: Callable[[int], Run]) -> Turn:
    """Turns of our engine, whose step hook tells the time.

    Args:
        make: steps -> a run of so many.
    """

    def turn(count: int) -> float:
        times: list[float] = []
        run = make(count + 1)
        run.hooks.step.append(lambda run: times.append(time.perf_counter()))
        run.train()
        return (times[-1] - times[0]) / count

    return turn


VARIANTS: dict[str, Callable[[Workload], Turn]] = {
    "naive": lambda work: bare(work, tuned=False),
    "tuned": lambda work: bare(work, tuned=True),
    "ours": ours,
    "ours, reuse": lambda work: ours(work, reuse=True),
    "ours, bf16": lambda work: ours(work, precision="bf16"),
    "ours, compiled": lambda work: ours(work, compiled=True),
}


def flops(work: Workload) -> float:
    """Floating-point operations of one step of the tuned loop, in 10⁹."""
    turn = bare(work, tuned=True)
    counter = FlopCounterMode(display=False)
    # not by modules: their hooks refuse the penalty's gradient inside a gradient
    counter.mod_tracker = SimpleNamespace(parents={"Global"}, __enter__=lambda: None, __exit__=lambda *_: None)
    with counter:
        turn(1)
    return counter.get_total_flops() / 2e9  # two steps


def ceiling(dtype: torch.dtype) -> float:
    """GFLOP/s of a 3×3 convolution of 256 maps of 32×32, channels last, the best of ten."""
    x = torch.randn(16, 256, 32, 32, dtype=dtype).contiguous(memory_format=torch.channels_last)
    w = torch.randn(256, 256, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
    best = min(_timed(lambda: F.conv2d(x, w, padding=1)) for _ in range(10))
    return 2 * 16 * 256 * 256 * 9 * 32 * 32 / best / 1e9


def _timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def measured(name: str, variants: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds a step of each variant, one a turn."""
    work, count = WORKLOADS[name], STEPS[name]
    turns = {variant: VARIANTS[variant](work) for variant in variants}
    times: dict[str, list[float]] = {variant: [] for variant in variants}
    for i in range(rounds + 1):
        for variant, turn in turns.items():
            seconds = turn(count)
            if i:  # the first turn warms up
                times[variant].append(seconds)
    return times


KERNELS = {
    "convolutions": ("convolution", "slow_conv"),
    "products": ("addmm", "aten::mm", "matmul"),
    "batch norm": ("batch_norm",),
    "activations": ("relu", "threshold", "clamp_min", "tanh", "softplus"),
    "copies, casts": ("copy_",),
    "Adam": ("adam", "Adam", "addc", "lerp", "sqrt"),
    "norms": ("vector_norm", "foreach_norm"),
}
"""Parts of a step, each with words that the names of its kernels have."""


def profiled(name: str, variants: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds a step of each variant in each part, in its quietest turn; the profiler itself costs a little.

    What is left over is smaller kernels, and the words between them.
    """
    count = 2 * STEPS[name]
    turns = {variant: VARIANTS[variant](WORKLOADS[name]) for variant in variants}
    best: dict[str, dict[str, float]] = {}
    for i in range(rounds + 1):
        for variant, turn in turns.items():
            with profile(activities=[ProfilerActivity.CPU]) as found:
                begun = time.perf_counter()
                turn(count - 1)  # plays one more
                whole = (time.perf_counter() - begun) * 1e3 / count
            parts = dict.fromkeys(KERNELS, 0.0)
            for event in found.key_averages():
                of = [part for part, words in KERNELS.items() if any(word in event.key for word in words)]
                if of:
                    parts[of[0]] += event.self_cpu_time_total / 1e3 / count
            parts |= {"left over": whole - sum(parts.values()), "all": whole}
            if i and (variant not in best or whole < best[variant]["all"]):  # the first turn warms up
                best[variant] = parts
    return best


def peak(name: str, variant: str) -> float:
    """MiB that a process of its own comes to hold in three steps."""
    code = [sys.executable, __file__, name, "--peak", variant]
    return float(subprocess.run(code, capture_output=True, text=True, check=True).stdout.split()[-1])


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("workloads", nargs="*", choices=[*WORKLOADS, []], help="by default all")
    about.add_argument("--variants", nargs="*", choices=list(VARIANTS), default=list(VARIANTS)[:5])
    about.add_argument("--rounds", type=int, default=7)
    about.add_argument("--threads", type=int, default=os.cpu_count())
    about.add_argument("--memory", action="store_true", help="measure peak memory, too")
    about.add_argument("--profile", action="store_true", help="show what a step consists of, in ms")
    about.add_argument("--json", type=Path)
    about.add_argument("--peak", help=argparse.SUPPRESS)
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    if given.peak:
        VARIANTS[given.peak](WORKLOADS[given.workloads[0]])(2)
        # ru_maxrss would be at least what the parent held when it forked
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        return
    whole, half = ceiling(torch.float32), ceiling(torch.bfloat16)
    found: dict[str, Any] = {"threads": given.threads, "torch": torch.__version__, "ceiling": whole, "ceiling16": half}
    print(f"ceiling {whole:.0f} GFLOP/s, in bf16 {half:.0f}, on {given.threads} threads, torch {torch.__version__}")
    for name in given.workloads or WORKLOADS:
        if given.profile:
            found[name] = profiled(name, given.variants, given.rounds)
            print(f"\n{name:15}" + "".join(f"{variant:>15}" for variant in given.variants))
            for part in [*KERNELS, "left over", "all"]:
                print(f"  {part:13}" + "".join(f"{found[name][v][part]:15.1f}" for v in given.variants), flush=True)
            continue
        work, times = flops(WORKLOADS[name]), measured(name, given.variants, given.rounds)
        found[name] = {"gflop": work, "seconds": times}
        base = statistics.median(times[given.variants[0]])
        print(f"\n{name}: {work:.3g} GFLOP a step of {BATCH}")
        for variant in given.variants:
            middle = statistics.median(times[variant])
            line = f"  {variant:15} {middle * 1e3:9.1f} ms  {middle / base:5.2f}  {work / middle:6.0f} GFLOP/s"
            if given.memory:
                found[name].setdefault("MiB", {})[variant] = peak(name, variant)
                line += f"  {found[name]['MiB'][variant]:7.0f} MiB"
            print(line, flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
