from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

import metric_workers
from rivals.errors import RivalsError, UsageError
from rivals.metrics.frechet import Statistics, frechet_distance
from rivals.metrics.inception import inception_score
from rivals.metrics.judges import load
from rivals.metrics.kernel import kernel_distance
from rivals.metrics.manifold import density_coverage, precision_recall
from rivals.metrics.sets import DensityCoverage, FrechetDistance, InceptionScore, KernelDistance, PrecisionRecall


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


REAL, FAKE = normal(211, 6), 0.9 * normal(190, 6, 1) + 0.4


def in_pieces(metric, real=REAL, fake=FAKE, size=37):
    for piece in real.split(size):
        metric.update(piece, real=True)
    for piece in fake.split(size):
        metric(piece.numpy(), False)
    return metric.compute()


def test_pieces_give_what_the_whole_gives() -> None:
    assert in_pieces(FrechetDistance()) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-10)
    assert in_pieces(FrechetDistance(), size=1) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-10)
    assert in_pieces(KernelDistance(subsets=5, size=50)) == kernel_distance(REAL, FAKE, 5, 50)
    assert in_pieces(PrecisionRecall(k=2)) == precision_recall(REAL, FAKE, 2)
    assert in_pieces(DensityCoverage()) == density_coverage(REAL, FAKE)
    p = FAKE.softmax(1)
    score = InceptionScore(splits=3)
    assert in_pieces(score, REAL, p) == pytest.approx(inception_score(p, 3))


def test_far_from_the_origin_no_digits_are_lost() -> None:
    far = in_pieces(FrechetDistance(), REAL + 1e6, FAKE + 1e6)
    assert far == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-7)


def test_no_features_are_kept() -> None:
    metric = FrechetDistance()
    in_pieces(metric)
    kept = sum(part.numel() for name in metric._defaults for part in getattr(metric, name))
    assert kept == 2 * (1 + 6 + 36)
    whole = Statistics.of(REAL)
    seen = metric.statistics(real=True)
    assert torch.allclose(seen.covariance, whole.covariance)
    assert torch.allclose(seen.mean, whole.mean)
    assert seen.count == 211


def test_it_goes_on_after_compute_and_starts_again_after_reset() -> None:
    metric = FrechetDistance()
    in_pieces(metric, REAL[:100], FAKE[:80])
    assert in_pieces(metric, REAL[100:], FAKE[80:]) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-10)
    metric.reset()
    assert in_pieces(metric, FAKE, REAL) == pytest.approx(frechet_distance(REAL, FAKE), rel=1e-10)


def test_a_judge_sees_pictures() -> None:
    judge = load("digits")
    real, fake = (torch.rand(60, 1, 8, 8, generator=torch.Generator().manual_seed(i)) * 2 - 1 for i in (0, 1))
    metric, score = FrechetDistance(judge), InceptionScore(judge, splits=2)
    for kind, x in ((True, real), (False, fake)):
        for piece in x.split(25):
            metric.update(piece, real=kind)
            score.update(piece, real=kind)
    assert metric.compute() == pytest.approx(frechet_distance(judge.features(real), judge.features(fake)), rel=1e-6)
    assert score.compute() == pytest.approx(inception_score(judge.probabilities(fake), 2), rel=1e-5)


def test_they_refuse() -> None:
    metric = FrechetDistance()
    with pytest.raises(UsageError, match="call update first"):
        metric.compute()
    metric.update(REAL, real=True)
    metric.update(FAKE[:1], real=False)
    with pytest.raises(RivalsError, match="at least 2 samples on each side, and fake has 1"):
        metric.compute()
    with pytest.raises(UsageError, match="has seen 6 features so far, not 5"):
        metric.update(FAKE[:, :5], real=False)
    with pytest.raises(RivalsError, match="feature vectors"):
        PrecisionRecall().update(torch.zeros(2, 3, 4), real=True)


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    worker = Path(metric_workers.__file__)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(worker), str(tmp_path / "out.pt")], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found, alone = torch.load(tmp_path / "out.pt"), metric_workers.figures()
    assert found.keys() == alone.keys()
    for name, value in alone.items():
        assert found[name] == pytest.approx(value, rel=1e-5), name
