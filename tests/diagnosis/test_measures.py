"""Figures against their closed forms."""

from __future__ import annotations

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.data.sources import Arrays
from rivals.data.specs import Images
from rivals.diagnosis import baseline, measures, probe


def test_energy_distance_of_two_points_and_of_equal_sets() -> None:
    x, y = torch.zeros(40, 2), torch.zeros(40, 2) + torch.tensor([3.0, 4.0])
    assert measures.energy_distance(torch.cdist(x, y), torch.cdist(x, x), torch.cdist(y, y)) == pytest.approx(10.0)
    z = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    a, b = z[:200], z[200:]
    assert abs(measures.energy_distance(torch.cdist(a, b), torch.cdist(a, a), torch.cdist(b, b))) < 0.05


def test_effective_rank_counts_equal_directions() -> None:
    x = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0))
    assert measures.effective_rank(x) == pytest.approx(5, rel=0.02)
    assert measures.effective_rank(x[:, :1] @ torch.ones(1, 5)) == pytest.approx(1, abs=1e-3)
    assert measures.effective_rank(torch.ones(10, 5)) == 1


def test_ranked_above_is_the_area_under_the_curve() -> None:
    assert measures.ranked_above(torch.tensor([2.0, 3.0]), torch.tensor([0.0, 1.0])) == 1
    assert measures.ranked_above(torch.tensor([1.0]), torch.tensor([1.0])) == 0.5
    assert measures.ranked_above(torch.tensor([0.0, 2.0]), torch.tensor([1.0])) == 0.5


def test_the_nearest_neighbour_test_tells_sets_apart() -> None:
    z = torch.randn(600, 2, generator=torch.Generator().manual_seed(0))
    a, b, far = z[:200], z[200:400], z[400:] + 50
    assert measures.told_apart(*(torch.cdist(*p) for p in ((a, b), (a, a), (b, b)))) == pytest.approx(0.5, abs=0.08)
    assert measures.told_apart(*(torch.cdist(*p) for p in ((a, far), (a, a), (far, far)))) == 1


def test_overlap_is_the_papers_precision_and_recall() -> None:
    from rivals.metrics import precision_recall

    z = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    real, fake = z[:100], 0.5 * z[100:]
    mine = measures.overlap(torch.cdist(real, fake), torch.cdist(real, real), torch.cdist(fake, fake))
    assert mine == pytest.approx(tuple(precision_recall(real, fake)[:2]), abs=1e-6)


def test_spectrum_is_the_singular_values() -> None:
    weights = [torch.randn(8, 3, 3, 3, generator=torch.Generator().manual_seed(0)), torch.diag(torch.arange(1.0, 5.0))]
    tops = [torch.linalg.svdvals(w.flatten(1)).max().item() for w in weights]
    ranks = [w.square().sum().item() / top**2 for w, top in zip(weights, tops, strict=True)]
    largest, smallest = measures.spectrum([*weights, torch.ones(7)])
    assert largest == pytest.approx(max(tops), rel=0.1)
    assert smallest == pytest.approx(min(ranks), rel=0.1)


@pytest.mark.parametrize(
    ("recipe", "options", "expected"),
    [
        ("gan", {"objective": "wasserstein"}, 1.0),
        ("gan", {}, 0.0),
        ("gan", {"objective": "wasserstein", "penalties": "r1"}, 0.0),
        ("wgan", {}, 0.0),
        ("wgan-gp", {}, 0.0),
        ("sngan", {"objective": "wasserstein"}, 0.0),
        ("vae", {}, 0.0),
    ],
)
def test_a_critic_without_bounds_is_seen_before_it_moves(recipe: str, options: dict[str, str], expected: float) -> None:
    game = registry.create(recipe, named.load("ring").spec, **options)
    assert probe.unbounded(game) == expected


def test_a_class_is_missed_in_a_large_set_too() -> None:
    labels = torch.arange(50_000) % 10
    source = Arrays(Images(1, 2, 2, classes=10), {"image": torch.zeros(50_000, 1, 2, 2), "label": labels})
    assert baseline._missing(source) == {}
    kept = {"image": torch.zeros(45_000, 1, 2, 2), "label": labels[labels != 3]}
    assert baseline._missing(Arrays(source.spec, kept)) == {"data/lacks/class 3": 1.0}
