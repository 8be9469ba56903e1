from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rivals.errors import RivalsError, UsageError
from rivals.metrics import pairs


def noisy(*shape: int, noise: float = 0.2, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Smooth pictures, and the same with noise."""
    generator = torch.Generator().manual_seed(seed)
    n, c, h, w = shape
    coarse = torch.rand(n, c, max(2, h // 4), max(2, w // 4), generator=generator) * 2 - 1
    x = F.interpolate(coarse, (h, w), mode="bilinear")
    return x, (x + noise * torch.randn(shape, generator=generator)).clamp(-1, 1)


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 33, 40), (2, 3, 11, 11)])
def test_ssim_and_psnr_equal_scikit_image(shape: tuple[int, ...]) -> None:
    peer = pytest.importorskip("skimage.metrics")
    x, y = noisy(*shape)
    for i, (ours, ratio) in enumerate(zip(pairs.ssim(x, y), pairs.psnr(x, y), strict=True)):
        a, b = x[i].double().numpy(), y[i].double().numpy()
        theirs = peer.structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=0, data_range=2
        )
        assert ours.item() == pytest.approx(theirs, rel=1e-9)
        assert ratio.item() == pytest.approx(peer.peak_signal_noise_ratio(a, b, data_range=2), rel=1e-9)


def terms(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """SSIM and its contrast-structure term of two (H, W), term by term as the paper writes them."""
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    p, q = (np.lib.stride_tricks.sliding_window_view(z, (11, 11)) for z in (a, b))
    mp, mq = ((window * z).sum((-1, -2)) for z in (p, q))
    dp, dq = p - mp[..., None, None], q - mq[..., None, None]
    vp, vq, cov = ((window * z).sum((-1, -2)) for z in (dp**2, dq**2, dp * dq))
    c1, c2 = 0.02**2, 0.06**2
    structure = (2 * cov + c2) / (vp + vq + c2)
    return ((2 * mp * mq + c1) / (mp**2 + mq**2 + c1) * structure).mean(), structure.mean()


@pytest.mark.parametrize(("side", "scales"), [(177, 5), (100, 4), (32, 2)])
def test_ms_ssim_equals_the_formula(side: int, scales: int) -> None:
    x, y = noisy(1, 2, side, side + 1, noise=0.5)
    a, b = (z[0].double().numpy() for z in (x, y))
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333][:scales])
    product = 1.0
    for scale, weight in enumerate(weights / weights.sum()):
        pairs_of_terms = [terms(p, q) for p, q in zip(a, b, strict=True)]
        product *= np.mean([t[0 if scale == scales - 1 else 1] for t in pairs_of_terms]) ** weight
        a, b = (
            sum(z[:, i : z.shape[1] // 2 * 2 : 2, j : z.shape[2] // 2 * 2 : 2] for i in (0, 1) for j in (0, 1)) / 4
            for z in (a, b)
        )
    assert pairs.ms_ssim(x, y).item() == pytest.approx(product, rel=1e-6)


def test_ssim_of_small_pictures_uses_the_window_that_fits() -> None:
    x, y = (z.double() for z in noisy(2, 1, 8, 8))
    line = np.exp(-(np.arange(-3, 4) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    for i in range(2):
        a, b = x[i, 0].numpy(), y[i, 0].numpy()
        values = []
        for top in range(2):
            for left in range(2):
                p, q = a[top : top + 7, left : left + 7], b[top : top + 7, left : left + 7]
                mp, mq = (window * p).sum(), (window * q).sum()
                vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
                cov = (window * (p - mp) * (q - mq)).sum()
                c1, c2 = 0.02**2, 0.06**2
                values.append((2 * mp * mq + c1) * (2 * cov + c2) / ((mp**2 + mq**2 + c1) * (vp + vq + c2)))
        assert pairs.ssim(x, y)[i].item() == pytest.approx(np.mean(values), rel=1e-9)
    assert torch.equal(pairs.ms_ssim(x, y), pairs.ssim(x, y))


def test_bytes_are_the_same_pictures() -> None:
    raw = torch.randint(0, 256, (4, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    other = raw.flip(0)
    x, y = raw.float() / 127.5 - 1, other.float() / 127.5 - 1
    for measure in (pairs.l1, pairs.psnr, pairs.ssim, pairs.ms_ssim):
        assert measure(raw, other).numpy() == pytest.approx(measure(x, y).numpy(), rel=1e-5)
        assert measure(raw, y).shape == (4,)


def test_equal_pictures_are_perfect() -> None:
    x, _ = noisy(2, 3, 48, 48)
    assert pairs.ssim(x, x).numpy() == pytest.approx(1)
    assert pairs.ms_ssim(x, x).numpy() == pytest.approx(1)
    assert pairs.l1(x, x).max() == 0
    assert pairs.psnr(x, x).min() == math.inf


def test_psnr_and_l1_have_closed_forms() -> None:
    x = torch.zeros(1, 1, 4, 4)
    assert pairs.psnr(x, x + 0.02).item() == pytest.approx(40, abs=1e-4)
    assert pairs.l1(torch.zeros(2, 3), torch.tensor([[1.0, 2, 3], [0, 0, -3]])).tolist() == [2, 1]


def test_large_batches_are_measured_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = noisy(5, 1, 24, 24)
    whole = pairs.ms_ssim(x, y)
    monkeypatch.setattr(pairs, "BLOCK", 24 * 24 * 2)
    assert pairs.ms_ssim(x, y).numpy() == pytest.approx(whole.numpy(), rel=1e-12)


class Maps:
    """A judge that shows the picture itself, or its mean and 1."""

    def __init__(self, maps: bool) -> None:
        self.maps = maps

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return images if self.maps else torch.stack([images.mean((1, 2, 3)), torch.ones(len(images))], 1)


def test_feature_distance_is_that_of_unit_vectors() -> None:
    x, y = torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3)
    assert pairs.feature_distance(x, y + 1, Maps(False)).item() == pytest.approx(2 - math.sqrt(2), rel=1e-6)
    x[:, 0], y[:, 1] = 0.5, 0.1
    y[:, :, 0] = x[:, :, 0]  # two of three rows are orthogonal
    assert pairs.feature_distance(x, y, Maps(True)).item() == pytest.approx(4 / 3, rel=1e-6)


def test_the_streaming_means_equal_the_functions() -> None:
    x, y = noisy(7, 1, 16, 16)
    judge = Maps(False)
    for metric, values in {
        pairs.L1(): pairs.l1(x, y),
        pairs.PSNR(): pairs.psnr(x, y),
        pairs.SSIM(): pairs.ssim(x, y),
        pairs.MSSSIM(): pairs.ms_ssim(x, y),
        pairs.FeatureDistance(judge): pairs.feature_distance(x, y, judge),
    }.items():
        metric.update(x[:5], y[:5])
        metric(x[5:], y[5:])
        assert metric.compute() == pytest.approx(values.mean().item(), rel=1e-12)
        metric.reset()
        with pytest.raises(UsageError, match="has seen no samples yet: call update first"):
            metric.compute()


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 8, 9), "of one shape, N ≥ 1, not (2, 1, 8, 8) with (2, 1, 8, 9)"),
        (torch.zeros(0, 1, 8, 8), torch.zeros(0, 1, 8, 8), "of one shape, N ≥ 1"),
        (torch.zeros(2, 8, 8), torch.zeros(2, 8, 8), "SSIM compares pictures (N, C, H, W), not (2, 8, 8)"),
        (torch.full((2, 1, 8, 8), math.nan), torch.zeros(2, 1, 8, 8), "2 of 2 samples hold NaN or infinity"),
        (torch.zeros(2, 1, 8, 8), torch.full((2, 1, 8, 8), 255.0), "these reach from 0 to 255: scale or clip them"),
    ],
)
def test_what_are_no_pairs_of_pictures_is_refused(x: torch.Tensor, y: torch.Tensor, sentence: str) -> None:
    with pytest.raises(RivalsError, match=re.escape(sentence)):
        pairs.ssim(x, y)
