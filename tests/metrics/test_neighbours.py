from __future__ import annotations

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.neighbours import memorisation, nearest, nearest_neighbour_test


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("block", [1, 7, 512])
def test_nearest_agrees_with_scikit_learn(block: int) -> None:
    train, x = normal(80, 5) + 1e4, normal(33, 5, 1) + 1e4
    found = nearest(train, x.numpy(), k=3, block=block)
    distances, indices = NearestNeighbors(n_neighbors=3).fit(train.numpy()).kneighbors(x.numpy())
    assert found.distances.numpy() == pytest.approx(distances, rel=1e-9)
    assert (found.indices.numpy() == indices).all()


def test_a_copy_is_at_distance_nought() -> None:
    train = normal(50, 6) + 1e6
    found = nearest(train, train[[4, 7]])
    assert found.indices.tolist() == [[4], [7]]
    assert found.distances.tolist() == [[0.0], [0.0]]


def test_the_two_sample_test_agrees_with_a_classifier() -> None:
    real, fake = normal(60, 3), normal(60, 3, 1) + 0.5
    both, kinds = torch.cat([real, fake]).numpy(), [1] * 60 + [0] * 60
    right = []
    for i in range(120):
        others = [j for j in range(120) if j != i]
        classifier = KNeighborsClassifier(1).fit(both[others], [kinds[j] for j in others])
        right.append(classifier.predict(both[i : i + 1])[0] == kinds[i])
    expected = (sum(right) / 120, sum(right[:60]) / 60, sum(right[60:]) / 60)
    assert nearest_neighbour_test(real, fake) == pytest.approx(expected)


def test_the_two_sample_test_at_its_ends() -> None:
    real = normal(500, 3)
    assert nearest_neighbour_test(real, normal(500, 3, 1)).accuracy == pytest.approx(0.5, abs=0.08)
    assert nearest_neighbour_test(real, normal(500, 3, 1) + 100) == (1, 1, 1)
    assert nearest_neighbour_test(real, real) == (0, 0, 0)
    collapsed = nearest_neighbour_test(real, 1e-3 * normal(500, 3, 1))
    assert collapsed.fake > 0.95
    with pytest.raises(RivalsError, match="pass 400 of each"):
        nearest_neighbour_test(real, real[:400])


def test_memorisation_tells_copies_from_new_samples() -> None:
    train, test = normal(500, 6), normal(300, 6, 1)
    fresh = memorisation(train, test, normal(400, 6, 2))
    assert fresh.nearer == pytest.approx(0.5, abs=0.06)
    assert abs(fresh.z) < 3
    copies = memorisation(train, test, train[:400] + 0.01 * normal(400, 6, 2))
    assert copies.nearer > 0.99
    assert copies.z < -10
    assert memorisation(train, test, 3 * normal(400, 6, 2)).z > 5
    assert memorisation(train, test, test).nearer == 0.5


def test_they_refuse() -> None:
    with pytest.raises(RivalsError, match="there are no 6 nearest"):
        nearest(normal(5, 2), normal(5, 2), k=6)
    with pytest.raises(RivalsError, match="compares"):
        memorisation(normal(5, 2), normal(5, 2), normal(5, 3))
    with pytest.raises(RivalsError, match="at least 2 samples"):
        memorisation(normal(5, 2), normal(5, 2), normal(1, 2))
