"""`rivals certify`: what can be proved of a model near held-out samples, beside what an attack leaves of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rivals import noise
from rivals.attacking import OfGame
from rivals.attacks import Victim, pgd
from rivals.attacks.ball import Norm
from rivals.attacks.victim import NoGradient
from rivals.certificates import exact, regions, smoothing
from rivals.certificates.layers import Layer, layers_of
from rivals.certificates.symbolic import margins
from rivals.errors import RivalsError, UsageError
from rivals.options import did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NORM_OF: dict[str, Norm] = {"linf": "inf", "l2": "2", "l1": "1"}
"""Property -> the norm in which it can be attacked; the others have one parameter, which is walked through."""

WALKED = 101
"""Values of that one parameter."""

ROOM = 1 + 1e-6
"""Factor on a certified radius, since attacks keep to their ball in float32."""


@dataclass
class Report:
    """What was proved.

    Attributes:
        method: smoothing, linear or exact.
        model, data: of what.
        samples: how many.
        options: of the method.
        columns, rows: a table; the first column is a radius, the others are shares of all samples unless they say so.
        curves: names of the columns that are drawn.
        seconds: it took.
    """

    method: str
    model: str
    data: str
    samples: int
    options: dict[str, Any]
    columns: tuple[str, ...]
    rows: list[tuple[float, ...]]
    curves: tuple[str, ...]
    seconds: float = 0.0

    def column(self, name: str) -> list[float]:
        """All numbers under a name."""
        return [row[self.columns.index(name)] for row in self.rows]

    def lines(self) -> list[str]:
        """The table as text."""
        widths = [max(10, len(name)) for name in self.columns]
        told = ["  ".join(f"{name:>{w}}" for name, w in zip(self.columns, widths, strict=True))]
        return told + ["  ".join(f"{x:>{w}.4g}" for x, w in zip(row, widths, strict=True)) for row in self.rows]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        rows = [[None if x != x else x for x in row] for row in self.rows]
        return {**vars(self), "columns": list(self.columns), "curves": list(self.curves), "rows": rows}

    def draw(self, figure: Figure) -> None:
        """The curves against the radius: in one colour what is certain, and, dashed, what an attack leaves."""
        axes = figure.subplots()
        for i, name in enumerate(self.curves):
            radii, shares = self.column(self.columns[0]), self.column(name)
            axes.plot(radii, shares, f"C{i // 2}o{'--' if i % 2 else '-'}", markersize=3, label=name)
        axes.set_xlabel(self.columns[0])
        axes.set_ylabel("share of samples")
        least = min(value for name in self.curves for value in self.column(name))
        axes.set_ylim(max(0.0, least - 0.1) - 0.02, 1.02)  # ten curves near 1 would lie on each other
        axes.grid(color="#ececec")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(f"{self.method}: {self.model} on {self.data}", fontsize=10, loc="left")
        axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


class Voting(nn.Module):
    """Log of a classifier's mean probability over noisy copies: what has a gradient of the smoothed classifier.

    Args:
        base: pictures (N, ...) -> logits (N, K).
        sigma: σ of the noise.
        copies: how many.
    """

    def __init__(self, base: nn.Module, sigma: float, copies: int) -> None:
        super().__init__()
        self.base, self.sigma, self.copies = base, sigma, copies

    def forward(self, x: Tensor) -> Tensor:
        """(N, ...) -> (N, K)."""
        every = [self.base(x + self.sigma * noise.normal(*x.shape).to(x)).log_softmax(1) for _ in range(self.copies)]
        return torch.stack(every).logsumexp(0)


def by_votes(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    radii: Sequence[float],
    *,
    sigma: float | None = None,
    votes: int = 1000,
    choosing: int = 100,
    alpha: float = 0.001,
    steps: int = 20,
    copies: int = 8,
    seed: int = 0,
) -> tuple[tuple[str, ...], list[tuple[float, ...]]]:
    """Certified accuracy of the smoothed classifier at radii of norm 2, and what PGD through its mean leaves of it.

    Cohen et al. 2019, arXiv:1902.02918, algorithm 1. An attacked sample is named by `votes` further noisy copies.

    Args:
        model: base classifier, pictures (N, C, H, W) in [0, 1] -> logits.
        x, y: pictures and labels.
        radii: of norm 2.
        sigma: σ; by default the game's own, else .25.
        votes, choosing: votes that are counted, and those that choose the class before.
        alpha: risk of each certificate.
        steps, copies: of PGD, and noisy copies a step.
        seed: of the noise.
    """
    own = getattr(getattr(model, "game", None), "sigma", None)
    sigma = (float(own) if own else 0.25) if sigma is None else sigma
    base = model.unrolled() if isinstance(model, OfGame) and hasattr(model.game, "network") else model
    classes = int(base(x[:1]).shape[1])
    with noise.seeded(x.device, "certify", seed):
        chosen = smoothing.votes(base, x, sigma, choosing, classes)
        counted = smoothing.votes(base, x, sigma, votes, classes)
    found = smoothing.certify(chosen, counted, sigma, alpha)
    rows: list[tuple[float, ...]] = []
    for radius in radii:
        made = x
        if radius > 0:
            attacked = Voting(base, sigma, copies)
            made = pgd(attacked, x, y, epsilon=radius, norm="2", steps=steps, seed=seed)
        with noise.seeded(x.device, "certify", "attacked", seed):
            named = smoothing.votes(base, made, sigma, votes, classes).argmax(1)
        rows.append((radius, found.accuracy(y, radius), float((named == y).double().mean())))
    return ("radius", "certified", "attacked"), rows


def by_equations(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    radii: Sequence[float],
    *,
    property: str = "all",
    steps: int = 40,
    restarts: int = 2,
    seed: int = 0,
) -> tuple[tuple[str, ...], list[tuple[float, ...]]]:
    """Share of samples that keep their class for certain, by symbolic linear relaxation, and that attacks leave.

    Wang et al. 2018, arXiv:1809.08098; five properties: norms inf, 2 and 1, brightness and contrast. Attacks are PGD
    where the property is a norm, else a walk through the one parameter.

    Args:
        model: pictures (N, C, H, W) in [0, 1] -> logits, by plain layers.
        x, y: pictures and labels.
        radii: of the property; of all five, radii of norm inf, brightness and contrast, and 2 and 4 times as large
            ones of norms 2 and 1.
        property: one of `rivals.certificates.regions.REGIONS`, or all.
        steps, restarts: of PGD.
        seed: of its random starts.

    Raises:
        UsageError: for another property.
    """
    names = list(regions.REGIONS) if property == "all" else [property]
    if names[0] not in regions.REGIONS:
        near = did_you_mean(property, regions.REGIONS) or ":"
        raise UsageError(f"there is no property '{property}'{near} there are all, {', '.join(regions.REGIONS)}")
    layers = checked(model, x)
    right = through(layers, x.double()).argmax(1) == y
    wider = {"l2": 2.0, "l1": 4.0} if property == "all" else {}
    columns, rows = ["radius"], []
    for name in names:
        told = f"{name} x {wider[name]:g}" if name in wider else name
        columns += [f"{told} certified", f"{told} survives"]
    for radius in radii:
        row = [radius]
        for name in names:
            size = radius * wider.get(name, 1.0)
            sure = torch.tensor([
                bool(ok) and bool((margins(layers, regions.region(name, each, size * ROOM), int(label)) > 0).all())
                for each, label, ok in zip(x, y, right, strict=True)
            ])  # fmt: skip
            left = right & _survives(model, layers, name, x, y, size, steps, restarts, seed)
            if (sure & ~left).any():
                raise RivalsError(
                    f"a sample was certified for {name} {size:g} and fell: report this, with the model, as an error"
                )
            row += [float(sure.double().mean()), float(left.double().mean())]
        rows.append(tuple(row))
    return tuple(columns), rows


def _survives(
    model: nn.Module, layers: Sequence[Layer], name: str, x: Tensor, y: Tensor, radius: float, steps: int,
    restarts: int, seed: int,
) -> Tensor:  # fmt: skip
    """Who keeps its class under the attack of a property, boolean (N,)."""
    if radius == 0:
        return torch.ones(len(x), dtype=torch.bool)
    if name in NORM_OF:
        try:
            made = pgd(
                Victim(model), x, y, epsilon=radius, norm=NORM_OF[name], steps=steps, restarts=restarts, seed=seed
            )
        except NoGradient:
            return torch.ones(len(x), dtype=torch.bool)
        return through(layers, made.double()).argmax(1) == y
    walk = torch.linspace(-1, 1, WALKED, dtype=torch.float64)[:, None]
    kept = []
    for each, label in zip(x, y, strict=True):
        named = through(layers, regions.region(name, each, radius).points(walk)).argmax(1)
        kept.append(bool((named == label).all()))
    return torch.tensor(kept)


def by_search(
    model: nn.Module, x: Tensor, y: Tensor, radii: Sequence[float], *, limit: float = 60.0
) -> tuple[tuple[str, ...], list[tuple[float, ...]]]:
    """Adversarial frequency P(ρ ≤ ε) and severity E(ρ | ρ ≤ ε), ρ the distance of norm inf to the nearest error.

    Bastani et al. 2016, arXiv:1605.07262, section 3; ρ by exact search, for small nets.

    Args:
        model: pictures (N, C, H, W) in [0, 1] -> logits, by dense, convolutional and rectified layers.
        x, y: pictures and labels.
        radii: ε; the search goes as far as the largest.
        limit: seconds for one class of a sample.

    Raises:
        UsageError: for radii that are all 0.
    """
    if max(radii) <= 0:
        raise UsageError("an exact search needs a radius above 0")
    layers = checked(model, x)
    rho = torch.tensor([
        exact.nearest(layers, each, int(label), max(radii), limit)[0] for each, label in zip(x, y, strict=True)
    ])  # fmt: skip
    rows: list[tuple[float, ...]] = []
    for radius in radii:
        rows.append((radius, exact.frequency(rho, radius), exact.severity(rho, radius)))
    return ("radius", "frequency", "severity"), rows


def through(layers: Sequence[Layer], x: Tensor) -> Tensor:
    """What a network's steps make of samples (N, ...), in float64."""
    for layer in layers:
        x = layer(x)
    return x


