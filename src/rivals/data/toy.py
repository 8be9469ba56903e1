"""Distributions with a known truth: mixtures of Gaussians, toy domains whose hidden map is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.digits import digits
from rivals.data.sources import Arrays, Generated, Source
from rivals.data.specs import Images, Pairs, Points, Unpaired
from rivals.errors import UsageError


@dataclass(frozen=True, eq=False)
class Mixture:
    """An equal mixture of round Gaussians: what a mode is, for the coverage metrics.

    Attributes:
        means: (K, D).
        std: of each component in each direction.
    """

    means: Tensor
    std: float

    @property
    def rank(self) -> int:
        """Dimensions in which a component varies."""
        return self.means.shape[1]

    def make(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N points (n, D) and the modes (n,) they come from."""
        mode = torch.randint(len(self.means), (n,), generator=generator)
        return self.means[mode] + self.std * torch.randn(n, self.means.shape[1], generator=generator), mode


@dataclass(frozen=True, eq=False)
class Translation:
    """A hidden map between two domains, for the error to truth."""

    forward: Callable[[Tensor], Tensor]


def _mixture(name: str, means: Tensor, std: float) -> Source:
    truth = Mixture(means, std)
    spec = Points(means.shape[1], classes=len(means))
    return Generated(spec, truth.make, fields=("point", "label"), truth=truth, name=name)


def gaussian() -> Source:
    """One round Gaussian in the plane, mean (2, -1), standard deviation ½."""
    return _mixture("gaussian", torch.tensor([[2.0, -1.0]]), 0.5)


def dirac() -> Source:
    """A point mass at 0 on a line: every point is 0, the data of the Dirac-GAN (arXiv:1801.04406)."""

    def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
        return (torch.zeros(n, 1),)

    return Generated(Points(1), make, fields=("point",), name="dirac")


def ghz(qubits: int = 3) -> Source:
    """The entangled state (|0…0⟩ + |1…1⟩) / √2 of n qubits: every point is its 2^n amplitudes.

    Args:
        qubits: n, 2 to 10.

    Raises:
        UsageError: for another n.
    """
    if not 2 <= qubits <= 10:
        raise UsageError(f"ghz: qubits must be between 2 and 10, not {qubits}")

    def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
        points = torch.zeros(n, 2**qubits)
        points[:, [0, -1]] = math.sqrt(0.5)
        return (points,)

    return Generated(Points(2**qubits), make, fields=("point",), name="ghz")


def bell() -> Source:
    """The Bell state (|00⟩ + |11⟩) / √2: every point is its four amplitudes."""
    return ghz(2)


def bimodal() -> Source:
    """Two Gaussians on a line, means -2 and 2, standard deviation ½, so that densities can be drawn and compared."""
    return _mixture("bimodal", torch.tensor([[-2.0], [2.0]]), 0.5)


def ring() -> Source:
    """Eight Gaussians on a circle of radius 1, standard deviation .01 (VEEGAN's protocol, arXiv:1705.07761)."""
    angle = torch.arange(8) * (2 * math.pi / 8)
    return _mixture("ring", torch.stack([angle.cos(), angle.sin()], 1), 0.01)


def grid() -> Source:
    """Twenty-five Gaussians, spacing 2, standard deviation .05 (VEEGAN's protocol, arXiv:1705.07761)."""
    line = torch.arange(-4.0, 5.0, 2.0)
    return _mixture("grid", torch.cartesian_prod(line, line), 0.05)


@dataclass(frozen=True)
class Shares:
    """What is known of data with unequal classes: how much of the data is of each class."""

    of_classes: tuple[float, ...]


def unbalanced() -> Source:
    """Two Gaussians in the plane, means (-1, 0) and (1, 0), standard deviation .2; a tenth is of the first."""
    means, shares = torch.tensor([[-1.0, 0.0], [1.0, 0.0]]), torch.tensor([0.1, 0.9])

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        mode = torch.multinomial(shares, n, replacement=True, generator=generator)
        return means[mode] + 0.2 * torch.randn(n, 2, generator=generator), mode

    truth = Shares((0.1, 0.9))
    return Generated(Points(2, classes=2), make, fields=("point", "label"), truth=truth, name="unbalanced")


