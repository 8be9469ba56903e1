from __future__ import annotations

import math
import re

import pytest
import torch

from rivals import noise, priors
from rivals.errors import RivalsError, UsageError
from rivals.metrics import latent


def squared(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x.double() - y.double()).square().flatten(1).sum(1)


def on_circle(n: int) -> torch.Tensor:
    z = noise.normal(n, 2).double()
    return z / z.norm(dim=1, keepdim=True)


def test_an_arc_turns_evenly_and_keeps_lengths() -> None:
    a, b = torch.tensor([[2.0, 0, 0]]), torch.tensor([[0, 4.0, 0]])
    x = latent.spherical(a, b, torch.tensor([1 / 3]))
    assert x[0].tolist() == pytest.approx([8 / 3 * math.cos(math.pi / 6), 8 / 3 * math.sin(math.pi / 6), 0])
    assert latent.spherical(a, b, torch.tensor([1.0]))[0].tolist() == pytest.approx([0, 4, 0], abs=1e-6)
    assert latent.spherical(a, 2 * a, torch.tensor([0.5]))[0].tolist() == pytest.approx([3, 0, 0])
    assert latent.linear(a, b, torch.tensor([0.25]))[0].tolist() == pytest.approx([1.5, 1, 0])


def test_a_linear_generator_on_a_line_has_the_closed_form() -> None:
    # ‖A(b - a)‖², of standard normal latents 2 ‖A‖²
    matrix = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = latent.perceptual_path_length(
        lambda z: z.double() @ matrix, priors.Gaussian(4), squared, 20_000, interpolation="linear"
    )
    assert found == pytest.approx(2 * matrix.square().sum().item(), rel=0.03)


def test_the_identity_on_a_circle_has_the_mean_square_angle() -> None:
    # the angle between two uniform directions is uniform in [0, π], and a step of ε turns by ε times it
    found = latent.perceptual_path_length(lambda z: z, on_circle, squared, 20_000)
    assert found == pytest.approx(math.pi**2 / 3, rel=0.03)


def test_float32_is_precise_enough_and_the_seed_decides() -> None:
    def path(generate, seed: int) -> float:
        return latent.perceptual_path_length(generate, priors.Gaussian(8), squared, 100, seed=seed)

    layer = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 50))
    double = torch.nn.Sequential(*(type(m)(*_sizes(m)) for m in layer)).double()
    double.load_state_dict(layer.state_dict())
    assert path(layer, 0) == pytest.approx(path(lambda z: double(z.double()), 0), rel=0.01)
    assert path(layer, 0) == path(layer, 0) != path(layer, 1)


def _sizes(module: torch.nn.Module) -> tuple[int, ...]:
    return (module.in_features, module.out_features) if isinstance(module, torch.nn.Linear) else ()


def test_the_generators_own_noise_stands_still_and_random_state_does_not_move() -> None:
    before = torch.random.get_rng_state()
    same = latent.perceptual_path_length(lambda z: z + torch.randn_like(z), priors.Gaussian(3), squared, 100)
    plain = latent.perceptual_path_length(lambda z: z, priors.Gaussian(3), squared, 100)
    assert same == pytest.approx(plain, rel=0.05)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_constant_generator_has_no_path() -> None:
    assert latent.perceptual_path_length(lambda z: 0 * z, priors.Gaussian(3), squared, 10) == 0


def test_a_distance_that_rounds_or_is_not_squared_is_refused() -> None:
    layer = torch.nn.Linear(16, 64)
    for distance in (
        lambda x, y: (x.bfloat16() - y.bfloat16()).float().flatten(1).square().sum(1),
        lambda x, y: (x - y).flatten(1).norm(dim=1),
        lambda x, y: torch.zeros(len(x)),
    ):
        with pytest.raises(RivalsError, match="when the step doubles, not fourfold"):
            latent.perceptual_path_length(
                lambda z: layer(z).tanh().view(-1, 1, 8, 8), priors.Gaussian(16), distance, 100
            )


def blobs(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 5, generator=torch.Generator().manual_seed(seed))


def test_a_hyperplane_that_tells_all_apart_scores_1() -> None:
    z = blobs(400)
    assert latent.linear_separability(z, z[:, 0] + z[:, 1] > 0) == pytest.approx(1, abs=0.05)
    assert latent.linear_separability(z, torch.zeros(400, dtype=torch.int64)) == 1


def test_what_no_hyperplane_tells_apart_costs_a_class() -> None:
    z = blobs(4000)
    chance = latent.linear_separability(z, torch.arange(4000) % 2)
    assert chance == pytest.approx(2, rel=0.01)
    tangled = (z[:, 0] * z[:, 1] > 0).long()
    both = latent.linear_separability(z, torch.stack([tangled, torch.arange(4000) % 2], 1))
    assert both == pytest.approx(latent.linear_separability(z, tangled) * chance, rel=1e-9)
    assert latent.linear_separability(1000 * z, tangled) == pytest.approx(
        latent.linear_separability(z, tangled), rel=1e-3
    )


def test_flipped_labels_give_the_entropy_of_the_flips() -> None:
    z = blobs(20_000)
    flip = torch.rand(20_000, generator=torch.Generator().manual_seed(1)) < 0.1
    entropy = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))
    assert latent.linear_separability(z, (z[:, 0] > 0) ^ flip) == pytest.approx(math.exp(entropy), rel=0.02)


@pytest.mark.parametrize(
    ("latents", "labels", "sentence"),
    [
        (torch.zeros(4, 2), torch.zeros(3, dtype=torch.int64), "N ≥ 2, not (4, 2) and (3,)"),
        (torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64), "N ≥ 2, not (1, 2) and (1,)"),
        (torch.zeros(4, 2), torch.zeros(4), "integer labels, not torch.float32: take the likeliest class"),
        (torch.full((4, 2), math.nan), torch.zeros(4, dtype=torch.int64), "finite latents, and some are NaN"),
    ],
)
def test_what_separability_cannot_take_is_refused(latents: torch.Tensor, labels: torch.Tensor, sentence: str) -> None:
    with pytest.raises(RivalsError, match=re.escape(sentence)):
        latent.linear_separability(latents, labels)


def test_bad_arguments_of_the_path_length_are_refused() -> None:
    def path(**options: object) -> float:
        given = {"prior": priors.Gaussian(2), "distance": squared, "n": 10} | options
        return latent.perceptual_path_length(lambda z: z, **given)

    with pytest.raises(UsageError, match="there is no interpolation 'slerp', only spherical and linear"):
        path(interpolation="slerp")
    with pytest.raises(UsageError, match="at least 1 pair and 0 < epsilon < 1, not 10 and 0"):
        path(epsilon=0)
    with pytest.raises(UsageError, match=r"at least 1 pair and 0 < epsilon < 1, not 0 and 0\.0001"):
        path(n=0)
    with pytest.raises(UsageError, match="latents of one number have no arc between them"):
        path(prior=priors.Gaussian(1))
    with pytest.raises(RivalsError, match="the distance between two samples is NaN or infinite"):
        path(distance=lambda x, y: torch.full((len(x),), math.nan))
