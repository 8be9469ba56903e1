"""Metrics of sets of feature vectors in one place; each stands in a module of its own."""

from __future__ import annotations

from rivals.metrics.curve import Curve as Curve
from rivals.metrics.curve import precision_recall_curve as precision_recall_curve
from rivals.metrics.diversity import ms_ssim_diversity as ms_ssim_diversity
from rivals.metrics.diversity import perceptual_diversity as perceptual_diversity
from rivals.metrics.frechet import Statistics as Statistics
from rivals.metrics.frechet import frechet_distance as frechet_distance
from rivals.metrics.frechet import frechet_infinity as frechet_infinity
from rivals.metrics.frechet import intra_frechet as intra_frechet
from rivals.metrics.frechet import per_class_frechet as per_class_frechet
from rivals.metrics.inception import inception_score as inception_score
from rivals.metrics.inception import mode_score as mode_score
from rivals.metrics.kernel import kernel_distance as kernel_distance
from rivals.metrics.manifold import density_coverage as density_coverage
from rivals.metrics.manifold import prdc as prdc
from rivals.metrics.manifold import precision_recall as precision_recall
from rivals.metrics.neighbours import memorisation as memorisation
from rivals.metrics.neighbours import nearest as nearest
from rivals.metrics.neighbours import nearest_neighbour_test as nearest_neighbour_test
from rivals.metrics.parzen import parzen_log_likelihood as parzen_log_likelihood
from rivals.metrics.separability import distance_separability as distance_separability
from rivals.metrics.separability import separability_index as separability_index
from rivals.metrics.sets import DensityCoverage as DensityCoverage
from rivals.metrics.sets import FrechetDistance as FrechetDistance
from rivals.metrics.sets import InceptionScore as InceptionScore
from rivals.metrics.sets import KernelDistance as KernelDistance
from rivals.metrics.sets import PrecisionRecall as PrecisionRecall
