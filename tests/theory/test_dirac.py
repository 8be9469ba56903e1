"""The Dirac-GAN's fields, trajectories and verdicts, against closed forms."""

import math

import pytest
import torch

from rivals.errors import UsageError
from rivals.theory import dirac

METHODS = dirac.methods()


@pytest.mark.parametrize("name", ["gan", "nsgan"])
def test_plain_equilibria_turn_without_damping(name: str) -> None:
    assert dirac.eigenvalues(METHODS[name]) == pytest.approx([-0.5j, 0.5j], abs=1e-12)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.0])
def test_r1_damps_by_its_gamma(gamma: float) -> None:
    found = dirac.eigenvalues(dirac.methods(gamma=gamma)["r1"])
    assert found == pytest.approx(dirac.closed_form(gamma), abs=1e-7)
    assert (abs(found[0].imag) < 1e-7) == (gamma >= 1)  # the critical one is 1


def test_noise_damps_by_half_its_variance() -> None:
    found = dirac.eigenvalues(dirac.methods(noise=0.7)["instance-noise"])
    assert found == pytest.approx(dirac.closed_form(0.7**2 / 2), abs=1e-12)


def test_the_consensus_field_is_that_of_its_potential() -> None:
    def potential(x: torch.Tensor) -> torch.Tensor:
        return torch.stack(dirac.plain(x[0], x[1])).square().sum() / 2

    at = torch.tensor([0.7, -1.3], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(potential(at), at)
    plain = torch.stack(dirac.plain(at[0], at[1])) - 1.7 * slope
    found = torch.stack(dirac.methods(consensus=1.7)["consensus"].field(at[0], at[1]))
    torch.testing.assert_close(found, plain)


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("gan", ("3.10", "1.42", "1.85")),
        ("nsgan", ("0.64", "0.284", "0.139")),
        ("wgan", ("1.00", "1.02", "0.917")),
        ("wgan-gp", ("1.80", "1.22", "0.716")),
        ("r1", ("2.6e-06", "2.3e-07", "9e-34")),
        ("nsgan-r1", ("2.2e-06", "1.5e-07", "4e-34")),
    ],
)
def test_trajectories_end_where_they_are_known_to(name: str, ends: tuple[str, ...]) -> None:
    updates = (0, 1) if name != "gan" else (0, 1, 5)  # five moves of each critic would take too long here
    for n, end in zip(updates, ends, strict=False):
        found = float(dirac.distance(dirac.trajectory(METHODS[name], critic_updates=n))[-1])
        half = 0.5 * 10.0 ** (int(end.partition("e")[2] or 0) - len(end.partition("e")[0].partition(".")[2]))
        assert abs(found - float(end)) <= half * 1.001


def test_without_damping_simultaneous_moves_of_the_bilinear_game_grow_by_the_known_factor() -> None:
    unclipped = dirac.methods(bound=1e9)["wgan"]
    d = dirac.distance(dirac.trajectory(unclipped, rate=0.2, steps=10))
    torch.testing.assert_close(d[1:] / d[:-1], torch.full((10,), math.sqrt(1 + 0.2**2), dtype=torch.float64))


def test_verdicts_of_known_curves() -> None:
    t = torch.arange(500, dtype=torch.float64)
    wave = 1.2 + (0.4 * t).cos()
    assert dirac.verdict(wave) == "none"
    assert dirac.verdict(1.01**t) == "none"
    assert dirac.verdict((1 + t) ** -0.5) == "sublinear"
    assert dirac.verdict(0.99**t * wave) == "linear"
    assert dirac.verdict(torch.maximum(0.9**t, torch.tensor(0.01))) == "linear"  # a floor of noise


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="gamma must be at least 0, not -1"):
        dirac.methods(gamma=-1)
    with pytest.raises(UsageError, match="bound must be above 0"):
        dirac.methods(bound=0)
    with pytest.raises(UsageError, match="rate must be above 0"):
        dirac.trajectory(METHODS["gan"], rate=0)
    with pytest.raises(UsageError, match="at least 16 distances, not 3"):
        dirac.verdict(torch.ones(3))
