"""Training steps of other libraries and ours on the same networks, theirs, interleaved in one process.

    pip download --no-deps -d peers torchgan==0.1.0 torch-mimicry==0.1.16   # then unpack both into one folder
    python benchmarks/peers.py FOLDER

Neither can be installed beside a current torch (they ask for old versions, or for torchvision), so they are read from a
folder, and torchvision's two compiled operators are declared, but not there. Each peer trains as its own trainer does
for a step, without its logging. PyTorch-GAN is no library, but scripts: its order of a step (the generator first, the
same fakes for the critic, everyone's gradients) is written here on the workloads of `step.py`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from step import BATCH, WORKLOADS, Turn, Workload, _plain, pictures, source, turns_of
from torch import Tensor, nn

from rivals import layout
from rivals.adversarial import Adversarial
from rivals.game import Player
from rivals.objectives import hinge, wasserstein
from rivals.optim import adam
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian
from rivals.run import Run


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument(
        "folder", type=Path, nargs="?", help="where torchgan and torch_mimicry lie; scripts alone without"
    )
    about.add_argument("--rounds", type=int, default=5)
    about.add_argument("--only", nargs="*", choices=list(PAIRS), default=None)
    about.add_argument("--threads", type=int, default=os.cpu_count())
    given = about.parse_args()
    torch.set_num_threads(given.threads)
    if given.folder:
        sys.path.insert(0, str(given.folder))
        _stand_in()
    for name in given.only or [n for n in PAIRS if given.folder or n.startswith("PyTorch-GAN")]:
        theirs, ours, count = PAIRS[name]()
        times: dict[str, list[float]] = {"theirs": [], "ours": []}
        for i in range(given.rounds + 1):
            for who, turn in (("theirs", theirs), ("ours", ours)):
                seconds = turn(count)
                times[who] += [seconds] if i else []
        a, b = (statistics.median(times[who]) for who in ("theirs", "ours"))
        print(f"{name:32} {a * 1e3:9.1f} ms  ours {b * 1e3:9.1f} ms  theirs/ours {a / b:5.2f}", flush=True)


def _stand_in() -> None:
    """Make imports of torchvision and of visualisers succeed; nothing of them is called."""

    class Anything(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (), {})

    for name in ("torchvision", "torchvision.utils", "torchvision.datasets", "torchvision.transforms",
                 "torchvision.models", "torch.utils.tensorboard", "visdom", "scipy.misc"):  # fmt: skip
        sys.modules.setdefault(name, Anything(name))


def _ours(generator: nn.Module, critic: nn.Module, work: Workload, *, reuse: bool = False) -> Turn:
    """Our engine on given networks."""
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
    data = source(work)
    return turns_of(lambda steps: Run(game, data, steps=steps, batch=BATCH, save_every=10**9))


def _timed(step: Callable[[], None]) -> Turn:
    import time

    def turn(count: int) -> float:
        step()
        begun = time.perf_counter()
        for _ in range(count):
            step()
        return (time.perf_counter() - begun) / count

    return turn


def _reals(work: Workload) -> Callable[[], Tensor]:
    data, position = pictures(work), 0

    def real() -> Tensor:
        nonlocal position
        rows = torch.arange(position, position + BATCH) % len(data)
        position += BATCH
        return data[rows].float() / 127.5 - 1

    return real


def torchgan(side: int) -> tuple[Turn, Turn, int]:
    """Torchgan's DCGAN and minimax losses, as its trainer calls them."""
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
    from torchgan.models import DCGANDiscriminator, DCGANGenerator

    work = _plain((3, side, side), lambda: (nn.Identity(), nn.Identity()))
    make = lambda: (  # noqa: E731
        DCGANGenerator(100, side, 3, 64),
        DCGANDiscriminator(side, 3, 64, last_nonlinearity=nn.Identity()),
    )
    torch.manual_seed(0)
    generator, critic = make()
    to_g = torch.optim.Adam(generator.parameters(), lr=work.rate, betas=work.betas)
    to_d = torch.optim.Adam(critic.parameters(), lr=work.rate, betas=work.betas)
    losses = MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()
    real, device = _reals(work), torch.device("cpu")

    def step() -> None:
        x = real()
        losses[0].train_ops(generator, critic, to_g, device, BATCH)
        losses[1].train_ops(generator, critic, to_d, x, device)

    torch.manual_seed(0)
    return _timed(step), _ours(*make(), work), {32: 3, 64: 1}[side]


