"""What a trained game is worth: judges, metrics, and the protocol that a score carries.

Metrics are plain functions of arrays or tensors, and classes in torchmetrics' interface (`update`, `compute`, `reset`):

    >>> from rivals import metrics
    >>> metrics.frechet_distance(x, y)
    >>> fid = metrics.FrechetDistance(judge=metrics.judges.load("mnist"))
    >>> fid.update(images, real=True)

Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

MODULES = {
    "frechet": "frechet_distance frechet_infinity per_class_frechet intra_frechet Statistics",
    "kernel": "kernel_distance",
    "inception": "inception_score mode_score",
    "manifold": "prdc precision_recall density_coverage",
    "curve": "precision_recall_curve",
    "neighbours": "nearest nearest_neighbour_test memorisation",
    "diversity": "ms_ssim_diversity perceptual_diversity",
    "parzen": "parzen_log_likelihood",
    "separability": "separability_index distance_separability",
    "sets": "FrechetDistance KernelDistance InceptionScore PrecisionRecall DensityCoverage",
    "points": "against_truth mixture_log_likelihood",
    "transport": "wasserstein sliced_wasserstein mmd",
    "pairs": "l1 psnr ssim ms_ssim feature_distance L1 PSNR SSIM MSSSIM FeatureDistance",
    "overlap": "mean_iou MeanIoU",
    "text": "bleu reference_bleu self_bleu novelty frechet_embedding_distance oracle_nll",
    "latent": "perceptual_path_length linear_separability",
    "likelihood": "bits_per_dimension nats elbo importance_weighted_bound "
    "Nats BitsPerDimension ELBO ImportanceWeightedBound",
    "two_samples": "TwoSamples Wasserstein SlicedWasserstein MMD ReferenceBLEU SelfBLEU Novelty OracleNLL "
    "FrechetEmbeddingDistance",
    "stream": "Metric",
    "intervals": "Interval over_seeds bootstrap paired probability_better average_ranks critical_difference",
    "scores": "Scores",
}
"""Module -> the names that stand here."""

_HOMES = {name: module for module, names in MODULES.items() for name in names.split()}
_SUBMODULES = (*MODULES, "evaluate", "judges", "protocols")

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES and name not in _SUBMODULES:
        return getattr(import_module(f"rivals.metrics.{_HOMES[name]}"), name)
    if name in _SUBMODULES:
        return import_module(f"rivals.metrics.{name}")
    raise AttributeError(f"module 'rivals.metrics' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
