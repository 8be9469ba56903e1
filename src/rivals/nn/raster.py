"""Layers of pictures that see only what comes before in raster order, fed with whole maps or place by place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Sweep:
    """A picture that is being drawn: the place that is next, and what each layer remembers of those before it."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width, self.row, self.column = height, width, 0, 0
        self.memory: dict[int, Any] = {}

    def places(self) -> Iterator[tuple[int, int]]:
        """All places in raster order, (row, column)."""
        for row, column in product(range(self.height), range(self.width)):
            self.row, self.column = row, column
            yield row, column


class Raster(nn.Module):
    """A layer (N, C, H, W) -> (N, C', H, W) of which no place sees a later one.

    So what it gave before stays right while a picture is drawn: within `sweeping` it is given one place, (N, C, 1, 1),
    and gives that place, from what it remembers. Each place is then computed once, not once for each later one.
    """

    sweep: Sweep | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Whole maps, or the place where the sweep is."""
        return self.whole(x) if self.sweep is None else self.place(x, self.sweep)

    def whole(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H, W)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes of a map")

    def place(self, x: Tensor, sweep: Sweep) -> Tensor:
        """(N, C, 1, 1) -> (N, C', 1, 1); the same place may be given again with other values."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes of a place")


@contextmanager
def sweeping(net: nn.Module, height: int, width: int) -> Iterator[Sweep]:
    """Inside, the layers of a network are given one place after the other of pictures of this size."""
    sweep = Sweep(height, width)
    layers = [layer for layer in net.modules() if isinstance(layer, Raster)]
    for layer in layers:
        layer.sweep = sweep
    try:
        yield sweep
    finally:
        for layer in layers:
            layer.sweep = None


def mask(shape: torch.Size, *, own: bool, channels: int = 1, copies: int = 1) -> Tensor:
    """1 where a kernel (O, I, h, w) looks at what comes before, else 0. van den Oord et al. 2016, 1601.06759, 3.4.

    Maps are divided among the picture's channels in order. At its own place a map sees those of earlier channels, and
    where `own` is set (mask B) also of its own channel.

    Args:
        shape: of the kernel.
        own: mask B; otherwise mask A.
        channels: of the picture.
        copies: how many times the outputs walk through the channels (gates of a cell).
    """
    outputs, inputs, height, width = shape
    found = torch.ones(shape)
    found[:, :, height // 2, width // 2 + 1 :] = 0
    found[:, :, height // 2 + 1 :] = 0
    few = outputs // copies
    source = torch.arange(inputs) * channels // inputs
    target = (torch.arange(few) * channels // few).repeat(copies)[:, None]
    found[:, :, height // 2, width // 2] = ((source <= target) if own else (source < target)).float()
    return found


class MaskedConv(Raster):
    """A convolution of the same size whose kernel is masked, see `mask`.

    In a sweep a layer of mask B remembers the places that it was given. One of mask A is a network's first, and is
    given the whole picture as far as it is drawn, (N, C, H, W).

    Args:
        inputs, outputs: maps.
        kernel: an odd side, or height and width.
        own, channels, copies: as of `mask`.
    """

    mask: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int | tuple[int, int],
        *,
        own: bool = True,
        channels: int = 1,
        copies: int = 1,
    ) -> None:
        super().__init__()
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        self.up, self.side, self.own = height // 2, width // 2, own
        self.conv = nn.Conv2d(inputs, outputs, (height, width), padding=(self.up, self.side))
        self.register_buffer(
            "mask", mask(self.conv.weight.shape, own=own, channels=channels, copies=copies), persistent=False
        )

    def whole(self, x: Tensor) -> Tensor:
        """See `Raster.whole`."""
        return F.conv2d(x, self.conv.weight * self.mask, self.conv.bias, padding=(self.up, self.side))

    def place(self, x: Tensor, sweep: Sweep) -> Tensor:
        """See `Raster.place`."""
        row, column, up, side = sweep.row, sweep.column, self.up, self.side
        if not self.own:
            top, left = max(0, row - up), max(0, column - side)
            seen = x[:, :, top : row + 1, left : column + side + 1]
            before = left - column + side
            seen = F.pad(seen, (before, 2 * side + 1 - before - seen.shape[3], up - row + top, 0))
            return F.conv2d(seen, (self.conv.weight * self.mask)[:, :, : up + 1], self.conv.bias)
        if id(self) not in sweep.memory:
            weight = (self.conv.weight * self.mask)[:, :, : up + 1].permute(0, 2, 3, 1).flatten(1)
            kept = x.new_zeros(len(x), up + sweep.height, sweep.width + 2 * side, x.shape[1])
            sweep.memory[id(self)] = weight, kept
        weight, kept = sweep.memory[id(self)]
        kept[:, up + row, side + column] = x.flatten(1)
        seen = kept[:, row : row + up + 1, column : column + 2 * side + 1]
        return F.linear(seen.flatten(1), weight, self.conv.bias)[:, :, None, None]


def cell(gates: Tensor, state: Tensor, axis: int = 1) -> tuple[Tensor, Tensor]:
    """Of gates o, f, i, g in a row along an axis, and a state c: h = σ(o) tanh(c'), c' = σ(f) c + σ(i) tanh(g)."""
    width = gates.shape[axis] // 4
    o, f, i = gates.narrow(axis, 0, 3 * width).sigmoid().chunk(3, axis)
    state = f * state + i * gates.narrow(axis, 3 * width, width).tanh()
    return o * state.tanh(), state


class RowLSTM(Raster):
    """Row by row, an LSTM whose gates also see three places of the row above. 1601.06759, section 3.1, eq. 3.

    [o, f, i, g] = K_ss * h_{r-1} + K_is * x_r, the second masked. What a place sees is a triangle above it.

    Args:
        inputs, hidden: maps.
        channels: of the picture.
        kernel: odd, width of both convolutions.
    """

    def __init__(self, inputs: int, hidden: int, channels: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.see = MaskedConv(inputs, 4 * hidden, (1, kernel), channels=channels, copies=4)
        self.recall = nn.Conv1d(hidden, 4 * hidden, kernel, padding=kernel // 2, bias=False)
        self.hidden = hidden

    def whole(self, x: Tensor) -> Tensor:
        """See `Raster.whole`."""
        h = c = x.new_zeros(len(x), self.hidden, x.shape[3])
        rows = []
        for seen in self.see(x).unbind(2):
            h, c = cell(seen + self.recall(h), c)
            rows.append(h)
        return torch.stack(rows, 2)

    def place(self, x: Tensor, sweep: Sweep) -> Tensor:
        """See `Raster.place`."""
        side = self.recall.kernel_size[0] // 2
        if id(self) not in sweep.memory:
            kept = x.new_zeros(2, len(x), sweep.height + 1, sweep.width + 2 * side, self.hidden)
            sweep.memory[id(self)] = self.recall.weight.transpose(1, 2).flatten(1), kept
        (weight, (hs, cs)), row, column = sweep.memory[id(self)], sweep.row, sweep.column
        above = hs[:, row, column : column + 2 * side + 1].flatten(1)
        h, c = cell(self.see(x).flatten(1) + F.linear(above, weight), cs[:, row, column + side])
        hs[:, row + 1, column + side], cs[:, row + 1, column + side] = h, c
        return h[:, :, None, None]


class DiagonalBiLSTM(Raster):
    """Two LSTMs along the diagonals, one from each upper corner, which together see all before. 1601.06759, 3.2.

    A place's gates see x there, and h of the place beside it and of the one above it; the state c is that of the place
    beside it. What comes from the right is moved down by a row before both are added, so that it sees nothing to come.

    Args:
        inputs, hidden: maps.
        channels: of the picture.
    """

    def __init__(self, inputs: int, hidden: int, channels: int = 1) -> None:
        super().__init__()
        self.see = MaskedConv(inputs, 8 * hidden, 1, channels=channels, copies=8)
        self.recall = nn.Parameter(torch.empty(2, 2 * hidden, 4 * hidden).uniform_(-1, 1) / (2 * hidden) ** 0.5)
        self.hidden = hidden

    def whole(self, x: Tensor) -> Tensor:
        """See `Raster.whole`."""
        n, (height, width) = len(x), x.shape[2:]
        left, right = self.see(x).chunk(2, 1)
        # each diagonal is a column of the skewed map: (diagonals, 2, N, H, 4 hidden)
        seen = skewed(torch.stack([left, right.flip(3)])).permute(4, 0, 1, 3, 2).contiguous()
        h = c = x.new_zeros(2, n, height, self.hidden)
        columns = []
        for gates in seen.unbind(0):
            beside = torch.cat([h, F.pad(h[:, :, :-1], (0, 0, 1, 0))], 3)
            h, c = cell(gates + (beside.flatten(1, 2) @ self.recall).view_as(gates), c, 3)
            columns.append(h)
        left, right = straight(torch.stack(columns).permute(1, 2, 4, 3, 0), width).unbind(0)
        made: Tensor = left + F.pad(right.flip(3)[:, :, :-1], (0, 0, 1, 0))
        return made

    def place(self, x: Tensor, sweep: Sweep) -> Tensor:
        """See `Raster.place`."""
        n, h, (row, column) = len(x), self.hidden, (sweep.row, sweep.column)
        if id(self) not in sweep.memory:
            size = (n, sweep.height + 1, sweep.width + 2)
            sweep.memory[id(self)] = x.new_zeros(2, 2, *size, h), x.new_zeros(*size, 4 * h)
        kept, seen = sweep.memory[id(self)]
        left, seen[:, row + 1, column + 1] = self.see(x).flatten(1).chunk(2, 1)
        self._enter(kept[0], left, self.recall[0], row + 1, column + 1, -1)
        if column == 0:  # the row above is whole, so that it can be walked through from the right
            for j in reversed(range(1, sweep.width + 1)):
                self._enter(kept[1], seen[:, row, j], self.recall[1], row, j, 1)
        made: Tensor = kept[0, 0, :, row + 1, column + 1] + kept[1, 0, :, row, column + 1]
        return made[:, :, None, None]

    @staticmethod
    def _enter(kept: Tensor, gates: Tensor, recall: Tensor, row: int, column: int, beside: int) -> None:
        """Put h and c of a place, counted from 1, into what is kept, (2, N, H + 1, W + 2, hidden); row 0 stays 0."""
        if row:
            hs, cs = kept
            before = torch.cat([hs[:, row, column + beside], hs[:, row - 1, column]], 1)
            hs[:, row, column], cs[:, row, column] = cell(gates + before @ recall, cs[:, row, column + beside])


def skewed(x: Tensor) -> Tensor:
    """Each row moved by one place more than the one above: (..., H, W) -> (..., H, W + H - 1)."""
    height, width = x.shape[-2:]
    made: Tensor = F.pad(x, (0, height)).flatten(-2)[..., :-height].unflatten(-1, (height, width + height - 1))
    return made


def straight(x: Tensor, width: int) -> Tensor:
    """The inverse of `skewed`: (..., H, W + H - 1) -> (..., H, W)."""
    height = x.shape[-2]
    made: Tensor = F.pad(x.flatten(-2), (0, height)).unflatten(-1, (height, width + height))[..., :width]
    return made