def mimicry(name: str) -> tuple[Turn, Turn, int]:
    """torch-mimicry's SNGAN or WGAN-GP of 32×32 pictures, five critic moves a step, as its trainer calls them."""
    import torch_mimicry.nets as nets
    from torch_mimicry.training import metric_log

    base = WORKLOADS[{"sngan": "sn", "wgan_gp": "wgp"}[name]]
    kinds = {
        "sngan": (nets.sngan.SNGANGenerator32, nets.sngan.SNGANDiscriminator32, hinge),
        "wgan_gp": (nets.wgan_gp.WGANGPGenerator32, nets.wgan_gp.WGANGPDiscriminator32, wasserstein),
    }[name]
    torch.manual_seed(0)
    generator, critic = kinds[0](), kinds[1]()
    to_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.0, 0.9))
    to_d = torch.optim.Adam(critic.parameters(), lr=2e-4, betas=(0.0, 0.9))
    real, device, log = _reals(base), torch.device("cpu"), metric_log.MetricLog()

    def step() -> None:
        for _ in range(5):
            critic.train_step((real(), None), netG=generator, optD=to_d, log_data=log, device=device)
        generator.train_step((real(), None), netD=critic, optG=to_g, log_data=log, device=device)

    torch.manual_seed(0)
    return _timed(step), _ours(kinds[0](), Flat(kinds[1]()), base), 1


class Flat(nn.Module):
    """A critic whose logits (N, 1) become (N,)."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """Pictures -> logits (N,)."""
        out: Tensor = self.net(x)
        return out.flatten()


def script(name: str) -> tuple[Turn, Turn, int]:
    """A step in PyTorch-GAN's order on a workload's networks, beside ours with the same re-use of fakes."""
    work = WORKLOADS[name]
    torch.manual_seed(0)
    generator, critic = work.networks()
    to_g = torch.optim.Adam(generator.parameters(), lr=work.rate, betas=work.betas)
    to_d = torch.optim.Adam(critic.parameters(), lr=work.rate, betas=work.betas)
    real, valid, wrong = _reals(work), torch.ones(BATCH), torch.zeros(BATCH)
    bce = F.binary_cross_entropy_with_logits

    def step() -> None:
        x = real()
        to_g.zero_grad()
        fake = generator(torch.randn(BATCH, work.latent))
        bce(critic(fake), valid).backward()
        to_g.step()
        to_d.zero_grad()
        ((bce(critic(x), valid) + bce(critic(fake.detach()), wrong)) / 2).backward()
        to_d.step()

    torch.manual_seed(0)
    return _timed(step), _ours(*work.networks(), work, reuse=True), {"mlp": 12, "dc32": 3, "dc64": 1}[name]


PAIRS: dict[str, Callable[[], tuple[Turn, Turn, int]]] = {
    "torchgan dc32": lambda: torchgan(32),
    "torchgan dc64": lambda: torchgan(64),
    "torch-mimicry SNGAN": lambda: mimicry("sngan"),
    "torch-mimicry WGAN-GP": lambda: mimicry("wgan_gp"),
    "PyTorch-GAN script mlp": lambda: script("mlp"),
    "PyTorch-GAN script dc32": lambda: script("dc32"),
    "PyTorch-GAN script dc64": lambda: script("dc64"),
}

if __name__ == "__main__":
    main()
