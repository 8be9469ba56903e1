"""A game whose networks lie in shares: `fully_shard` (FSDP2) around the layers of both players, on a CPU.

    torchrun --standalone --nproc-per-node=2 benchmarks/sharded.py biggan

Prints what a process holds of weights and of Adam's moments, whole and in shares, and how far some steps with hinge
losses lead from those of whole networks on the same samples. `rivals train` keeps weights whole in each process; this
shows that its networks need not be.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterable

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from rivals import registry
from rivals.adversarial import Adversarial
from rivals.data.specs import Images


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("recipe", nargs="?", default="biggan")
    about.add_argument("--side", type=int, default=64)
    about.add_argument("--batch", type=int, default=4, help="of each process")
    about.add_argument("--steps", type=int, default=3)
    given = about.parse_args()
    dist.init_process_group("gloo")
    me, n = dist.get_rank(), dist.get_world_size()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    game = registry.create(given.recipe, Images(3, given.side, given.side, classes=10), seed=0)
    if not isinstance(game, Adversarial):
        raise SystemExit(f"{given.recipe} is no game of one generator and one critic")
    game.to(torch.float64, memory_format=torch.contiguous_format)  # shares are cut from what lies in order
    game.eval()  # batch statistics are of a share of the batch in one, of all of it in the other
    whole, shared, start = game, copy.deepcopy(game), [w.detach().clone() for w in game.parameters()]
    single = {w for w in shared.parameters() if not w.dim()}  # a scalar has no shares: it stays whole
    for player in (shared.generator, shared.critic):
        for layer in _layers(player):
            fully_shard(layer, ignored_params=single)
        fully_shard(player, ignored_params=single)
    draw = torch.Generator().manual_seed(1)
    shape = (given.steps, n, given.batch)
    real = torch.rand(*shape, 3, given.side, given.side, generator=draw, dtype=torch.float64) * 2 - 1
    latent = torch.randn(*shape, whole.prior.size, generator=draw, dtype=torch.float64)
    labels = torch.randint(10, shape, generator=draw)
    for name, each, samples in (("whole", whole, slice(None)), ("in shares", shared, slice(me, me + 1))):
        moments = _play(each, *(x[:, samples].flatten(1, 2) for x in (real, latent, labels)))
        if me == 0:
            print(f"{name:>9}  {_bytes(each.parameters()):7.1f} MiB of weights, {_bytes(moments):7.1f} of moments")
    with torch.no_grad():
        apart = max(
            float((a - (b.full_tensor() if isinstance(b, DTensor) else b)).abs().max())
            for a, b in zip(whole.parameters(), shared.parameters(), strict=True)
        )
    moved = max(float((a - b).abs().max()) for a, b in zip(whole.parameters(), start, strict=True))
    if me == 0:
        print(f"{given.steps} steps moved weights by up to {moved:.1e}; none differs by more than {apart:.1e}")
    dist.destroy_process_group()


def _layers(player: nn.Module) -> Iterable[nn.Module]:
    """The modules right below the lists that a network is made of, where they have weights."""
    for module in player.modules():
        if isinstance(module, nn.Sequential | nn.ModuleList):
            yield from (layer for layer in module if next(layer.parameters(), None) is not None)
            return


def _play(game: Adversarial, real: Tensor, latent: Tensor, labels: Tensor) -> list[Tensor]:
    """One move of each player a step, by plain Adam; returns its moments."""
    made = [torch.optim.Adam(p.parameters(), 1e-3, (0.0, 0.9), eps=1e-3) for p in (game.critic, game.generator)]
    conditional = game.condition is not None
    for x, z, y in zip(real, latent, labels, strict=True):
        told = y if conditional else None
        for k, optimizer in enumerate(made):
            fake = game.fake(z, told)
            if k == 0:
                loss = F.relu(1 - game.judge(x, told)).mean() + F.relu(1 + game.judge(fake.detach(), told)).mean()
            else:
                loss = -game.judge(fake, told).mean()
            for each in made:
                each.zero_grad()
            loss.backward()
            for w in game.parameters():  # what stays whole has the gradient of this process's samples alone
                if not w.dim() and w.grad is not None:
                    dist.all_reduce(w.grad)
                    w.grad /= dist.get_world_size()
            optimizer.step()
    return [m for optimizer in made for state in optimizer.state.values() for m in state.values() if m.dim()]


def _bytes(tensors: Iterable[Tensor]) -> float:
    """MiB that this process holds."""
    local = (x.to_local() if isinstance(x, DTensor) else x for x in tensors)
    return sum(x.numel() * x.element_size() for x in local) / 2**20


if __name__ == "__main__":
    main()
