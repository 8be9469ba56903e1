"""What models of likelihood are held against: their own inverse, dense Jacobians, pixels that know no others."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.likelihood import Likelihood
from rivals.recipes.inference.realnvp import NormalizingFlow
from rivals.recipes.inference.vae import VAE
from rivals.store.model import load

HELD_OUT, DENSE = 2_000, 10
"""Samples that are mapped there and back; of which the whole Jacobian is computed."""

USED = 0.01
"""Nats of its divergence above which a number of a code is in use."""

G = TypeVar("G", bound=Game)


def _played(run: Path, kind: type[G], recipe: str | None) -> G:
    game = load(run, recipe=recipe)
    if not isinstance(game, kind):
        raise RivalsError(f"this is measured of a {kind.__name__}, and {run} holds a {type(game).__name__}")
    return game


def _held(source: Source, most: int = HELD_OUT) -> Tensor:
    test = source.test or source
    return decoded(test.first(test.main, min(most, test.size or most)))


@measure("inverse-error")
def inverse_error(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The largest |f⁻¹(f(x)) - x| over all numbers of held-out samples, in single precision.

    Args:
        run: folder of a trained flow.
        data: what it was trained on.
        seed: not used; samples are the first held-out ones.
        recipe: file.py:function, where it is not installed.

    Returns:
        The error, in the data's unit; also "log-determinant": the largest relative error of log |det ∂f/∂x| against
        that of the dense Jacobian, in double precision.

    Raises:
        RivalsError: for another game.
    """
    game, x = _played(run, NormalizingFlow, recipe), _held(named.load(data))
    error = float((game.decode(game.encode(x)).cpu() - x).abs().max())
    double, worst = game.double().cpu(), 0.0
    with double.presenting():
        for each in x[:DENSE].double():
            dense = torch.autograd.functional.jacobian(lambda v: double.flow(v[None])[0][0], each)
            true = torch.linalg.slogdet(dense.reshape(each.numel(), -1)).logabsdet
            worst = max(worst, float((double.flow(each[None])[1][0] - true).abs() / true.abs().clamp_min(1)))
    return Figure(error, protocol={"references": len(x), "jacobians": DENSE}, also={"log-determinant": worst})


@measure("gain-on-pixels")
def gain_on_pixels(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Nats a picture by which a model of black and white pixels is better than one of pixels that know no others.

    The other model has each pixel's mean grey over the training data as its probability of white.

    Args:
        run: folder of a trained game of likelihood.
        data: pictures.
        seed: of which pixels are drawn white.
        recipe: file.py:function, where it is not installed.

    Returns:
        The difference of mean log-likelihoods of held-out pictures, drawn alike; the protocol has both.

    Raises:
        RivalsError: for another game, or another kind of pixels.
    """
    source, game = named.load(data), _played(run, Likelihood, recipe)
    if game.pixels != "binary":
        raise RivalsError(f"this is measured of black and white pixels, and {run} has pixels={game.pixels}")
    with noise.seeded(torch.device("cpu"), "gain on pixels", seed):
        x = game.seen(_held(source, 10_000))
    size = min(60_000, source.size or 60_000)
    white = ((decoded(source.first(source.main, size)) + 1) / 2).mean(0).clamp(0.5 / size, 1 - 0.5 / size)
    alone = torch.distributions.Bernoulli(white.double()).log_prob((x.double() + 1) / 2).flatten(1).sum(1).mean()
    ours = game.log_prob(x).double().mean()
    protocol = {"references": len(x), "nats": round(-ours.item(), 3), "of pixels alone": round(-alone.item(), 3)}
    return Figure((ours - alone).item(), protocol=protocol)


@measure("codes-in-use")
def codes_in_use(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How many numbers of a code say something of the sample: mean KL(q(z_i | x) ‖ p(z_i)) above a hundredth of a nat.

    Args:
        run: folder of a trained `vae`.
        data: what it was trained on.
        seed: not used; samples are the first held-out ones.
        recipe: file.py:function, where it is not installed.

    Returns:
        Their number; also "kl" of all numbers together and "largest kl" of one, in nats. The protocol has each.

    Raises:
        RivalsError: for another game.
    """
    game, x = _played(run, VAE, recipe), _held(named.load(data))
    with game.presenting(), noise.seeded(game.device, "codes in use", seed):
        mean, log_variance = game.encoder(game.seen(x.to(game.device))).chunk(2, 1)
    each = (0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)).double().mean(0)
    ordered = [round(v, 3) for v in each.sort(descending=True).values.tolist()]
    also = {"kl": each.sum().item(), "largest kl": each.max().item()}
    return Figure(float((each > USED).sum()), protocol={"references": len(x), "kl of each": ordered}, also=also)