def checked(model: nn.Module, x: Tensor) -> list[Layer]:
    """The steps of a model, after a look at whether they are the model.

    Raises:
        UsageError: for a model that is no row of known layers, or another one than they make up.
    """
    layers = layers_of(model)
    try:
        made = through(layers, x[:8].double())
    except RuntimeError as error:
        raise UsageError(f"the pictures do not fit the model's first layer: {error}") from None
    said = model(x[:8]).double()
    made, said = (logits - logits.mean(1, keepdim=True) for logits in (made, said))
    if not torch.allclose(made, said, rtol=1e-3, atol=1e-3):
        raise UsageError("the model's layers in a row do not give what the model gives, so nothing can be certified")
    return layers


METHODS: dict[str, tuple[Callable[..., tuple[tuple[str, ...], list[tuple[float, ...]]]], tuple[float, ...]]] = {
    "smoothing": (by_votes, (0.0, 0.25, 0.5, 0.75, 1.0)),
    "linear": (by_equations, (0.01, 0.02, 0.05, 0.1)),
    "exact": (by_search, (0.02, 0.05, 0.1)),
}
"""Name -> what it does, and its usual radii."""


def certify(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    method: str = "smoothing",
    *,
    radii: Sequence[float] = (),
    model_name: str = "",
    data_name: str = "",
    **options: Any,
) -> Report:
    """Prove what can be proved of a model near samples.

    Args:
        model: pictures (N, C, H, W) in [0, 1] -> logits.
        x, y: pictures and labels.
        method: smoothing, linear or exact.
        radii: by default the method's own.
        model_name, data_name: for the report.
        **options: of the method.

    Raises:
        UsageError: for another method or option, a negative radius, or a model that the method does not take.
    """
    if method not in METHODS:
        raise UsageError(
            f"there is no method '{method}'{did_you_mean(method, METHODS) or ':'} take {', '.join(METHODS)}"
        )
    function, usual = METHODS[method]
    radii = sorted(radii or usual)
    if radii[0] < 0:
        raise UsageError(f"a radius must be at least 0, not {radii[0]:g}")
    if not isinstance(model, OfGame):
        model.eval()
    began = time.perf_counter()
    with torch.no_grad():
        columns, rows = function(model, x, y, radii, **options)
    curves = tuple(name for name in columns[1:] if name != "severity")
    return Report(
        method, model_name, data_name, len(x), dict(options), columns, rows, curves,
        round(time.perf_counter() - began, 3),
    )  # fmt: skip
