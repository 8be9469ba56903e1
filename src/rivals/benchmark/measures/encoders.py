"""What an encoder is good for: neighbours of codes, the prior, the way back, what is foreign to the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from rivals import noise, registry
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics.neighbours import nearest
from rivals.metrics.transport import sliced_wasserstein
from rivals.nn.distance import l1, squared
from rivals.priors import Modes
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.verbs import abilities

MOST = 10_000
"""Held-out samples that are looked at, at most."""

NOISE = 0.5
"""Standard deviation of the noise that is to be removed."""

LEARNT = 60_000
"""Training samples among which a neighbour is looked for, at most."""


@measure("1-nn")
def one_nearest(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Accuracy of the nearest training sample's label, by the Euclidean distance of codes, in points of 100.

    Donahue et al. 2016, arXiv:1605.09782, table 1.

    Args:
        run: folder of a trained game that can encode.
        data: with labels.
        seed: not used, since nothing is random.
        recipe: file.py:function, where it is not installed.

    Returns:
        The accuracy on held-out samples; also "raw", that of neighbours among the samples themselves, of small data.

    Raises:
        RivalsError: for a game that cannot encode, or data without labels.
    """
    game, source = _able(run, "encode", recipe), named.load(data)
    held, truth = _held_out(source)
    x, labels = decoded(source.first(source.main, LEARNT)), source.first("label", LEARNT)
    encode = _asked(game, "encode")

    def accuracy(train: Tensor, test: Tensor) -> float:
        return 100 * (labels[nearest(train, test).indices[:, 0]] == truth).double().mean().item()

    also = {"raw": accuracy(x.flatten(1), held.flatten(1))} if len(x) <= MOST else {}
    protocol = {"references": len(held), "neighbours among": len(x)}
    return Figure(accuracy(encode(x), encode(held)), protocol=protocol, also=also)


