"""What can be proved of a classifier near held-out pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rivals import attacking, certifying
from rivals.benchmark.measures.measure import Figure, measure
from rivals.benchmark.measures.robustness import classifier
from rivals.certifying import Report

SAMPLES, SEARCHED = 200, 100
"""Held-out pictures, and those of an exact search."""

SIGMA = 0.25
"""σ of the votes, whatever the net was trained with."""


def _certified(
    run: Path, data: str, recipe: str | None, method: str, radii: tuple[float, ...], n: int = SAMPLES, **options: Any
) -> Report:
    x, y, _ = attacking.labelled(data, n)
    return certifying.certify(classifier(run, recipe), x, y, method, radii=radii, **options)


def _smoothed(run: Path, data: str, seed: int, recipe: str | None, radius: float) -> Figure:
    found = _certified(run, data, recipe, "smoothing", (0.0, radius), sigma=SIGMA, seed=seed)
    (clean, value), (_, attacked) = found.column("certified"), found.column("attacked")
    protocol = {"samples": found.samples, "sigma": SIGMA, "radius": radius, "votes": 1000, "alpha": 0.001}
    return Figure(value, protocol=protocol, also={"certified at 0": clean, "attacked": attacked})


@measure("certified-half")
def certified_half(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Certified accuracy of the classifier smoothed by σ = .25 within .5 of norm 2. Cohen et al. 2019, 1902.02918.

    Args:
        run: folder of a trained game that classifies, the base classifier.
        data: pictures with labels.
        seed: of the noise.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also that beyond radius 0, and what PGD of that norm leaves.

    Raises:
        RivalsError: for another game.
    """
    return _smoothed(run, data, seed, recipe, 0.5)


@measure("certified-quarter")
def certified_quarter(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The same within .25; see `certified_half`."""
    return _smoothed(run, data, seed, recipe, 0.25)


@measure("certified-crossed")
def certified_crossed(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Certified less attacked accuracy at the radius of norm 2 where that is largest: above 0 a certificate was wrong.

    Args:
        run: folder of a trained game that classifies, the base classifier.
        data: pictures with labels.
        seed: of the noise.
        recipe: file.py:function, where it is not installed.

    Returns:
        The difference; also both accuracies at each radius.

    Raises:
        RivalsError: for another game.
    """
    radii = (0.1, 0.25, 0.5, 0.75)
    found = _certified(run, data, recipe, "smoothing", radii, sigma=SIGMA, seed=seed)
    proved, left = found.column("certified"), found.column("attacked")
    also = {f"certified {r:g}": share for r, share in zip(radii, proved, strict=True)}
    also |= {f"attacked {r:g}": share for r, share in zip(radii, left, strict=True)}
    crossed = max(a - b for a, b in zip(proved, left, strict=True))
    return Figure(crossed, protocol={"samples": found.samples, "sigma": SIGMA, "votes": 1000}, also=also)


@measure("certified-linear")
def certified_linear(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of pictures certified for norm inf within .02 by symbolic linear relaxation. Wang et al. 2018, 1809.08098.

    Args:
        run: folder of a trained game that classifies by plain layers.
        data: pictures with labels.
        seed: of PGD.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also what PGD leaves, which is never less, and both for brightness and contrast within .02.

    Raises:
        RivalsError: for another game, or where a certified picture was fooled.
    """
    found = _certified(run, data, recipe, "linear", (0.02,), property="all", seed=seed)
    also = {name: found.column(name)[0] for name in found.curves}
    return Figure(also.pop("linf certified"), protocol={"samples": found.samples, "radius": 0.02}, also=also)


@measure("adversarial-frequency")
def adversarial_frequency(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """P(ρ ≤ .05), ρ the distance of norm inf to the nearest error by exact search. Bastani et al. 2016, 1605.07262.

    Args:
        run: folder of a trained game that classifies by a small dense net.
        data: pictures with labels.
        seed: none is used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also the severity E(ρ | ρ ≤ .05).

    Raises:
        RivalsError: for another game, or a search without end.
    """
    found = _certified(run, data, recipe, "exact", (0.05,), SEARCHED)
    severity = found.column("severity")[0]
    also = {"severity": severity} if severity == severity else {}
    return Figure(found.column("frequency")[0], protocol={"samples": found.samples, "radius": 0.05}, also=also)
