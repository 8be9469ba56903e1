from __future__ import annotations

import pytest
import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.diversity import ms_ssim_diversity, perceptual_diversity


def pictures(n: int, seed: int = 0) -> Tensor:
    return torch.rand(n, 1, 24, 24, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_equal_pictures_are_not_diverse_and_noise_is() -> None:
    same = pictures(1).repeat(6, 1, 1, 1)
    assert ms_ssim_diversity(same, pairs=10) == pytest.approx(1)
    assert ms_ssim_diversity(pictures(6), pairs=20) < 0.2


def test_pairs_are_of_one_class_and_of_two_samples() -> None:
    each = pictures(3)
    labels = torch.arange(12) % 3
    assert ms_ssim_diversity(each[labels], labels.numpy(), pairs=10) == pytest.approx(1)
    assert ms_ssim_diversity(each[labels], pairs=50) < 0.9
    assert ms_ssim_diversity(pictures(2), pairs=30) < 0.2  # none with itself
    assert ms_ssim_diversity(each[labels], pairs=5, seed=1) == ms_ssim_diversity(each[labels], pairs=5, seed=1)


def test_mean_distance_within_a_condition() -> None:
    x = torch.randn(20, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.tensor([0] * 8 + [7] * 12)
    expected = (pdist(x[:8]).mean() + pdist(x[8:]).mean()) / 2
    assert perceptual_diversity(x, labels) == pytest.approx(expected)
    assert perceptual_diversity(x.numpy(), block=3) == pytest.approx(pdist(x).mean())
    assert perceptual_diversity(torch.full((5, 3), 0.1)) == 0


def test_they_refuse() -> None:
    with pytest.raises(RivalsError, match="class 1 has 1"):
        perceptual_diversity(torch.zeros(3, 2), torch.tensor([0, 0, 1]))
    with pytest.raises(RivalsError, match="class 0 has 1"):
        ms_ssim_diversity(pictures(1))
    with pytest.raises(RivalsError, match="pictures \\(N, C, H, W\\)"):
        ms_ssim_diversity(torch.zeros(4, 9))
    with pytest.raises(RivalsError, match="at least 1 pair"):
        ms_ssim_diversity(pictures(3), pairs=0)