@measure("inversion")
def inversion(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far G(E(x)) is from x, as a share of how far two samples are from each other: E|G(E(x)) - x| / E|x' - x|.

    Args:
        run: folder of a trained game that can reconstruct.
        data: what it was trained on.
        seed: of the pairs.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, 1 where a reconstruction says nothing of its sample; also "same label" for data with labels: how
        many reconstructions have a nearest training sample with the label of theirs.

    Raises:
        RivalsError: for another game.
    """
    game, source = _able(run, "reconstruct", recipe), named.load(data)
    test = source.test or source
    x = decoded(test.first(test.main, MOST))
    made = _asked(game, "reconstruct")(x)
    apart = l1(x, x[torch.randperm(len(x), generator=torch.Generator().manual_seed(noise.key("pairs", seed)))])
    also = {}
    if "label" in source.fields:
        train, labels = decoded(source.first(source.main, MOST)), source.first("label", MOST)
        found = labels[nearest(train.flatten(1), made.flatten(1)).indices[:, 0]]
        also["same label"] = (found == test.first("label", MOST)).double().mean().item()
    protocol = {"references": len(x), "of pairs": round(apart.mean().item(), 4)}
    return Figure((l1(made, x).mean() / apart.mean()).item(), protocol=protocol, also=also)


@measure("restoration")
def restoration(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much of noise is left after encoder and decoder: E‖G(E(x + σε)) - x‖² / σ², in means over the numbers.

    Args:
        run: folder of a trained game that can reconstruct.
        data: what it was trained on.
        seed: of the noise.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share of the noise's variance, for σ = ½; also "clean", the same error without the noise.

    Raises:
        RivalsError: for another game.
    """
    game, source = _able(run, "reconstruct", recipe), named.load(data)
    test, reconstruct = source.test or source, _asked(game, "reconstruct")
    x = decoded(test.first(test.main, MOST))
    noisy = x + NOISE * torch.randn(x.shape, generator=torch.Generator().manual_seed(noise.key("restored", seed)))
    left, clean = ((squared(reconstruct(seen), x).mean() / NOISE**2).item() for seen in (noisy, x))
    return Figure(left, protocol={"references": len(x), "sigma": NOISE}, also={"clean": clean})


@measure("code-distance")
def code_distance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far codes of held-out data are from the prior: sliced W2 over the prior's spread.

    The spread is the root of the mean variance of a coordinate.

    Args:
        run: folder of a trained game with a prior of the codes.
        data: what it was trained on.
        seed: of the draws from the prior.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance; also "floor", that of as many draws from the prior to others, and where labels choose a part of
        the prior "of classes", the mean over classes of the distance of their codes to their part.

    Raises:
        RivalsError: for a game without codes or a prior of them.
    """
    game, source = _able(run, "encode", recipe), named.load(data)
    prior, test = getattr(game, "prior", None), source.test or source
    x = decoded(test.first(test.main, MOST))
    codes = _asked(game, "encode")(x)
    if prior is None or prior.size > codes.shape[1]:
        raise RivalsError(f"codes are compared with a prior, and the {type(game).__name__} in {run} has none")
    codes = codes[:, -prior.size :]  # classes stand in front

    def draws(key: int, which: Tensor | None = None) -> Tensor:
        with game.presenting(), noise.seeded(game.device, "prior", seed, key):
            made: Tensor = prior(len(codes)) if which is None else prior.at(which.to(game.device))
        return made.cpu()

    real = draws(0)
    spread = real.var(0).mean().sqrt().item()
    also = {"floor": sliced_wasserstein(draws(1), real) / spread}
    if isinstance(prior, Modes) and game.classes == prior.components:
        label = test.first("label", MOST)
        rows = [label == k for k in range(game.classes)]
        each = [sliced_wasserstein(codes[mine], draws(2, label[mine])) for mine in rows]
        also["of classes"] = sum(each) / len(each) / spread
    protocol = {"references": len(x), "spread": round(spread, 4)}
    return Figure(sliced_wasserstein(codes, real) / spread, protocol=protocol, also=also)


@measure("class-distance")
def class_distance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the codes of a class are from its own part of the prior, the mean over classes; see `code_distance`.

    Args:
        run: folder of a trained game with a prior with a part for each class.
        data: what it was trained on, with labels.
        seed: of the draws from the prior.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance; also "all", that of all codes to the whole prior.

    Raises:
        RivalsError: for another game.
    """
    found = code_distance(run, data, seed, recipe)
    if "of classes" not in found.also:
        raise RivalsError(f"the game in {run} has no prior with a part for each class: train it with supervised=true")
    return Figure(found.also["of classes"], protocol=found.protocol, also={"all": found.value})


@measure("sharpness")
def sharpness(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the sharpness of samples is from that of data: |log(e(samples) / e(data))|, e the gradient energy.

    The energy of a picture is the mean squared difference of neighbouring pixels; blur takes it away, noise adds to it.

    Args:
        run: folder of a trained game.
        data: pictures.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance, 0 where both have the same energy; also "ratio", below 1 where samples are blurred, and
        "copied", the mean absolute error of a game that can reconstruct.

    Raises:
        RivalsError: for data that are no pictures.
    """
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(source.spec, Images):
        raise RivalsError(f"sharpness is measured of pictures, and '{data}' are none")
    test = source.test or source
    x = decoded(test.first(test.main, MOST))
    ratio = (energy(game.sample(len(x), seed=seed).cpu()) / energy(x)).item()
    also = {"ratio": ratio}
    if "reconstruct" in abilities(game):
        also["copied"] = l1(_asked(game, "reconstruct")(x), x).mean().item()
    return Figure(abs(torch.tensor(ratio).log().item()), protocol={"samples": len(x)}, also=also)


def energy(x: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels of pictures (N, C, H, W), ()."""
    return x.diff(dim=2).square().mean() + x.diff(dim=3).square().mean()


@measure("auc")
def auc(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Area under the ROC curve of `anomaly` on held-out data: how well it tells other classes from the normal one.

    Args:
        run: folder of a trained game that can tell anomalies, with the option `normal`.
        data: with labels.
        seed: not used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The area, .5 for a guess and 1 where every other class scores higher.

    Raises:
        RivalsError: for another game, one without a normal class, or data without labels.
    """
    game, (x, label) = _able(run, "anomaly", recipe), _held_out(named.load(data))
    normal = getattr(game, "normal", None)
    if normal is None:
        raise RivalsError(f"the run in {run} saw all classes: train it with a normal one, --set normal=0")
    return Figure(_area(game, x, label != normal), protocol={"normal": normal, "references": len(x)})


@measure("auc-of-classes")
def auc_of_classes(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The mean of `auc` over all classes, each in turn the normal one.

    For each class the run's game is trained from new weights with the run's options, steps and batch.

    Args:
        run: folder of a run whose recipe has the option `normal` and can tell anomalies.
        data: with labels.
        seed: of the trainings.
        recipe: file.py:function, where it is not installed.

    Returns:
        The mean area; also each class's.

    Raises:
        RivalsError: for another game, or data without labels.
    """
    _able(run, "anomaly", recipe)
    config, source = RunFolder(run).config(), named.load(data)
    x, label = _held_out(source)
    found = {}
    for k in range(int(label.max()) + 1):
        options = {**config["game"]["options"], "normal": k}
        game = registry.create(recipe or config["game"]["recipe"], source.spec, seed=seed, **options)
        Run(game, source, steps=config["steps"], batch=config["batch"], seed=seed, save_every=10**9).train()
        found[f"auc {k}"] = _area(game, x, label != k)
    return Figure(sum(found.values()) / len(found), protocol={"references": len(x)}, also=found)


def _area(game: Game, x: Tensor, foreign: Tensor) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(foreign.numpy(), _asked(game, "anomaly")(x).double().numpy()))


def _able(run: Path, verb: str, recipe: str | None) -> Game:
    game = load(run, recipe=recipe)
    if verb not in abilities(game):
        raise RivalsError(f"this is measured of games that can {verb}, and the {type(game).__name__} in {run} cannot")
    return game


def _held_out(source: Source) -> tuple[Tensor, Tensor]:
    """Held-out samples (N, ...) and their labels (N,)."""
    test = source.test or source
    if "label" not in test.fields:
        raise RivalsError(f"this is measured on data with labels, and '{source.name}' has none")
    return decoded(test.first(test.main, MOST)), test.first("label", MOST)


def _asked(game: Game, verb: str) -> Callable[[Tensor], Tensor]:
    """What the game says of samples, on the processor."""
    method: Callable[[Tensor], Tensor] = getattr(game, verb)
    return lambda x: method(x).cpu()
