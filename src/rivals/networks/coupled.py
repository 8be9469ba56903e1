"""Bodies of two domains, cut where they begin or cease to be alike."""

from __future__ import annotations

from torch import nn

from rivals import networks
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.networks.trunk import trunk
from rivals.nn.labels import WEIGHED
from rivals.nn.shapes import Squeeze

Plain = Points | Images


def cut(net: nn.Module, layers: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Two networks that do one after the other what a row of layers does.

    Args:
        net: an `nn.Sequential`.
        layers: how many layers with weights the second one has or, below 0, the first one; fewer than there are.

    Raises:
        UsageError: for another number.
    """
    assert isinstance(net, nn.Sequential)
    row = list(net)
    places = [i for i, layer in enumerate(row) if isinstance(layer, WEIGHED)]
    if not 0 < abs(layers) < len(places):
        raise UsageError(f"of a network of {len(places)} layers 1 to {len(places) - 1} can be set apart, not {layers}")
    at = places[-layers]
    return nn.Sequential(*row[:at]), nn.Sequential(*row[at:])


def generators(
    x: Plain, y: Plain, latent: int, width: int, private: int, shared: bool
) -> tuple[list[nn.Module], list[nn.Module]]:
    """Latent (N, L) -> maps, one for both domains or, where nothing is shared, two; and maps -> x, and maps -> y.

    Args:
        x, y: the domains, of one size.
        latent, width: see `rivals.networks.generator`.
        private: layers at the end that are a domain's own.
        shared: whether the others are shared.

    Raises:
        UsageError: for domains of two sizes, or a number of layers that there is not.
    """
    if x.shape[1:] != y.shape[1:]:
        raise UsageError(f"coupled networks need two domains of one size, not {x.shape[1:]} and {y.shape[1:]}")
    early, late = zip(*(cut(networks.generator(side, latent, width), private) for side in (x, y)), strict=True)
    return list(early[: 1 if shared else 2]), list(late)


def critics(
    x: Plain, y: Plain, width: int, private: int, shared: bool
) -> tuple[list[nn.Module], list[nn.Module], list[nn.Module]]:
    """X, and y -> maps; maps -> features (N, 8 · width), one or two; features -> logits (N,), one or two. No norms.

    Arguments as of `generators`, but that the private layers are those at the beginning.
    """
    hidden, first, last = 8 * width, list[nn.Module](), list[nn.Module]()
    for side in (x, y):
        body, features = trunk(side, width, norm="none")
        own, rest = cut(body, -private)
        first.append(own)
        last.append(nn.Sequential(*rest, nn.Linear(features, hidden), nn.LeakyReLU(0.2)))
    judges: list[nn.Module] = [nn.Sequential(nn.Linear(hidden, 1), Squeeze()) for _ in last]
    n = 1 if shared else 2
    return first, last[:n], judges[:n]
