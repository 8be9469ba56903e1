"""Several processes of one run, started by `torchrun`: who we are, sums over all, and nothing else.

Alone, every function here does nothing and costs nothing. All functions that talk are collective: every process calls
them in the same order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from rivals import layout
from rivals.errors import RivalsError

PATIENCE, MEETING, LONG = timedelta(seconds=60), timedelta(minutes=10), timedelta(hours=2)
"""How long a process waits for the others: in a step, at the start, and where one works alone (reading, writing)."""

T = TypeVar("T")
_short: list[Any] = []
_long: list[Any] = []


def count() -> int:
    """Number of processes."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Which of them we are, from 0."""
    return dist.get_rank() if count() > 1 else 0


def first() -> bool:
    """Whether we are the one that writes files and speaks, also before and after the processes meet."""
    return rank() == 0 and (dist.is_initialized() or os.environ.get("RANK", "0") == "0")


@contextmanager
def joined(device_type: str) -> Iterator[None]:
    """Meet the other processes where `torchrun` started us; alone, or where they have met already, do nothing.

    Args:
        device_type: "cuda" talks over NCCL, each process with the device of its LOCAL_RANK; anything else over gloo.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or dist.is_initialized():
        yield
        return
    if device_type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    backend = "nccl" if device_type == "cuda" else "gloo"
    with _together():
        store, mine, size = next(rendezvous("env://", timeout=MEETING))
        store = PrefixStore(_attempt(), store)
        dist.init_process_group("gloo", store=store, rank=mine, world_size=size, timeout=MEETING)
    try:
        with _together():
            _short.append(dist.new_group(timeout=PATIENCE, backend=backend))
            _long.append(dist.new_group(timeout=LONG, backend="gloo"))
        yield
    finally:
        _short.clear()
        _long.clear()
        dist.destroy_process_group()


def _attempt() -> str:
    """Which start of these processes it is, since torchrun keeps the addresses of the dead where the living meet.

    Of several machines each counts for itself, so that their counts tell nothing.
    """
    alone = os.environ.get("GROUP_WORLD_SIZE", "1") == "1"
    return f"attempt {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0') if alone else 'of all'}"


def total(x: Tensor) -> Tensor:
    """Sum of a tensor over all processes, in place.

    Raises:
        RivalsError: where another process is gone or stuck.
    """
    if count() > 1:
        with _together():
            dist.all_reduce(x, group=_short[0])
    return x


def total_gradients(weights: Sequence[nn.Parameter], flags: Tensor) -> Tensor:
    """Sum the gradients of all processes in one flat message, which carries `flags` (K,) along.

    A weight that no process reached keeps no gradient; where only some did, the others count as zero.

    Returns:
        The flags, summed.
    """
    if count() == 1:
        return flags
    there = flags.new_tensor([w.grad is not None for w in weights])
    parts = [(w.grad if w.grad is not None else torch.zeros_like(w)).flatten() for w in weights]
    flat = total(torch.cat([*parts, there, flags]))
    *sums, there, flags = flat.split([*(w.numel() for w in weights), len(weights), len(flags)])
    for weight, part, reached in zip(weights, sums, there.tolist(), strict=True):
        weight.grad = layout.like(part.view_as(weight), weight) if reached else None
    return flags


def joint(x: Tensor) -> Tensor:
    """Every process's samples one after the other, without their gradients: (N, ...) -> (count · N, ...)."""
    if count() == 1:
        return x
    parts = [torch.empty_like(x) for _ in range(count())]
    with _together():
        dist.all_gather(parts, x.detach().contiguous(), group=_short[0])
    return torch.cat(parts)


def gather(value: T) -> list[T]:
    """Every process's value, in order, on the first process; an empty list on the others."""
    if count() == 1:
        return [value]
    found: list[Any] | None = [None] * count() if first() else None
    with _together():
        dist.gather_object(value, found, group=_long[0])
    return found or []


def from_first(make: Callable[[], T]) -> T:
    """What the first process makes, on every process; the others wait for it."""
    if count() == 1:
        return make()
    box: list[Any] = [make() if first() else None]
    with _together():
        dist.broadcast_object_list(box, group=_long[0])
    return box[0]  # type: ignore[no-any-return]


def in_turn(make: Callable[[], T]) -> T:
    """What each process makes, the first before the others: it reads the data and fills the cache that they find."""
    if first():
        made = make()
    wait()
    if not first():
        made = make()
    return made


def wait() -> None:
    """Until every process is here."""
    if count() > 1:
        with _together():
            dist.barrier(group=_long[0])


def shared(n: int, make: Callable[[int], Tensor]) -> list[Tensor]:
    """`make(0)` to `make(n - 1)`, of one shape, each made by one process and given to all."""
    if count() == 1:
        return [make(i) for i in range(n)]
    mine = [make(i) for i in range(rank(), n, count())]
    like = mine[0] if mine else make(0)
    padded = torch.stack([*mine, *[like] * (-(-n // count()) - len(mine))]).cpu().contiguous()
    theirs = [torch.empty_like(padded) for _ in range(count())]
    with _together():
        dist.all_gather(theirs, padded, group=_long[0])
    return [theirs[i % count()][i // count()].to(like.device) for i in range(n)]


@contextmanager
def buffers_of_first(module: nn.Module) -> Iterator[None]:
    """Inside, all processes have the first one's buffers (statistics of batch norms), so that they compute the same."""
    if count() == 1:
        yield
        return
    buffers = [b for b in module.buffers() if b.numel()]
    before = [b.detach().clone() for b in buffers]
    try:
        with _together():
            for buffer in buffers:
                here = buffer.detach().cpu().contiguous()
                dist.broadcast(here, 0, group=_long[0])
                buffer.data.copy_(here)
        yield
    finally:
        for buffer, own in zip(buffers, before, strict=True):
            buffer.data.copy_(own)


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RivalsError(
            f"another process of this run is gone or stuck ({str(error).splitlines()[0][:120]}): "
            "the same command goes on from the last checkpoint"
        ) from error
