"""What a game's own structure says against what is known: mode shares, styles, memory slots, canvases."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.data.toy import Shares
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics import judges
from rivals.metrics.frechet import frechet_distance
from rivals.recipes.core.creative_gan import CreativeGAN
from rivals.recipes.core.gran import Canvas
from rivals.recipes.core.memorygan import MemoryGAN
from rivals.recipes.core.nemgan import NEMGAN
from rivals.store.model import load

SAMPLES = 2_000
"""Of a game, in every measure here but where it says otherwise."""

G = TypeVar("G", bound=Game)


def _played(run: Path, kind: type[G], recipe: str | None) -> G:
    game = load(run, recipe=recipe)
    if not isinstance(game, kind):
        raise RivalsError(f"this is measured of a {kind.__name__}, and {run} holds a {type(game).__name__}")
    return game


def _fid(samples: Tensor, source: Source) -> float:
    """Fréchet distance to held-out data, by the data's judge."""
    assert isinstance(source.spec, Images)
    judge, test = judges.judge_for(source.spec, source.name), source.test or source
    return float(frechet_distance(judge.features(decoded(test.first(test.main, SAMPLES))), judge.features(samples)))


@measure("mode-shares")
def mode_shares(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the shares of latent modes are from those of the data's classes: max |π_k - p_k|, in points of 100.

    Args:
        run: folder of a trained `nemgan`, whose mode k is named by class k.
        data: unequal classes, which know their shares.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance; also "samples", the same of the samples' classes as a judge of pictures (for points, the
        nearest class mean) sees them, and "named", the share of samples that it gives the class of their mode.

    Raises:
        RivalsError: for another game or data.
    """
    source, game = named.load(data), _played(run, NEMGAN, recipe)
    if not isinstance(source.truth, Shares):
        raise RivalsError(f"the shares of the classes of '{data}' are not known: use unbalanced or unbalanced-digits")
    truth = torch.tensor(source.truth.of_classes)
    with game.presenting(), noise.seeded(game.device, "mode shares", seed):
        y, z = game.latents(SAMPLES)
        seen = _classes(source, game.generator(z).cpu())
    prior, shares = game.prior.detach().cpu(), torch.bincount(seen, minlength=len(truth)) / len(seen)
    also = {"samples": 100 * (shares - truth).abs().max().item(), "named": (seen == y.cpu()).double().mean().item()}
    protocol = {"samples": SAMPLES, "shares": [round(p, 4) for p in prior.tolist()], "truth": truth.tolist()}
    return Figure(100 * (prior - truth).abs().max().item(), protocol=protocol, also=also)


def _classes(source: Source, samples: Tensor) -> Tensor:
    """The nearest class of each sample, by the mean vectors of the classes' training data."""
    x, label = decoded(source.first(source.main, SAMPLES)), source.first("label", SAMPLES)
    if isinstance(source.spec, Images):
        judge = judges.judge_for(source.spec, source.name)
        x, samples = judge.features(x), judge.features(samples)
    means = torch.stack([x[label == k].mean(0) for k in range(int(label.max()) + 1)])
    return torch.cdist(samples, means).argmin(1)


@measure("time-steps")
def time_steps(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share of time steps after which the canvas is nearer to the data than before: FID falls.

    Args:
        run: folder of a trained `gran` of 2 time steps or more.
        data: pictures.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1]; also "fid 1", "fid 2", …, after each step.

    Raises:
        RivalsError: for another game, or one time step.
    """
    source, game = named.load(data), _played(run, Adversarial, recipe)
    canvas = game.generator.players[0].net
    if not isinstance(canvas, Canvas) or canvas.times < 2:
        raise RivalsError(f"time steps are measured of gran with times=2 or more, and {run} holds none")
    with game.presenting(), noise.seeded(game.device, "time steps", seed):
        fids = [_fid(x.cpu(), source) for x in canvas.drawn(game.prior(SAMPLES))]
    better = [after < before for before, after in pairwise(fids)]
    also = {f"fid {t}": fid for t, fid in enumerate(fids, 1)}
    return Figure(sum(better) / len(better), protocol={"samples": SAMPLES}, also=also)


@measure("style-entropy")
def style_entropy(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Mean entropy of the classes that a judge sees in a sample, in nats.

    Args:
        run: folder of a trained `creative-gan`.
        data: pictures whose classes are the styles.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The entropy; also "fid" of the same samples. The protocol has that of held-out data.

    Raises:
        RivalsError: for another game, or data that are no pictures.
    """
    source, game = named.load(data), _played(run, CreativeGAN, recipe)
    if not isinstance(source.spec, Images):
        raise RivalsError(f"styles are seen in pictures, and '{data}' are none")
    judge, test = judges.judge_for(source.spec, source.name), source.test or source
    samples = game.sample(SAMPLES, seed=seed).cpu()
    mean, real = (
        torch.special.entr(judge.probabilities(x).double()).sum(1).mean().item()
        for x in (samples, decoded(test.first(test.main, SAMPLES)))
    )
    protocol = {"samples": SAMPLES, "judge": judge.name, "of real": round(real, 4)}
    return Figure(mean, protocol=protocol, also={"fid": _fid(samples, source)})


@measure("memory-clusters")
def memory_clusters(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Cluster accuracy of the memory's slots above that of k-means on the data itself, in points of 100.

    A slot is named by the class that most training data of it have; k-means has as many clusters as slots are in use.

    Args:
        run: folder of a trained `memorygan`.
        data: with labels.
        seed: of k-means, the best of ten starts.
        recipe: file.py:function, where it is not installed.

    Returns:
        The difference on held-out data; also "slots" and "k-means", both accuracies in [0, 1].

    Raises:
        RivalsError: for another game.
    """
    from sklearn.cluster import KMeans

    source, game = named.load(data), _played(run, MemoryGAN, recipe)
    test = source.test or source
    (x, y), (held, label) = ((decoded(s.first(s.main, 10_000)), s.first("label", 10_000)) for s in (source, test))
    with game.presenting():
        slots = tuple(game.cluster(each.to(game.device)).cpu() for each in (x, held))
    used = len(slots[0].unique())
    kmeans = KMeans(used, n_init=10, random_state=seed).fit(x.flatten(1).numpy())
    others = tuple(torch.from_numpy(kmeans.predict(each.flatten(1).numpy())).long() for each in (x, held))
    ours, theirs = (_named(train, y, found, label) for train, found in (slots, others))
    protocol = {"clusters": used, "references": len(held)}
    return Figure(100 * (ours - theirs), protocol=protocol, also={"slots": ours, "k-means": theirs})


def _named(train: Tensor, labels: Tensor, found: Tensor, truth: Tensor) -> float:
    """Share of `found` clusters (N,) whose class, the most frequent one of training data in it, is the truth."""
    counts = torch.zeros(int(max(train.max(), found.max())) + 1, int(labels.max()) + 1)
    counts.index_put_((train, labels), torch.ones(len(train)), accumulate=True)
    return (counts.argmax(1)[found] == truth).double().mean().item()
