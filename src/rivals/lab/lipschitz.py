"""Three ways to keep a critic's slope in bounds, and what each does to the critic."""

from __future__ import annotations

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from rivals.constraints import clip
from rivals.errors import UsageError
from rivals.lab import critics
from rivals.lab.drawing import BLACK, BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Cell, Result, Table, experiment
from rivals.metrics.transport import wasserstein
from rivals.networks import mlp
from rivals.nn.norms import spectral
from rivals.objectives import wasserstein as objective
from rivals.penalties import between, gradient_penalty, slope

WAYS = {"clipping": ORANGE, "gradient penalty": BLUE, "spectral norm": GREEN}


@experiment("lipschitz")
def lipschitz(
    *, bound: float = 0.1, weight: float = 10.0, width: int = 64, steps: int = 500, rate: float = 2e-3, seed: int = 0
) -> Result:
    """Clipping, gradient penalty and spectral norm: how steep each leaves the critic, and with which weights.

    W = sup E D(x) - E D(G(z)) over D of slope at most 1; the best D has slope 1 between the two sides nearly everywhere
    (Gulrajani et al. 2017, arXiv:1704.00028, proposition 1). A critic of slope at most K gives at most K W. Eight modes
    on a circle of radius 2 against a normal of deviation ½ in the middle; W exactly, of 512 points each.

    Args:
        bound: c, weights are clipped to [-c, c].
        weight: λ of the penalty.
        width: of three hidden layers.
        steps, rate: of Adam.

    Raises:
        UsageError: for numbers that are not above 0.
    """
    if min(bound, weight, width, steps, rate) <= 0 or steps > 5000 or width > 512:
        raise UsageError("bound, weight, width, steps and rate are above 0, steps up to 5,000 and width up to 512")
    real, fake = _modes(512), _middle(512)
    exact = wasserstein(real, fake)
    seen = torch.cat([between(real, fake) for _ in range(4)])
    rows: list[tuple[Cell, ...]] = []
    found: dict[str, tuple[nn.Module, Tensor, Tensor]] = {}
    for way in WAYS:
        net: nn.Module = mlp.critic((2,), [width] * 3, activation=nn.LeakyReLU(0.2))
        net = spectral(net) if way == "spectral norm" else net
        penalty = gradient_penalty(weight) if way == "gradient penalty" else None
        constraint = clip(bound) if way == "clipping" else None
        critics.train(
            net, _modes, _middle, objective(), steps, rate,
            betas=(0.0, 0.9), penalty=penalty, constraint=constraint,
        )  # fmt: skip
        net.eval()
        slopes = slope(net, seen).detach()
        matrices = [layer.weight.detach() for layer in net.modules() if isinstance(layer, nn.Linear)]
        product = math.prod(torch.linalg.matrix_norm(m, 2).item() for m in matrices)
        weights = torch.cat([m.flatten() for m in matrices])
        with torch.no_grad():
            gap = (net(real).mean() - net(fake).mean()).item()
        edge = (weights.abs() > 0.98 * weights.abs().max()).double().mean().item()
        near = ((slopes - 1).abs() < 0.2).double().mean().item()
        steepest = slopes.max().item()
        rows.append((way, slopes.mean().item(), steepest, product, near, gap, gap / steepest, exact, edge))
        found[way] = net, slopes, weights

    def draw(figure: Figure) -> None:
        axes = panels(figure, 3, 3)
        line = torch.linspace(-3, 3, 121)
        plane = torch.cartesian_prod(line, line)
        most = max(row[2] for row in rows if isinstance(row[2], float))
        for (way, colour), level, steep, weighed in zip(WAYS.items(), axes[:3], axes[3:6], axes[6:], strict=True):
            net, slopes, weights = found[way]
            with torch.no_grad():
                height = net(plane).view(121, 121).T.numpy()
            level.contour(line, line, height, levels=12, colors=[colour], linewidths=0.9)
            level.scatter(real[:200, 0], real[:200, 1], s=5, color=BLACK, linewidths=0)
            level.scatter(fake[:200, 0], fake[:200, 1], s=5, color=GREY, linewidths=0)
            level.set_aspect("equal")
            level.grid(False)
            label(level, way)
            steep.hist(slopes.numpy(), bins=60, range=(0, 1.05 * most), color=colour)
            steep.axvline(1, color=BLACK, linewidth=1, linestyle="--")
            label(steep, "slopes between real and fake")
            weighed.hist(weights.numpy(), bins=61, color=colour)
            label(weighed, "weights")
            for each in (steep, weighed):
                each.set_yticks([])

    columns = (
        "way", "mean slope", "largest", "product of norms", "within .2 of 1", "gap", "gap / largest",
        "W", "weights at edge",
    )  # fmt: skip
    return Result((Table("Critics between real and fake", columns, rows),), draw, (9.0, 7.2))


def _modes(n: int) -> Tensor:
    angle = torch.randint(8, (n,)) * (math.pi / 4)
    return 2 * torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(n, 2)


def _middle(n: int) -> Tensor:
    return 0.5 * torch.randn(n, 2)
