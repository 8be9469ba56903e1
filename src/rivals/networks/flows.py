"""Bodies that map samples to normal noise and back: `realnvp(data)`, `glow(data)`."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.networks import mlp
from rivals.nn.flows import (
    ActNorm,
    BatchNorm,
    Coupling,
    InTurn,
    Invertible,
    Logit,
    Mixing,
    MultiScale,
    Scale,
    Unshuffled,
    checkerboard,
    half,
)


def realnvp(
    data: Points | Images, width: int, couplings: int, scales: int, norm: Literal["batch", "act"]
) -> MultiScale:
    """Couplings with alternating masks, each followed by a norm. Dinh et al. 2016, arXiv:1605.08803, sections 3.4-3.6.

    A scale of pictures has `couplings` checkerboards, a squeeze and as many with halves of the channels, after which
    half of them are done; the last scale has one checkerboard more, and nothing else. Points have 2 · `couplings`.

    Args:
        data: samples.
        width: see `coupled`.
        couplings, scales: how many, at least 1.
        norm: of what a coupling gives.

    Raises:
        UsageError: for sides that cannot be halved so often, or counts below 1.
    """
    _fits(data, scales - 1, min(scales, couplings), "scales")
    normed = BatchNorm if norm == "batch" else ActNorm

    def several(shape: tuple[int, ...], n: int, board: bool) -> list[Invertible]:
        def one(i: int) -> list[Invertible]:
            mask = checkerboard(shape[-2], shape[-1], i) if board else half(shape[0], len(shape) - 1, i)
            return [coupled(shape, mask, width, "tanh"), normed(shape[0])]

        return [layer for i in range(n) for layer in one(i)]

    shape = data.shape
    if isinstance(data, Points):
        return MultiScale([InTurn(several(shape, 2 * couplings, board=False))], [shape])
    stages, shapes, first = [], [], [Logit()]
    for _ in range(scales - 1):
        small = _squeezed(shape)
        stages.append(
            InTurn([*first, *several(shape, couplings, True), Unshuffled(), *several(small, couplings, False)])
        )
        shapes.append(small)
        shape, first = (small[0] // 2, *small[1:]), []
    return MultiScale([*stages, InTurn([*first, *several(shape, couplings + 1, True)])], [*shapes, shape])


def glow(data: Points | Images, width: int, depth: int, levels: int, scale: Scale) -> MultiScale:
    """Steps of actnorm, 1×1 convolution and coupling; pictures are squeezed first. Kingma & Dhariwal 2018, figure 2.

    Before half of the channels are done, the other half moves and scales them once more: the learned prior of a split
    in the authors' code, written as a coupling.

    Args:
        data: samples.
        width: see `coupled`.
        depth: steps of a level, K.
        levels: L; points have one.
        scale: of couplings.

    Raises:
        UsageError: for sides that cannot be halved so often, or counts below 1.
    """
    _fits(data, levels, min(levels, depth), "levels")

    def steps(shape: tuple[int, ...]) -> list[Invertible]:
        mask = half(shape[0], len(shape) - 1, 0)
        each = ([ActNorm(shape[0]), Mixing(shape[0]), coupled(shape, mask, width, scale)] for _ in range(depth))
        return [layer for step in each for layer in step]

    shape, stages, shapes = data.shape, [], []
    if isinstance(data, Points):
        return MultiScale([InTurn([*steps(shape), ActNorm(shape[0])])], [shape])
    for level in range(levels):
        shape = _squeezed(shape)
        split = level + 1 < levels
        learned = [coupled(shape, half(shape[0], 2, 0), width, scale)] if split else []
        stages.append(InTurn([Unshuffled(), *steps(shape), *learned]))
        shapes.append(shape)
        shape = (shape[0] // 2, *shape[1:])
    return MultiScale(stages, shapes)


def coupled(shape: tuple[int, ...], mask: Tensor, width: int, scale: Scale) -> Coupling:
    """A coupling of samples of a shape that starts as the identity up to a constant scale.

    Pictures get 3×3, 1×1 and 3×3 convolutions with `width` maps between, as Glow's; vectors two hidden layers of
    2 · `width` units.
    """
    channels = shape[0]
    net: nn.Sequential
    if len(shape) == 1:
        net = mlp.mlp([channels, 2 * width, 2 * width, 2 * channels])
    else:
        inner = [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU()]
        net = nn.Sequential(*inner, nn.Conv2d(width, 2 * channels, 3, padding=1))
    for weight in net[-1].parameters():
        nn.init.zeros_(weight)
    return Coupling(mask, net, scale)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (4 * shape[0], shape[1] // 2, shape[2] // 2)


def _fits(data: Points | Images, halvings: int, layers: int, name: str) -> None:
    if layers < 1:
        raise UsageError(f"a flow needs at least one layer and one scale: raise {name} and the layers of each")
    if isinstance(data, Images) and (data.height % (1 << halvings) or data.width % (1 << halvings)):
        raise UsageError(
            f"pictures of {data.height}×{data.width} cannot be halved {halvings} times: lower {name}, or resize them"
        )