def unbalanced_digits() -> Source:
    """Handwritten threes and fives, 8×8, one three to nine fives, as labels 0 and 1."""

    def some(source: Source, test: Source | None = None) -> Arrays:
        x, label = source.first("image", 10_000), source.first("label", 10_000)
        fives = (label == 5).nonzero()[:, 0]
        threes = (label == 3).nonzero()[: len(fives) // 9, 0]
        rows = torch.cat([threes, fives]).sort().values
        spec, fields = Images(1, 8, 8, classes=2), {"image": x[rows], "label": (label[rows] == 5).long()}
        share = len(threes) / len(rows)
        return Arrays(spec, fields, test=test, truth=Shares((share, 1 - share)), name="unbalanced-digits")

    source = digits()
    assert source.test is not None
    return some(source, some(source.test))


def moved_ring() -> Source:
    """Unpaired points: a ring of unequal modes, and the same turned by 40°, doubled and moved."""
    angle = torch.arange(5) * (2 * math.pi / 5)
    ring = Mixture(torch.stack([angle.cos(), angle.sin()], 1) * torch.linspace(0.6, 1.4, 5)[:, None], 0.05)
    c, s = math.cos(math.radians(40)), math.sin(math.radians(40))
    turn = torch.tensor([[c, s], [-s, c]])

    def forward(x: Tensor) -> Tensor:
        return 2 * x @ turn.to(x) + torch.tensor([1.0, -0.5]).to(x)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return ring.make(n, generator)[0], forward(ring.make(n, generator)[0])

    spec = Unpaired(Points(2), Points(2))
    return Generated(spec, make, fields=("x", "y"), truth=Translation(forward), name="moved-ring")


def _pictures(name: str, forward: Callable[[Tensor], Tensor], *, paired: bool) -> Source:
    """Digits at 16×16 and their images under a map; for unpaired domains no digit is in both."""

    def large(source: Source) -> Tensor:
        x = source.first("image", 10_000).float() / 127.5 - 1
        return torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")

    def split(source: Source) -> tuple[Tensor, Tensor]:
        x = large(source)
        half = len(x) // 2
        return (x, forward(x)) if paired else (x[:half], forward(x[half:]))

    def arrays(source: Source, test: Source | None) -> Arrays:
        x, y = (_bytes(part) for part in split(source))
        spec = (Pairs if paired else Unpaired)(_images(x), _images(y))
        groups = None if paired else {"x": "x", "y": "y"}
        return Arrays(spec, {"x": x, "y": y}, groups=groups, test=test, truth=Translation(forward), name=name)

    source = digits()
    assert source.test is not None
    return arrays(source, arrays(source.test, None))


def inverted_digits() -> Source:
    """Unpaired pictures: white digits on black, and other digits black on white."""
    return _pictures("inverted-digits", lambda x: -x, paired=False)


def edge_digits() -> Source:
    """Pairs: the outline of a digit (where the stroke's edge is), and the digit."""
    digit_of_edges = _pictures("edge-digits", edges, paired=True)
    return _swapped(digit_of_edges)


def colour_digits() -> Source:
    """Pairs: a grey digit, and the same in colours that follow its brightness and height in the picture."""
    return _pictures("colour-digits", colours, paired=True)


def edges(x: Tensor) -> Tensor:
    """Outline of strokes: (N, 1, H, W) -> (N, 1, H, W), white where brightness changes fast."""
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    return torch.where((across.square() + down.square()).sqrt() > 0.9, 1.0, -1.0)


def colours(x: Tensor) -> Tensor:
    """A fixed colouring: (N, 1, H, W) -> (N, 3, H, W); red grows downwards, blue upwards, green with brightness²."""
    light = (x + 1) / 2
    height = torch.linspace(0, 1, x.shape[2], device=x.device)[:, None].expand(x.shape[2:])
    return 2 * torch.cat([light * height, light**2, light * (1 - height)], 1) - 1


def _images(x: Tensor) -> Images:
    return Images(*x.shape[1:])


def _bytes(x: Tensor) -> Tensor:
    return ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def _swapped(source: Source) -> Source:
    """X and y exchanged; the map back is not known, so the truth is the pair itself."""
    assert isinstance(source, Arrays)
    assert isinstance(source.spec, Pairs)
    fields = {"x": source.first("y", 10**9), "y": source.first("x", 10**9)}
    test = _swapped(source.test) if source.test is not None else None
    return Arrays(Pairs(source.spec.y, source.spec.x), fields, test=test, name=source.name)
