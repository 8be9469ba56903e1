"""Squeezers do what they say, stay in range, and let gradients pass where that is asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.fft import dctn
from scipy.ndimage import median_filter

from rivals import noise
from rivals.nn import squeezing

PICTURES = torch.rand(3, 2, 11, 13, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize(
    "squeezer", [squeezing.bits(2), squeezing.median(3), squeezing.jpeg(20), squeezing.resized(0.6)]
)
def test_shape_and_range_are_kept(squeezer):
    made = squeezer(PICTURES)
    assert made.shape == PICTURES.shape
    assert made.abs().max() <= 1 + 1e-6
    assert not torch.equal(made, PICTURES)


def test_bits_keep_as_many_levels():
    assert torch.unique(squeezing.bits(2)(PICTURES)).tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert set(squeezing.bits(1)(PICTURES).unique().tolist()) == {-1.0, 1.0}


def test_the_median_is_scipys():
    x = PICTURES[0, 0].numpy()
    ours = squeezing.median(3)(PICTURES)[0, 0].numpy()
    np.testing.assert_allclose(ours, median_filter(x, size=3, mode="nearest"), atol=1e-6)


def test_the_compression_rounds_the_frequencies_of_each_block():
    x = 0.3 * PICTURES[:1, :1, :8, :8]  # so that nothing is cut to the range
    coefficients = dctn(x[0, 0].numpy() * 127.5, norm="ortho")
    kept = dctn(squeezing.jpeg(50)(x)[0, 0].numpy() * 127.5, norm="ortho")
    table = np.array(squeezing.LUMINANCE)
    np.testing.assert_allclose(kept, np.round(coefficients / table) * table, atol=1e-2)
    assert (squeezing.jpeg(100)(x) - x).abs().max() < 0.05
    flat = torch.full((1, 1, 16, 16), 0.25)
    assert (squeezing.jpeg(50)(flat) - flat).abs().max() < 0.01


def test_random_sizes_are_random_and_smaller():
    with noise.seeded(torch.device("cpu"), "test"):
        bright = torch.ones(40, 1, 16, 16)
        once, twice = squeezing.resized(0.5)(bright), squeezing.resized(0.5)(bright)
    assert not torch.equal(once, twice)
    share = ((once + 1) / 2).mean((1, 2, 3))
    assert 0.2 < share.min() < 0.4
    assert share.max() <= 1
    assert torch.equal(squeezing.resized(1.0)(bright), bright)


def test_gradients_pass_as_if_nothing_was_done():
    x = PICTURES.clone().requires_grad_()
    made = squeezing.through(squeezing.bits(1))(x)
    torch.testing.assert_close(made, squeezing.bits(1)(PICTURES))
    (slope,) = torch.autograd.grad((3 * made).sum(), x)
    assert torch.equal(slope, torch.full_like(slope, 3.0))
