"""The smallest GAN that does not converge, and what makes it converge."""

from __future__ import annotations

from matplotlib.figure import Figure
from torch import Tensor

from rivals.errors import UsageError
from rivals.lab.drawing import BLACK, BLUE, GREY, ORANGE, label, panels
from rivals.lab.experiment import Cell, Result, Table, experiment
from rivals.theory import dirac as theory

SHOWN = ("gan", "nsgan", "wgan", "wgan-gp", "r1", "consensus")


@experiment("dirac")
def dirac(
    *,
    gamma: float = 0.3,
    rate: float = 0.2,
    steps: int = 500,
    start: tuple[float, float] = (1.0, 1.0),
    gammas: tuple[float, ...] = (0.0, 0.3, 0.6, 1.0, 1.5),
) -> Result:
    """A real point at 0, a generated one at θ, and a critic D(x) = ψx: unregularised it circles for ever.

    The field's eigenvalues at (0, 0) decide: ±½i without a regulariser, so it circles; -γ/2 ± √(γ²/4 - ¼) with R1, so
    it comes home, fastest at γ = 1. Mescheder et al. 2018, arXiv:1801.04406, sections 2 and 4.

    Args:
        gamma: R1's γ.
        rate, steps, start: of the descent; (θ, ψ).
        gammas: of the second table.

    Raises:
        UsageError: for values out of range.
    """
    if not gammas:
        raise UsageError("gammas needs a number, such as --set gammas=(0.3,)")
    plays = {"both at once": 0, "by turns": 1, "by turns, 5 : 1": 5}
    methods = theory.methods(gamma=gamma)

    def path(method: theory.Method, updates: int) -> Tensor:
        return theory.trajectory(method, start=start, rate=rate, steps=steps, critic_updates=updates)

    paths = {key: [path(method, n) for n in plays.values()] for key, method in methods.items()}
    rows: list[tuple[Cell, ...]] = []
    for key, method in methods.items():
        apart = theory.distance(paths[key][1])
        met = theory.verdict(apart) if apart.isfinite().all() else "none"
        ends = [theory.distance(way)[-1].item() for way in paths[key]]
        rows.append((method.name, *ends, met, method.verdict))
    local: list[tuple[Cell, ...]] = []
    for g in gammas:
        ours = theory.eigenvalues(theory.methods(gamma=g)["r1"])
        ideal = theory.closed_form(g)
        local.append((g, *map(complex_text, ours), *map(complex_text, ideal)))

    def draw(figure: Figure) -> None:
        for axes, key in zip(panels(figure, 3, 2), SHOWN, strict=True):
            for way, colour, name in ((paths[key][0], ORANGE, "both at once"), (paths[key][1], BLUE, "by turns")):
                shown = way[:200]
                axes.plot(shown[:, 0], shown[:, 1], color=colour, linewidth=0.9, label=name)
            axes.plot(*start, "o", color=BLACK, markersize=4)
            axes.plot(0, 0, "+", color=GREY, markersize=11, markeredgewidth=2)
            axes.set_xlim(-2.2, 2.2)
            axes.set_ylim(-2.2, 2.2)
            axes.set_aspect("equal")
            label(axes, methods[key].name, "θ", "ψ", legend="lower left" if key == "r1" else None)

    return Result(
        (
            Table(
                f"Distance from (0, 0) after {steps} steps of {rate:g}",
                ("method", *plays, "converges", "paper"),
                rows,
            ),
            Table(
                "R1: eigenvalues at (0, 0), and by the formula", ("γ", "first", "second", "theory", "theory "), local
            ),
        ),
        draw,
        (8.5, 5.8),
    )


def complex_text(value: complex) -> str:
    """A complex number to three digits."""
    real, imaginary = round(value.real, 3) + 0.0, round(value.imag, 3) + 0.0
    return f"{real:g}" if not imaginary else f"{real:g} {'+' if imaginary > 0 else '-'} {abs(imaginary):g}i"
