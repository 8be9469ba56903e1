from __future__ import annotations

import pytest
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics import manifold
from rivals.metrics.manifold import density_coverage, prdc, precision_recall


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def brute_force(real: Tensor, fake: Tensor, k: int) -> tuple[float, ...]:
    within, between = torch.cdist(real, real), torch.cdist(real, fake)
    radius = within.sort(1).values[:, k]
    fake_radius = torch.cdist(fake, fake).sort(1).values[:, k]
    inside, other = between <= radius[:, None], between <= fake_radius
    shares = inside.any(0), other.any(1), inside.sum(0) / k, inside.any(1)
    return tuple(s.double().mean().item() for s in shares)


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("block", [1, 3, 64, 10_000])
def test_all_four_agree_with_the_definition(k: int, block: int) -> None:
    real, fake = normal(90, 3), 0.8 * normal(71, 3, 1) + 0.7
    expected = brute_force(real, fake, k)
    assert prdc(real, fake, k, block) == pytest.approx(expected)
    assert precision_recall(real, fake, k, block) == pytest.approx(expected[:2])
    assert density_coverage(real.numpy(), fake.numpy(), k, block) == pytest.approx(expected[2:])


def test_float32_agrees_on_large_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = normal(900, 64).float(), (0.95 * normal(800, 64, 1) + 0.05).float()
    exact = prdc(real, fake, dtype=torch.float64)
    assert exact == prdc(real, fake)  # which is small
    assert prdc(real, fake, dtype=torch.float32) == pytest.approx(exact, abs=2e-3)
    seen = []
    measured = manifold._measured
    monkeypatch.setattr(manifold, "LARGE", 1)
    monkeypatch.setattr(manifold, "_measured", lambda *a, **k: (seen.append(a[4]), measured(*a, **k))[1])
    assert prdc(real, fake) == pytest.approx(exact, abs=2e-3)
    assert prdc(real.double(), fake.double()) == exact
    assert seen == [torch.float32, torch.float64]


@pytest.mark.parametrize("what", ["tight", "copies"])
def test_neighbours_too_close_for_float32_are_measured_in_float64(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = normal(300, 16).float()
    if what == "tight":  # clusters much smaller than their distance
        real = 1e-3 * real + torch.eye(16)[torch.arange(300) % 3] * 10
        fake = 1e-3 * normal(300, 16, 1).float() + torch.eye(16)[torch.arange(300) % 3] * 10
    else:
        fake = real.clone()
    exact = prdc(real, fake, dtype=torch.float64)
    monkeypatch.setattr(manifold, "LARGE", 1)
    assert prdc(real, fake) == exact


def test_coverage_tells_a_missing_mode_and_density_an_outlier() -> None:
    modes = torch.tensor([[0.0, 0], [10, 0]])
    real = normal(400, 2) + modes.repeat(200, 1)
    density, coverage = density_coverage(real, normal(400, 2, 1))
    assert coverage < 0.6
    assert density > 0.8
    assert density_coverage(real, normal(400, 2, 1) + modes.repeat(200, 1))[1] > 0.9
    real[0] = 1000.0  # its ball holds all fakes: precision is deceived, density is not
    far = normal(400, 2, 2) + 30
    precision, _, density, _ = prdc(real, far)
    assert precision == 1
    assert density < 0.3


def test_it_refuses() -> None:
    with pytest.raises(RivalsError, match="at least 6 samples"):
        prdc(normal(5, 2), normal(9, 2))
    with pytest.raises(RivalsError, match="at least 1, not 0"):
        prdc(normal(9, 2), normal(9, 2), k=0)
    with pytest.raises(RivalsError, match="at least 1 row, not 0"):
        prdc(normal(9, 2), normal(9, 2), block=0)
    with pytest.raises(RivalsError, match=r"not torch.float16"):
        prdc(normal(9, 2), normal(9, 2), dtype=torch.float16)
