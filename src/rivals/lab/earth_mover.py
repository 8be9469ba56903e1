"""The earth mover's distance of two small histograms, as its two linear programs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import linprog

from rivals.errors import RivalsError, UsageError
from rivals.lab.drawing import BLUE, GREEN, ORANGE, SHADES, label, panels, style
from rivals.lab.experiment import Result, Table, experiment

Vector = NDArray[np.float64]

MOST = 40
"""Places: the program has as many unknowns as pairs of them."""


@experiment("earth-mover")
def earth_mover(*, p: tuple[float, ...] = (3, 2, 1, 4), q: tuple[float, ...] = (1, 2, 4, 3)) -> Result:
    """The cheapest way to turn one histogram into another, and the prices that prove that none is cheaper.

    Plan:    W = min Σ π_ij |i - j|  with Σ_j π_ij = p_i, Σ_i π_ij = q_j, π ≥ 0.
    Prices:  W = max Σ f_i (p_i - q_i)  with |f_i - f_j| ≤ |i - j|: a critic of slope 1.
    Line:    W = Σ_i |F_p(i) - F_q(i)|, F the sums from the left.

    Args:
        p, q: heights at places 1, 2, …; as many in both, 2 to 40, none below 0, and of one sum.

    Raises:
        UsageError: for other heights.
    """
    a, b = np.asarray(p, float), np.asarray(q, float)
    fits = 2 <= len(a) == len(b) <= MOST and np.isfinite([a, b]).all() and min(a.min(), b.min()) >= 0
    if not fits or not np.isclose(a.sum(), b.sum()) or not a.sum():
        raise UsageError(f"p and q are as many heights, 2 to {MOST}, none below 0, of one sum; {p} and {q} are not")
    places = np.arange(1, len(a) + 1)
    distance = np.abs(places[:, None] - places).astype(float)
    plan = transport(a, b, distance)
    price = prices(a, b, distance)
    primal, dual = float((plan * distance).sum()), float(price @ (a - b))
    line = float(np.abs(np.cumsum(a - b))[:-1].sum())
    total = float(a.sum())
    moves = [
        (int(places[i]), int(places[j]), float(plan[i, j]), float(distance[i, j]), float(price[i] - price[j]))
        for i, j in np.argwhere(plan > 1e-9)
        if i != j
    ]

    def draw(figure: Figure) -> None:
        piles, plans, critic = panels(figure, 3)
        piles.bar(places - 0.2, a, 0.38, color=BLUE, label="p")
        piles.bar(places + 0.2, b, 0.38, color=ORANGE, label="q")
        piles.set_ylim(0, 1.25 * max(a.max(), b.max()))
        label(piles, "histograms", "place", "height", legend="upper right")
        plans.grid(False)
        plans.imshow(plan, cmap=SHADES, vmax=1.5 * plan.max(), origin="lower")
        for i, j in np.argwhere(plan > 1e-9):
            plans.text(
                j,
                i,
                f"{plan[i, j]:g}",
                ha="center",
                va="center",
                fontsize=10,
                color="white" if plan[i, j] > 0.7 * plan.max() else "#222222",
            )
        plans.set_xticks(range(len(a)), [str(n) for n in places])
        plans.set_yticks(range(len(a)), [str(n) for n in places])
        label(plans, f"plan: {primal:g} moved", "to", "from")
        critic.plot(places, price, "o-", color=GREEN)
        critic.set_aspect("equal", "datalim")
        label(style(critic), f"prices: {dual:g} earned", "place", "f")
        for axes in (piles, critic):
            axes.set_xticks(places)

    return Result(
        (
            Table(
                "The distance, three ways",
                ("way", "W", "W of shares"),
                [
                    ("plan (linear program)", primal, primal / total),
                    ("prices (its dual)", dual, dual / total),
                    ("Σ |F_p - F_q|", line, line / total),
                ],
            ),
            Table(
                "Moves of the plan: a price falls by the whole way",
                ("from", "to", "amount", "way", "f(from) - f(to)"),
                moves,
            ),
        ),
        draw,
    )


def transport(p: Vector, q: Vector, cost: Vector) -> Vector:
    """The cheapest plan (N, M) from p (N,) to q (M,) by a linear program."""
    n, m = cost.shape
    sums = np.concatenate([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    found = linprog(cost.ravel(), A_eq=sums, b_eq=np.concatenate([p, q]), method="highs")
    if found.status:
        raise RivalsError(f"the transport problem has no solution: {found.message}")
    plan: Vector = found.x.reshape(n, m)
    return plan


def prices(p: Vector, q: Vector, cost: Vector) -> Vector:
    """The potential f (N,), 0 at its lowest, that earns most under |f_i - f_j| ≤ cost_ij."""
    n = len(p)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    falls = np.array([np.eye(n)[i] - np.eye(n)[j] for i, j in pairs])
    most = [cost[pair] for pair in pairs]
    found = linprog(q - p, A_ub=falls, b_ub=most, bounds=[(0, float(cost.max()) * n)] * n, method="highs")
    if found.status:
        raise RivalsError(f"the prices have no solution: {found.message}")
    return np.asarray(found.x - found.x.min(), float)
