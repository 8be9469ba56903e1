"""Laplacian pyramids: exact for every size."""

import pytest
import torch

from rivals.nn.pyramid import halved, joined, larger, smaller, split


@pytest.mark.parametrize(("size", "levels"), [((28, 28), 2), ((8, 8), 2), ((8, 8), 3), ((13, 6), 2), ((1, 1), 1)])
def test_what_is_split_is_joined_again(size: tuple[int, int], levels: int) -> None:
    x = 2 * torch.rand(3, 2, *size) - 1
    parts = split(x, levels)
    assert [tuple(part.shape[2:]) for part in parts] == [halved(size, k) for k in range(levels + 1)]
    torch.testing.assert_close(joined(parts), x, atol=1e-6, rtol=0)


def test_a_band_is_what_the_coarser_picture_lacks() -> None:
    x = torch.randn(2, 1, 12, 12)
    low = smaller(x)
    band, rest = split(x, 1)
    torch.testing.assert_close(rest, low)
    torch.testing.assert_close(band, x - larger(low, (12, 12)))


def test_flat_pictures_have_no_bands_and_keep_their_level() -> None:
    parts = split(torch.full((1, 3, 10, 7), 0.3), 2)
    assert max(part.abs().max().item() for part in parts[:-1]) < 1e-6
    torch.testing.assert_close(parts[-1], torch.full((1, 3, 3, 2), 0.3))


def test_the_blur_is_the_binomial_one() -> None:
    x = torch.zeros(1, 1, 9, 9)
    x[0, 0, 4, 4] = 1
    row = torch.tensor([1.0, 6.0, 1.0]) / 16
    torch.testing.assert_close(smaller(x)[0, 0, 1:4, 1:4], torch.outer(row, row))
