"""Distances to the manifold of triangles and to a generator's, against what is known and against brute force."""

import itertools
import math

import pytest
import torch

from rivals.data.made.triangles import Triangles, area
from rivals.errors import RivalsError
from rivals.metrics.triangles import distance_to_generator, distance_to_triangles, f1

TRUTH = Triangles(8)


def pictures(n=40, seed=1):
    made, _ = TRUTH.make(n, torch.Generator().manual_seed(seed))
    return made[:, 0].double() / 255


def test_triangles_are_on_the_manifold_but_for_their_rounding():
    rounding = 0.5 / 255 * TRUTH.size
    assert distance_to_triangles(pictures(), TRUTH).max() < rounding


def test_other_pictures_are_no_farther_than_what_brute_force_finds():
    line = torch.arange(9) / 8
    corners = torch.cartesian_prod(line, line)
    chosen = torch.tensor(list(itertools.combinations(range(len(corners)), 3))[::3])
    grid = corners[chosen]
    grid = grid[area(grid).abs() >= TRUTH.smallest]
    drawn = torch.cat([TRUTH.render(part).flatten(1) for part in grid.split(5000)])
    noise = torch.rand(10, 8, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    two = torch.maximum(pictures(10, 3), pictures(10, 4))
    blurred = torch.nn.functional.avg_pool2d(pictures(10, 5)[:, None], 3, 1, 1)[:, 0]
    ring = torch.zeros(1, 8, 8, dtype=torch.float64)
    ring[:, 1:7, 1:7] = 1
    ring[:, 3:5, 3:5] = 0
    x = torch.cat([noise, two, blurred, ring])
    found, brute = distance_to_triangles(x, TRUTH), torch.cdist(x.flatten(1), drawn).min(1).values
    assert (found <= brute + 1e-6).all()
    assert (found > 0.02).all()


def test_a_picture_near_a_triangle_is_no_farther_than_that():
    x = pictures()
    moved = x + 0.02 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert (distance_to_triangles(moved, TRUTH) <= (moved - x).flatten(1).norm(dim=1) + 1e-9).all()


def test_nothing_is_no_small_triangle():
    black = torch.zeros(1, 8, 8)
    smallest = math.sqrt(TRUTH.smallest * 64) / 2  # less than the norm of the smallest triangle's picture
    assert distance_to_triangles(black, TRUTH).item() > smallest
    with pytest.raises(RivalsError, match="are 8×8, not"):
        distance_to_triangles(torch.zeros(1, 9, 9), TRUTH)
    with pytest.raises(RivalsError, match="finite"):
        distance_to_triangles(torch.full((1, 8, 8), math.nan), TRUTH)


def test_latents_are_found_where_the_generator_can_make_the_picture():
    generator = torch.Generator().manual_seed(0)
    mixing, latents = torch.randn(3, 12, generator=generator), torch.randn(50, 3, generator=generator)

    def generate(z):
        return torch.tanh(z @ mixing).view(-1, 1, 3, 4)

    z = 0.5 * torch.randn(20, 3, generator=generator)
    reached = distance_to_generator(generate(z), generate, latents)
    assert reached.max() < 0.02
    assert (reached <= distance_to_generator(generate(z), generate, latents, rounds=0) + 1e-6).all()
    with torch.no_grad():
        outside = distance_to_generator(generate(50 * z[:5]), generate, latents, rounds=20)
    assert outside.min() > 0.02, "latents that the prior does not give are not used"


def test_the_distance_to_a_linear_generator_is_that_of_its_projection():
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(6, 2, generator=generator)).Q
    latents = 3 * torch.randn(100, 2, generator=generator)
    x = torch.randn(10, 6, generator=generator)
    expected = (x - x @ basis @ basis.T).norm(dim=1).double()
    torch.testing.assert_close(distance_to_generator(x, lambda z: z @ basis.T, latents), expected, atol=1e-3, rtol=1e-3)


def test_f1():
    assert f1(0.5, 1.0) == pytest.approx(2 / 3)
    assert f1(0.0, 0.0) == 0.0
