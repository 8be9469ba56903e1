"""How well the classes of a labelled data set lie apart."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.neighbours import _nearest
from rivals.metrics.rows import Labels, Rows, as_tensor, grouped, rows


def separability_index(x: Rows, labels: Labels, block: int = 512) -> float:
    """Share of samples whose nearest other sample has the same class: Thornton's separability index.

    Thornton 1998, "Separability is a learner's best friend"; the leave-one-out accuracy of a 1-nearest-neighbour
    classifier. 1 where classes lie apart; for classes that coincide about the chance that two samples share one.

    Args:
        x: (N, D), N ≥ 2.
        labels: (N,), two classes or more.
        block: rows of the distance matrix that exist at once.

    Returns:
        In [0, 1].

    Raises:
        RivalsError: for a single class, labels that are not one whole number a row, or numbers that are not finite.
    """
    z = rows(x, "a separability index", least=2)
    _classes(z, labels, least=1)
    named = as_tensor(labels).to(z.device)
    index = _nearest(z, None, 1, block).indices[:, 0]
    return (named[index] == named).double().mean().item()


def distance_separability(x: Rows, labels: Labels, most: int = 1000, seed: int = 0) -> float:
    """Distance-based separability index (DSI): how unlike the distances within classes and between them are.

    For each class the Kolmogorov-Smirnov statistic between the distances within it and those from it to all others;
    the mean over classes. 0 where all classes have one distribution, 1 where every distance between classes is larger
    than any within. Guan and Loew 2020, arXiv:2005.13120.

    Deviation: 1. a class, and what is not of it, have at most `most` samples, drawn at random.

    Args:
        x: (N, D).
        labels: (N,), two classes or more with 2 samples or more.
        most: samples on each side of a comparison.
        seed: of their draw.

    Returns:
        In [0, 1].

    Raises:
        RivalsError: for a single class, a class with one sample, or numbers that are not finite.
    """
    from scipy.stats import ks_2samp  # slow to import

    if most < 2:
        raise RivalsError(f"a separability index needs at least 2 samples a class, not {most}")
    z = rows(x, "a separability index", least=2)
    classes = _classes(z, labels, least=2)
    generator = np.random.default_rng(seed)

    def some(group: Tensor) -> Tensor:
        return group[torch.from_numpy(generator.permutation(len(group))[:most]).to(group.device)]

    found = []
    for label, group in classes.items():
        inside, outside = some(group), some(torch.cat([g for other, g in classes.items() if other != label]))
        within = torch.nn.functional.pdist(inside).cpu().numpy()
        between = torch.cdist(inside, outside).flatten().cpu().numpy()
        found.append(ks_2samp(within, between, method="asymp").statistic)
    return float(np.mean(found))


def _classes(x: Tensor, labels: Labels, least: int) -> dict[int, Tensor]:
    classes = grouped(x, labels, "a separability index")
    if len(classes) < 2:
        raise RivalsError(f"a separability index needs at least 2 classes, and the labels name {len(classes)}")
    few = [label for label, group in classes.items() if len(group) < least]
    if few:
        raise RivalsError(f"a separability index needs {least} samples a class, and class {few[0]} has fewer")
    return classes
