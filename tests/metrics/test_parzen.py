from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import KernelDensity
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.parzen import SIGMAS, parzen_log_likelihood


def uniform(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.rand(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("block", [1, 13, 256])
def test_agrees_with_scikit_learn(block: int) -> None:
    samples, test, validation = uniform(70, 5), uniform(50, 5, 1), uniform(40, 5, 2)
    scores = [KernelDensity(bandwidth=s).fit(samples).score_samples(validation).mean() for s in SIGMAS]
    best = int(np.argmax(scores))
    assert 0 < best < 9
    expected = KernelDensity(bandwidth=SIGMAS[best]).fit(samples).score_samples(test)
    found = parzen_log_likelihood(samples, test, validation, block=block)
    assert found == pytest.approx(
        (expected.mean(), expected.std(ddof=1) / np.sqrt(50), SIGMAS[best], scores[best]), rel=1e-9
    )


def test_pictures_are_flattened() -> None:
    samples, test = uniform(20, 12), uniform(10, 12, 1)
    flat = parzen_log_likelihood(samples, test, test, [0.3])
    assert parzen_log_likelihood(samples.view(20, 3, 2, 2).numpy(), test.view(10, 3, 2, 2), test, [0.3]) == flat


def test_it_refuses() -> None:
    x = uniform(9, 4)
    with pytest.raises(RivalsError, match="test pixels in \\[0, 1\\]"):
        parzen_log_likelihood(x, 2 * x - 1, x)
    with pytest.raises(RivalsError, match="validation pixels"):
        parzen_log_likelihood(x, x, 2 * x)
    with pytest.raises(RivalsError, match="widths above 0"):
        parzen_log_likelihood(x, x, x, [0.0])
    with pytest.raises(RivalsError, match="widths above 0"):
        parzen_log_likelihood(x, x, x, [])
    with pytest.raises(RivalsError, match="2 test samples"):
        parzen_log_likelihood(x, x[:1], x)
    with pytest.raises(RivalsError, match="compares"):
        parzen_log_likelihood(x, uniform(9, 5), x)
