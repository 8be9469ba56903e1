"""What the data itself shows: the scale on which a training's samples are measured."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals import noise
from rivals.data import specs
from rivals.data.sources import Source, decoded
from rivals.data.specs import Points, Tokens
from rivals.diagnosis import measures
from rivals.diagnosis.features import Features, features_of

SAMPLES = 256
"""Samples of a probe: a mode with a twenty-fifth of the data shows ten of them."""

BANK = 1000
"""Training samples, and held-out ones, among which nearest neighbours are looked for."""

CLUSTERS = 10
"""Clusters of data without labels that can be told from their features."""

KNOWN = 0.8
"""Share of samples whose label the features must give, or clusters stand for the classes."""

LABELS = 1_000_000
"""Labels that are looked through for classes without a sample."""


@dataclass
class Baseline:
    """Reals, their features, and the figures that as many other reals give.

    Attributes:
        facts: name -> figure, the first record of a run's signals.
        real, labels: as many samples as a probe makes, and their labels or None.
        features: samples -> (N, D).
        seen: features of `real`.
        within: distances within `seen`.
        scale: mean distance of two reals.
        groups: names of classes or clusters.
        sort: features (N, D) -> group (N,).
        bank, held: features of training and of held-out samples.
        held_out: held-out samples as a critic sees them, or None.
    """

    facts: dict[str, float]
    real: Tensor
    labels: Tensor | None
    features: Features
    seen: Tensor
    within: Tensor
    scale: float
    groups: tuple[str, ...]
    sort: Callable[[Tensor], Tensor]
    bank: Tensor
    held: Tensor | None
    held_out: Tensor | None


def baseline(source: Source, device: torch.device) -> Baseline | None:
    """Measure a source; None where its samples are not plain (pairs, environments).

    Nothing random moves: draws are a function of the place in the data.
    """
    features = features_of(source.spec)
    if features is None:
        return None
    size = source.size
    n = SAMPLES if size is None else max(2, min(SAMPLES, size // 2))
    labelled = "label" in source.fields
    fields = [source.main, "label"] if labelled else [source.main]
    # one draw: its first n are what samples are compared with, its second n what as many reals show
    drawn = source.draw(fields, seed=noise.key("diagnosis"), start=0, size=max(2 * n, min(BANK, size or BANK)))
    x = decoded(drawn[0])
    labels = drawn[1] if labelled else None
    seen = features(x)
    real, other = seen[:n], seen[n : 2 * n]
    within, others, between = torch.cdist(real, real), torch.cdist(other, other), torch.cdist(real, other)
    scale = measures.pair_distance(within)
    precision, recall = measures.overlap(between, within, others)
    held = None
    if source.test is not None:
        most = min(BANK, source.test.size or BANK)
        held = decoded(source.test.draw([source.main], seed=noise.key("diagnosis"), start=0, size=most)[0])
    groups, sort = _groups(seen, labels, n)
    loose = measures.nearest_other(torch.cdist(seen, seen)) if size is None or size > 2 else torch.zeros(1)
    facts = {
        "data/size": float(size or 0),
        "data/scale": scale,
        "data/rank": measures.effective_rank(real),
        "data/nearest": loose.median().item() / max(scale, 1e-12),
        "data/spacing": measures.nearest_other(within).median().item() / max(scale, 1e-12),
        "data/distance": measures.energy_distance(between, within, others) / max(scale, 1e-12),
        "data/told apart": measures.told_apart(between, within, others),
        "data/precision": precision,
        "data/recall": recall,
        "data/held out": float(len(held)) if held is not None else 0.0,
        **_range(x, source),
        **_missing(source),
    }
    found = sort(seen)
    facts |= {f"data/share/{name}": (found == i).float().mean().item() for i, name in enumerate(groups)}
    near = None if held is None else features(held)
    return Baseline(
        facts, x[:n].to(device), None if labels is None else labels[:n].to(device), features, real, within, scale,
        groups, sort, seen[: min(len(seen), size or len(seen))], near, None if held is None else held[:n].to(device),
    )  # fmt: skip


def _range(x: Tensor, source: Source) -> dict[str, float]:
    """The range that networks must reach: pictures and arrays lie in [-1, 1], points about 0 with a spread near 1."""
    if isinstance(source.spec, Tokens):
        return {}
    x = x.float()
    each = x.flatten(1)
    std = each.std(0)
    bounded = not isinstance(source.spec, Points | specs.Table)
    return {
        "data/bounded": float(bounded),
        "data/largest": x.abs().max().item(),
        "data/lowest": x.min().item(),
        "data/highest": x.max().item(),
        "data/std": x.std().item() if bounded else each.var(0).mean().sqrt().item(),
        "data/offset": each.mean(0).abs().max().item(),
        "data/widest": std.max().item(),
        "data/narrowest": std[std > 0].min().item() if (std > 0).any() else 0.0,
        "data/saturated": (x.abs() > 0.999).float().mean().item(),
    }


def _missing(source: Source) -> dict[str, float]:
    """Classes that the spec or the held-out data has and the training data lacks: "data/lacks/class 7" -> 1."""
    if "label" not in source.fields or source.size is None:
        return {}
    classes = int(getattr(source.spec, "classes", 0))
    there = set(source.draw(["label"], seed=0, start=0, size=min(source.size, LABELS))[0].flatten().tolist())
    whole = source.size <= LABELS  # else a rare class may just not be among those looked at
    return {f"data/lacks/class {c}": 1.0 for c in range(min(classes, 100)) if whole and c not in there}


def _groups(x: Tensor, labels: Tensor | None, n: int) -> tuple[tuple[str, ...], Callable[[Tensor], Tensor]]:
    """Classes, where features tell them, else clusters: names, and features -> group."""
    from scipy.cluster.vq import kmeans2  # slow to import

    if labels is not None and labels.dim() == 1:
        classes, counts = labels.unique(return_counts=True)
        if 1 < len(classes) <= n // 8 and counts.min() > 1:
            sort = _discriminant(x, labels, classes)
            half = len(x) // 2
            tried = _discriminant(x[:half], labels[:half], classes)
            if (classes[tried(x[half:])] == labels[half:]).float().mean() >= KNOWN:
                return tuple(f"class {int(c)}" for c in classes), sort
    if len(x.unique(dim=0)) < 2 * CLUSTERS:
        return (), lambda x: torch.zeros(len(x), dtype=torch.long)
    with warnings.catch_warnings():  # an empty cluster has no share, and no finding
        warnings.simplefilter("ignore", UserWarning)
        means = torch.from_numpy(kmeans2(x.double().numpy(), _spread(x).double().numpy(), minit="matrix")[0]).float()
    return (
        tuple(f"cluster {i + 1} of {CLUSTERS}" for i in range(CLUSTERS)),
        lambda x: torch.cdist(x, means).argmin(1),
    )


def _spread(x: Tensor) -> Tensor:
    """Starts of the clusters: each the sample that is farthest from those before it."""
    chosen = x[:1]
    for _ in range(CLUSTERS - 1):
        chosen = torch.cat([chosen, x[torch.cdist(x, chosen).min(1).values.argmax()][None]])
    return chosen


def _discriminant(x: Tensor, labels: Tensor, classes: Tensor) -> Callable[[Tensor], Tensor]:
    """Nearest class mean in the metric of the pooled covariance within classes (Fisher's discriminant)."""
    means = torch.stack([x[labels == c].mean(0) if (labels == c).any() else x.mean(0) + 1e6 for c in classes])
    inside = x - means[torch.searchsorted(classes, labels)]
    covariance = inside.T @ inside / len(x)
    covariance += (0.05 * covariance.trace() / len(covariance) + 1e-12) * torch.eye(len(covariance))
    whitening = torch.linalg.inv(torch.linalg.cholesky(covariance)).T
    centres = means @ whitening
    return lambda y: torch.cdist(y @ whitening, centres).argmin(1)
