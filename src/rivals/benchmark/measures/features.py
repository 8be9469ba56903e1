"""What a critic has learnt to see: its features under a linear classifier, against pixels and k-means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.labelled import balanced
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.store.model import load

Matrix: TypeAlias = NDArray[np.float32]
Space: TypeAlias = Callable[[Tensor], Matrix]

FEW = 100
"""Labelled samples, as many of each class."""

TESTED = 2000
"""Held-out samples at most."""

GRID = 4
"""A map is pooled to at most so many rows and columns, as in the paper."""

COSTS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""The classifier's C is one of these, by 5-fold cross-validation on the labelled samples, for all features alike."""

CENTROIDS, PATCHES = 200, 20_000
"""Of the k-means features, and from how many patches they are found."""


@measure("linear-features")
def linear_features(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much better a linear classifier of few labels does on the critic's features than on the better baseline.

    Features are the outputs of all the critic's hidden layers, each map max-pooled to 4×4 and flattened (Radford et al.
    2015, arXiv:1511.06434, section 5.1). The baselines are raw pixels, and k-means features: distances of whitened
    patches to centroids, max(0, mean - d), summed over quadrants (Coates & Ng's triangle code). Each has a linear
    SVM on the same labelled samples, its inputs standardised and its C cross-validated on them.

    Args:
        run: folder of a trained declarative game.
        data: pictures with labels.
        seed: of the labelled subset and the patches.
        recipe: file.py:function, where it is not installed.

    Returns:
        Accuracy less that of the better baseline, on held-out samples; each accuracy by name in `also`.

    Raises:
        RivalsError: for another kind of game, or data without labels.
    """
    source, game = named.load(data), load(run, recipe=recipe)
    if not isinstance(game, Adversarial):
        raise RivalsError(f"features are measured of games with a generator and a critic, not of {run}")
    if not (isinstance(source.spec, Images) and source.spec.classes > 1 and source.test):
        raise RivalsError(
            f"features are measured on pictures with labels that are held out in part, and '{data}' is none"
        )
    n = min(source.size or PATCHES, PATCHES)
    pictures, labels = decoded(source.first(source.main, n)), source.first("label", n)
    tested, truth = decoded(source.test.first(source.main, TESTED)), source.test.first("label", TESTED)
    rows = balanced(labels, FEW, seed)
    spaces: dict[str, Space] = {
        "critic": lambda x: seen(game, x),
        "pixels": lambda x: x.flatten(1).numpy(),
        "k-means": centroids(pictures, seed),
    }
    found = {
        name: accuracy((space(pictures[rows]), labels[rows].numpy()), (space(tested), truth.numpy()), seed)
        for name, space in spaces.items()
    }
    protocol: dict[str, Any] = {"labels": FEW, "tested": len(tested), "centroids": CENTROIDS}
    value = found["critic"] - max(found["pixels"], found["k-means"])
    return Figure(value, protocol=protocol, also={f"accuracy on {name}": share for name, share in found.items()})


def seen(game: Adversarial, x: Tensor) -> Matrix:
    """What each hidden activation of the critic gives for pictures (N, C, H, W), pooled and side by side, (N, F)."""
    maps: list[Tensor] = []

    def keep(module: nn.Module, given: Any, out: Tensor) -> None:
        small = F.adaptive_max_pool2d(out, [min(side, GRID) for side in out.shape[2:]]) if out.dim() == 4 else out
        maps.append(small.flatten(1)[-len(part) :])

    layers = [m for m in game.critic.modules() if isinstance(m, nn.LeakyReLU | nn.ReLU)]
    hooks = [layer.register_forward_hook(keep) for layer in layers]
    rows = []
    try:
        with game.presenting():
            for part in x.split(500):
                maps.clear()
                game.judge(part)
                rows.append(torch.cat(maps, 1))
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(rows).numpy()


def centroids(x: Tensor, seed: int) -> Space:
    """A function from pictures to k-means features (N, 4 · centroids), learnt from pictures (N, C, H, W)."""
    from sklearn.cluster import MiniBatchKMeans

    side = max(3, min(x.shape[2:]) // 5 | 1)  # an odd fifth of a picture: 3 of 8 pixels, 5 of 28
    chooser = torch.Generator().manual_seed(noise.key("patches", seed))
    patches = _patches(x[torch.randperm(len(x), generator=chooser)[:2000]], side).flatten(0, 2)
    patches = _contrast(patches[torch.randint(len(patches), (PATCHES,), generator=chooser)])
    mean = patches.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov((patches - mean).T))
    white = vectors @ torch.diag((values.clamp_min(0) + 0.1).rsqrt()) @ vectors.T
    found = MiniBatchKMeans(CENTROIDS, n_init=1, batch_size=1024, random_state=seed).fit(
        ((patches - mean) @ white).numpy()
    )
    middles = torch.from_numpy(found.cluster_centers_).to(x)

    def space(pictures: Tensor) -> Matrix:
        rows = []
        for part in pictures.split(100):
            distances = torch.cdist((_contrast(_patches(part, side)) - mean) @ white, middles)
            code = (distances.mean(-1, keepdim=True) - distances).clamp_min(0).permute(0, 3, 1, 2)
            rows.append(F.adaptive_avg_pool2d(code, 2).flatten(1))
        return torch.cat(rows).numpy()

    return space


def _patches(x: Tensor, side: int) -> Tensor:
    """All squares of pictures: (N, C, H, W) -> (N, rows, columns, C · side²)."""
    squares = x.unfold(2, side, 1).unfold(3, side, 1)
    return squares.permute(0, 2, 3, 1, 4, 5).flatten(3)


def _contrast(patches: Tensor) -> Tensor:
    """Brightness 0 and contrast 1 of each patch (..., D), with Coates & Ng's constant for pixels in [-1, 1]."""
    centred = patches - patches.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 10 / 127.5**2).sqrt()


def accuracy(few: tuple[Matrix, Any], tested: tuple[Matrix, Any], seed: int) -> float:
    """Of a linear SVM on standardised features (N, F) and labels (N,), on others."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    # the dual has one variable a sample, and samples are few
    model = make_pipeline(StandardScaler(), LinearSVC(dual=True, max_iter=20_000, random_state=seed))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    search = GridSearchCV(model, {"linearsvc__C": list(COSTS)}, cv=folds).fit(*few)
    return float(search.score(*tested))
