"""Feature metrics against the libraries that the field uses, on the same features."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

import stand_in
from rivals.metrics.frechet import Statistics, frechet_distance
from rivals.metrics.inception import inception_score
from rivals.metrics.kernel import kernel_distance
from rivals.metrics.manifold import prdc, precision_recall


def features(n: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(n, 96, generator=generator) * torch.linspace(0.3, 1.5, 96) + 0.1 * seed).relu()


REAL, FAKE = features(700, 0), features(600, 1)


def fidelity(module: str) -> ModuleType:
    """A module of torch-fidelity; its torchvision may be one that was built for another torch."""
    if not all(importlib.util.find_spec(name) for name in ("torch_fidelity", "torchvision")):
        pytest.skip("torch-fidelity and torchvision are not installed")
    stand_in.torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"torch_fidelity.{module}")


def test_frechet_distance_is_that_of_torch_fidelity() -> None:
    metric = fidelity("metric_fid")
    both = []
    for x in (REAL, FAKE):
        statistics = metric.fid_features_to_statistics(x)
        both.append(statistics)
        mine = Statistics.of(x)
        assert mine.covariance.numpy() == pytest.approx(np.asarray(statistics["sigma"]), rel=1e-3, abs=1e-5)
    found = metric.fid_statistics_to_metric(*both, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(REAL, FAKE) == pytest.approx(found, rel=1e-4)


def test_kernel_distance_is_that_of_torch_fidelity_and_so_are_its_subsets() -> None:
    metric = fidelity("metric_kid")
    options = {"kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1}
    found = metric.kid_features_to_metric(
        REAL.double(), FAKE.double(), kid_subsets=10, kid_subset_size=100, rng_seed=2020, verbose=False,
        kid_kernel="poly", **options,
    )  # fmt: skip
    expected = (found["kernel_inception_distance_mean"], found["kernel_inception_distance_std"])
    assert kernel_distance(REAL.double(), FAKE.double(), 10, 100) == pytest.approx(expected, rel=1e-9)
    assert kernel_distance(REAL, FAKE, 10, 100) == pytest.approx(expected, rel=1e-3)


def test_inception_score_is_that_of_torch_fidelity() -> None:
    metric = fidelity("metric_isc")
    found = metric.isc_features_to_metric(REAL)
    expected = (found["inception_score_mean"], found["inception_score_std"])
    assert inception_score(REAL.double().softmax(1)) == pytest.approx(expected, rel=1e-9)


def test_precision_and_recall_are_those_of_torch_fidelity() -> None:
    metric = fidelity("metric_prc")
    first, second = metric.calculate_precision_recall_full(FAKE.double(), REAL.double(), 3, 10000)
    # releases differ in which of the two they call precision
    assert sorted(precision_recall(REAL, FAKE, 3)) == pytest.approx(sorted((first, second)), abs=1e-6)


def test_all_four_are_those_of_prdc(capsys: pytest.CaptureFixture[str]) -> None:
    peer = pytest.importorskip("prdc")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = peer.compute_prdc(REAL.double().numpy(), FAKE.double().numpy(), nearest_k=5)
    assert "Num real" in capsys.readouterr().out
    mine = prdc(REAL, FAKE, k=5)
    for name, value in found.items():
        assert getattr(mine, name) == pytest.approx(float(value), abs=1e-9), name
