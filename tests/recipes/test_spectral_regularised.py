"""Singular values that are raised, and what is seen of them before the samples collapse."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark.measures import spectra as measured
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.nn.compensated import Compensated, compensated, spectra
from rivals.nn.norms import spectral
from rivals.store.folder import RunFolder


def layer(kind: Any, first: int = 1) -> Any:
    torch.manual_seed(0)
    return compensated(nn.Linear(5, 4).double(), kind, first).double()


def values(weight: torch.Tensor) -> Any:
    return torch.linalg.svdvals(weight.detach().double())


def own(made: Any) -> Any:
    return made.parametrizations["weight"].original


def test_without_compensation_it_is_spectral_normalisation() -> None:
    made = layer("none")
    torch.testing.assert_close(values(made.weight), values(own(made)) / values(own(made))[0], atol=1e-6, rtol=1e-6)
    torch.manual_seed(3)
    net: Any = nn.Conv2d(2, 3, 3)
    theirs: Any = spectral(nn.Conv2d(2, 3, 3))
    own(theirs).data.copy_(net.weight)
    for _ in range(200):  # its power iteration comes near the largest singular value
        wanted = theirs.weight
    torch.testing.assert_close(compensated(net, "none").weight, wanted, rtol=1e-4, atol=1e-5)


def test_the_static_kind_raises_the_first_values_to_the_largest() -> None:
    made, plain = layer("static", 3), values(own(layer("none")))
    torch.testing.assert_close(
        values(made.weight), torch.cat([torch.ones(3).double(), plain[3:] / plain[0]]), atol=1e-6, rtol=1e-6
    )


def test_the_dynamic_kind_keeps_the_largest_ratios_of_training() -> None:
    made = layer("dynamic")
    before = values(made.weight)
    with torch.no_grad():
        u, _, v = torch.linalg.svd(own(made), full_matrices=False)
        own(made).copy_((u * torch.tensor([3.0, 0.3, 0.2, 0.1])) @ v)
    torch.testing.assert_close(values(made.weight), before, atol=1e-6, rtol=1e-6)
    made.eval()
    with torch.no_grad():
        own(made).copy_((u * torch.ones(4)) @ v)
    assert values(made.weight).allclose(torch.ones(4).double(), atol=1e-6)
    made.train()
    with torch.no_grad():
        own(made).copy_((u * torch.tensor([3.0, 0.3, 0.2, 0.1])) @ v)
    torch.testing.assert_close(values(made.weight), before, atol=1e-6, rtol=1e-6)  # an evaluation is not remembered


def test_the_gradient_is_that_of_a_fixed_compensation_over_the_largest_value() -> None:
    made, x = layer("static", 3), torch.randn(6, 5).double()
    (gradient,) = torch.autograd.grad(made(x).square().sum(), own(made))
    (part,) = (p for p in made.parametrizations["weight"] if isinstance(p, Compensated))
    weight = own(made).detach()
    added = made.weight.detach() * values(weight)[0] - weight
    for place in ((0, 0), (2, 3)):
        ends = []
        for h in (1e-6, -1e-6):
            moved = weight.clone()
            moved[place] += h
            w = (moved + added) / torch.linalg.svdvals(moved)[0]
            ends.append((x @ w.T + made.bias).square().sum().item())
        assert gradient[place].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4)
    assert part.ratios.requires_grad is False


@pytest.mark.parametrize(
    ("curve", "place"), [([1, 4, 4, 1, 1], 3), ([1, 4, 1, 4, 4], 50), ([4, 1, 4, 3, 2], 3), ([0, 0, 0], 30)]
)
def test_a_curve_has_collapsed_where_it_stays_low(curve: list[float], place: int) -> None:
    assert measured.collapse(curve) == place


def begun(path: Path, recipe: str, **options: Any) -> Path:
    game = registry.create(recipe, named.load("ring").spec, latent=2, **options)
    RunFolder(path).begin({"game": game.config, "steps": 4, "batch": 8})
    return path


def test_the_measure_follows_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "SAMPLES", 100)
    run = begun(tmp_path / "a", "spectral-regularised-gan", width=4, compensation="none")
    figure = measured.spectrum_first(run, "ring", 0, None)
    assert -1 <= figure.value <= 1
    assert len(figure.protocol["modes"]) == len(figure.protocol["spectrum"]) == 5
    for data, other in (("ring", begun(tmp_path / "b", "gan", hidden=(4,))), ("spiral", run)):
        with pytest.raises(RivalsError, match="are followed of spectral-regularised-gan"):
            measured.spectrum_first(other, data, 0, None)


def test_layers_of_one_value_have_no_spectrum_and_no_number_below_one_is_raised() -> None:
    game = registry.create("spectral-regularised-gan", named.load("ring").spec, width=4, latent=2)
    assert [len(s) for s in spectra(game)] == [2, 8, 8]
    with pytest.raises(UsageError, match="n at least 1, not 0"):
        registry.create("spectral-regularised-gan", named.load("ring").spec, compensation="static", first=0)
