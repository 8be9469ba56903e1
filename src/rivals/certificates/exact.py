"""The nearest sample of another class, exactly, for small rectifier nets: a mixed-integer linear program.

Bastani et al. 2016, arXiv:1605.07262, define the distance ρ and the metrics; they search one linear piece, here all are
searched, with the encoding of Tjeng et al. 2017, arXiv:1711.07356, section 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from torch import Tensor

from rivals.certificates import regions
from rivals.certificates.layers import Layer, Maximum, Rectifier
from rivals.certificates.symbolic import compared, led
from rivals.errors import RivalsError, UsageError

ENDED, NONE = (0, 2)
"""Statuses of the solver: an optimum, and no solution."""


@dataclass(frozen=True)
class Dense:
    """A step as a matrix: h = W x + b, rectified or not.

    Attributes:
        weight, bias: W (outputs, inputs) and b (outputs,), float64.
        rectifies: whether max(h, 0) follows.
    """

    weight: Tensor
    bias: Tensor
    rectifies: bool


def dense(layers: Sequence[Layer], shape: Sequence[int]) -> list[Dense]:
    """A network as matrices with rectifiers between.

    Args:
        layers: of `layers_of`.
        shape: of a sample.

    Raises:
        UsageError: for maxima, or rectifiers that leak.
    """
    found: list[Dense] = []
    zero = torch.zeros(1, *shape, dtype=torch.float64)
    size = zero.numel()
    x = torch.cat([zero, torch.eye(size, dtype=torch.float64).view(size, *shape)])
    for layer in layers:
        if isinstance(layer, Maximum) or (isinstance(layer, Rectifier) and layer.slope):
            raise UsageError(
                "exact search is for dense and convolutional nets with plain rectifiers: take one without maxima"
            )
        if isinstance(layer, Rectifier):
            found.append(Dense(*_matrix(x), True))
            size = x[0].numel()
            shown = torch.cat([torch.zeros(1, size, dtype=torch.float64), torch.eye(size, dtype=torch.float64)])
            x = shown.view(-1, *x.shape[1:])
        else:
            x = layer(x)
    return [*found, Dense(*_matrix(x), False)]


def _matrix(x: Tensor) -> tuple[Tensor, Tensor]:
    """W and b of an affine map from what it makes of 0 and of each unit vector, (1 + inputs, *outputs)."""
    rows = x.flatten(1)
    return (rows[1:] - rows[0]).T.contiguous(), rows[0]


def nearest(layers: Sequence[Layer], x: Tensor, y: int, most: float, limit: float = 60.0) -> tuple[float, Tensor]:
    """ρ(x) = min ‖x' - x‖∞ over x' in [0, 1] that the net does not name y, up to the solver's tolerance.

    Each rectifier whose sign is open within the box of radius `most` has a binary variable; of each other class the
    program finds the smallest t with z_k ≥ z_y, and the smallest of them is ρ.

    Args:
        layers: of `layers_of`, for samples in [0, 1].
        x: a sample (*shape).
        y: its class.
        most: how far to look, above 0.
        limit: seconds for one class.

    Returns:
        ρ, infinity where it is above `most`, and a nearest sample, float64 (*shape), x itself where there is none.

    Raises:
        UsageError: for a net that is not of affine maps and rectifiers.
        RivalsError: where a search did not end in time.
    """
    steps, found, at = dense(layers, x.shape), float("inf"), x.detach().cpu().double()
    best, origin, radius, classes = at, at.flatten().numpy(), most, len(steps[-1].bias)
    for k in (k for k in range(classes) if k != y):
        _, seen = led(layers, box := regions.region("linf", at, radius))
        if led(compared(layers, y), box)[0].bounds()[0][k - (k > y)] > 0:
            continue  # it cannot be reached from here
        distance, moved = _closest(steps, seen, origin, y, k, radius, limit)
        if distance < found:
            found, radius = distance, max(distance, 1e-9)
            best = torch.from_numpy(moved).view_as(at)
    return found, best


def _closest(
    steps: Sequence[Dense], seen: Sequence[tuple[Tensor, Tensor]], origin: np.ndarray, y: int, k: int, radius: float,
    limit: float,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """Smallest t with z_k ≥ z_y; infinity where there is none up to the radius."""
    n = len(origin)
    program = _Program()
    t = program.variables([0.0], [radius])
    inputs = program.variables(np.maximum(origin - radius, 0.0), np.minimum(origin + radius, 1.0))
    eye = np.eye(n)
    program.above([(inputs, eye), (t, np.ones((n, 1)))], origin)  # x' + t ≥ x
    program.above([(inputs, -eye), (t, np.ones((n, 1)))], -origin)
    here = inputs
    for step, (low, high) in zip(steps[:-1], seen, strict=True):
        here = program.rectified(step, here, low.flatten().numpy(), high.flatten().numpy())
    last = steps[-1]
    ahead = (last.weight[k] - last.weight[y])[None].numpy()
    program.above([(here, ahead)], np.array([float(last.bias[y] - last.bias[k])]))
    status, values = program.solve(t, limit)
    if status == NONE:
        return float("inf"), origin
    if status != ENDED or values is None:
        raise RivalsError(
            f"the exact search did not end within {limit:g} s: take a smaller net, or a smaller radius, or more time"
        )
    return float(values[t][0]), values[inputs]


class _Program:
    """A mixed-integer linear program that grows."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.least: list[float] = []

    def variables(self, low: Sequence[float] | np.ndarray, high: Sequence[float] | np.ndarray, whole: int = 0) -> slice:
        """New variables between bounds."""
        begin = len(self.low)
        self.low += list(map(float, low))
        self.high += list(map(float, high))
        self.whole += [whole] * len(low)
        return slice(begin, len(self.low))

    def above(self, terms: Sequence[tuple[slice, np.ndarray]], least: np.ndarray) -> None:
        """Σ A v ≥ least, a row each."""
        first = len(self.least)
        for where, matrix in terms:
            row, column = np.nonzero(matrix)
            self.rows.append((row + first, column + where.start, matrix[row, column]))
        self.least += list(map(float, least))

    def rectified(self, step: Dense, here: slice, low: np.ndarray, high: np.ndarray) -> slice:
        """max(W x + b, 0) for h in [low, high]: exact where its sign is known, else by one binary each."""
        weight, bias = step.weight.numpy(), step.bias.numpy()
        after = self.variables(np.zeros(len(low)), np.maximum(high, 0.0))
        on, open_ = low >= 0, (low < 0) & (high > 0)
        unit = np.eye(len(low))
        alive = on | open_
        self.above([(after, unit[alive]), (here, -weight[alive])], bias[alive])  # a ≥ h
        self.above([(after, -unit[on]), (here, weight[on])], -bias[on])  # a ≤ h
        some = unit[open_]
        if len(some):
            sign = self.variables(np.zeros(len(some)), np.ones(len(some)), whole=1)
            down, up = low[open_], high[open_]
            # a ≤ h - l (1 - s) and a ≤ u s
            self.above([(after, -some), (here, weight[open_]), (sign, np.diag(down))], down - bias[open_])
            self.above([(after, -some), (sign, np.diag(up))], np.zeros(len(some)))
        return after

    def solve(self, aim: slice, limit: float) -> tuple[int, np.ndarray | None]:
        """The least value of one variable: the solver's status, and all values."""
        row, column, value = (np.concatenate(part) for part in zip(*self.rows, strict=True))
        matrix = coo_array((value, (row, column)), shape=(len(self.least), len(self.low)))
        cost = np.zeros(len(self.low))
        cost[aim] = 1.0
        found = milp(
            cost, integrality=np.array(self.whole), bounds=Bounds(np.array(self.low), np.array(self.high)),
            constraints=LinearConstraint(matrix.tocsc(), np.array(self.least), np.inf),
            options={"time_limit": limit, "mip_rel_gap": 1e-6},
        )  # fmt: skip
        return int(found.status), found.x


def frequency(rho: Tensor, epsilon: float) -> float:
    """Adversarial frequency, P(ρ ≤ ε); section 3 of Bastani et al. 2016.

    Args:
        rho: of samples, (N,); infinity where nothing was found.
        epsilon: ε.
    """
    return float((rho <= epsilon).double().mean())


def severity(rho: Tensor, epsilon: float) -> float:
    """Adversarial severity, E(ρ | ρ ≤ ε); NaN where there is no such sample."""
    return float(rho[rho <= epsilon].double().mean())
