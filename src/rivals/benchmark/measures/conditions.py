"""Whether samples are what they were asked to be: attributes, beyond the data's range too, and not all alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals.benchmark.measures.measure import Figure, measure
from rivals.conditions import Attributes
from rivals.data import named
from rivals.data.made.discs import Discs
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics.diversity import ms_ssim_diversity
from rivals.networks import dcgan
from rivals.nn.labels import unlikelihood
from rivals.store.model import load

SAMPLES = 2_000
"""Of a game, and held-out data at most."""

JUDGED = 600
"""Steps of the judge of attributes, batches of 64."""

BEYOND = 0.5
"""How far outside of [0, 1] an attribute is asked for."""


def _played(run: Path, data: str, recipe: str | None) -> tuple[Game, Attributes, Source]:
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game.condition, Attributes):
        raise RivalsError(f"this is measured of a game that is told attributes, and {run} holds none")
    return game, game.condition, source


def _asked(game: Game, condition: Attributes, seed: int, wanted: dict[str, float] | None = None) -> tuple[Tensor, ...]:
    """Samples, and the attributes that they were asked to have."""
    rows = condition.rows(torch.arange(SAMPLES, device=game.device), wanted)
    return game.sample(SAMPLES, seed=seed, label=wanted).cpu(), rows.cpu()


@measure("attribute-accuracy")
def attribute_accuracy(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of attributes that samples have as they were asked to, as a classifier sees it that real data taught.

    The classifier is trained here on the training split, always the same way.

    Args:
        run: folder of a trained game that is told attributes.
        data: pictures with attributes of 0 and 1.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1], a mean over attributes; also each of them, and "real", the classifier's own on held-out
        data.

    Raises:
        RivalsError: for another game or other data.
    """
    game, condition, _ = _played(run, data, recipe)
    judge, real = _judge(data)
    x, rows = _asked(game, condition, seed)
    right = (_named(judge, x) == (rows > 0.5)).double().mean(0)
    also = dict(zip(condition.names, right.tolist(), strict=True)) | {"real": real}
    return Figure(right.mean().item(), protocol={"samples": SAMPLES, "judge's steps": JUDGED}, also=also)


@lru_cache(maxsize=1)
def _judge(data: str) -> tuple[nn.Module, float]:
    """A classifier of attributes, and the share of held-out ones that it names rightly."""
    source = named.load(data)
    spec, batch = source.spec, 64
    assert isinstance(spec, Images)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = dcgan.critic(*spec.shape, base=16, outputs=len(spec.attributes))
        optimizer = torch.optim.Adam(net.parameters(), 2e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=JUDGED)
        for step in range(JUDGED):
            x, rows = source.draw((source.main, "attribute"), seed=0, start=step * batch, size=batch)
            optimizer.zero_grad()
            unlikelihood(net(decoded(x)), rows).mean().backward()
            optimizer.step()
            schedule.step()
    net.eval()
    test = source.test or source
    right = _named(net, decoded(test.first(test.main, SAMPLES))) == (test.first("attribute", SAMPLES) > 0.5)
    return net, right.double().mean().item()


@torch.no_grad()
def _named(net: nn.Module, x: Tensor) -> Tensor:
    """Which attributes pictures have, boolean (N, A)."""
    return torch.cat([net(part).view(len(part), -1) > 0 for part in x.split(500)])


@measure("extrapolation")
def extrapolation(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far samples go beyond the data's attributes where they are asked to: 1 all the way, 0 not at all.

    (m(1.5) - m(1)) / .5 and (m(0) - m(-.5)) / .5, m(v) the mean attribute that is measured in samples asked for v while
    the other attributes are as in the data. The figure is the mean over attributes and both ends.

    Args:
        run: folder of a trained game that is told attributes.
        data: whose attributes can be measured in a picture.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also each of them, and "error", the mean absolute difference within the data's range.

    Raises:
        RivalsError: for another game, or data whose attributes cannot be measured.
    """
    game, condition, source = _played(run, data, recipe)
    truth = source.truth
    if not isinstance(truth, Discs):
        raise RivalsError(f"the attributes of '{data}' cannot be measured in a picture: use discs")
    x, rows = _asked(game, condition, seed)
    also = {"error": (truth.read(x) - rows).abs().mean().item()}
    for i, name in enumerate(condition.names):
        asked = (-BEYOND, 0.0, 1.0, 1 + BEYOND)
        m = [truth.read(_asked(game, condition, seed, {name: value})[0])[:, i].mean().item() for value in asked]
        also |= {f"{name}, above": (m[3] - m[2]) / BEYOND, f"{name}, below": (m[1] - m[0]) / BEYOND}
    gone = [value for key, value in also.items() if key != "error"]
    return Figure(sum(gone) / len(gone), protocol={"samples": SAMPLES}, also=also)


@measure("ms-ssim-excess")
def ms_ssim_excess(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much more alike samples of one class are than the data: MS-SSIM of random pairs, less that of held-out data.

    Odena et al. 2016, arXiv:1610.09585, section 4.2.

    Args:
        run: folder of a trained game that is told labels.
        data: pictures with labels.
        seed: of the samples and the pairs.
        recipe: file.py:function, where it is not installed.

    Returns:
        The difference; also both figures, "samples" and "data", means over classes.

    Raises:
        RivalsError: for another game.
    """
    game, source = load(run, recipe=recipe), named.load(data)
    if not game.classes or not isinstance(source.spec, Images):
        raise RivalsError(f"likeness within a class is measured of a game that is told labels, and {run} holds none")
    test = source.test or source
    pairs: Sequence[tuple[Tensor, Tensor]] = (
        (game.sample(SAMPLES, seed=seed).cpu(), torch.arange(SAMPLES) % game.classes),
        (decoded(test.first(test.main, SAMPLES)), test.first("label", SAMPLES)),
    )
    ours, theirs = (ms_ssim_diversity(x, label, seed=seed) for x, label in pairs)
    protocol: dict[str, Any] = {"samples": SAMPLES, "pairs a class": 100}
    return Figure(ours - theirs, protocol=protocol, also={"samples": ours, "data": theirs})
