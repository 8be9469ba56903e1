from __future__ import annotations

import math
import re

import pytest
import torch
from torch.distributions import Normal

from rivals.errors import RivalsError, UsageError
from rivals.metrics import likelihood
from rivals.metrics.likelihood import bits_per_dimension, elbo, importance_weighted_bound, logit, nats


def test_a_uniform_density_takes_all_bits() -> None:
    dims = 784
    for width, step in ((256 / 127.5, 1 / 127.5), (1.0, 1 / 256), (256.0, 1.0)):
        density = torch.tensor(dims * math.log(width))  # uniform over all levels
        assert bits_per_dimension(density, dims, step).item() == pytest.approx(8, rel=1e-6)
    assert bits_per_dimension(torch.tensor([10 * math.log(2)]), 5, 1.0).tolist() == pytest.approx([2])


def test_a_model_of_the_levels_is_bounded_by_its_dequantised_density() -> None:
    probability = torch.tensor([0.1, 0.2, 0.3, 0.4]).double()
    levels = torch.multinomial(probability, 5000, replacement=True, generator=torch.Generator().manual_seed(0))
    step = 2 / 3
    density = -(probability[levels] / step).log()  # constant on each level's interval, so the bound is met
    exact = -probability[levels].log2()
    assert bits_per_dimension(density, 1, step).numpy() == pytest.approx(exact.numpy())


def test_nats_are_the_inverse() -> None:
    values = torch.linspace(-500, 900, 7)
    assert nats(bits_per_dimension(values, 48), 48).numpy() == pytest.approx(values.numpy(), rel=1e-6)
    assert nats(torch.tensor(8.0), 10, 1 / 256).item() == pytest.approx(0, abs=1e-9)


def test_the_logits_log_determinant_is_autograds() -> None:
    x = torch.rand(3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y, log_det = logit(x, 0.1)
    for i in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda z: torch.logit(0.1 + 0.8 * z), x[i])
        assert log_det[i].item() == pytest.approx(torch.linalg.slogdet(jacobian).logabsdet.item(), rel=1e-9)
    assert torch.sigmoid(y).numpy() == pytest.approx((0.1 + 0.8 * x).numpy())
    # a standard logistic y is a uniform s, so x has the density 1 - 2α
    density = torch.nn.functional.logsigmoid(y).sum(1) + torch.nn.functional.logsigmoid(-y).sum(1) + log_det
    assert density.tolist() == pytest.approx([4 * math.log(0.8)] * 3)


def weights(k: int, n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """log p(x, z) and log q(z|x) of z ~ N(0, 1), x|z ~ N(z, 1) at x = 1, with q wider than the posterior N(½, ½)."""
    q = Normal(torch.tensor(0.5).double(), 1.0)
    z = 0.5 + torch.randn(k, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    standard = Normal(torch.tensor(0.0).double(), 1.0)
    return standard.log_prob(z) + standard.log_prob(1 - z), q.log_prob(z)


def test_bounds_tighten_with_more_samples() -> None:
    truth = Normal(0.0, math.sqrt(2)).log_prob(torch.tensor(1.0)).item()
    bounds = [importance_weighted_bound(torch.sub(*weights(k, 20_000, k))).mean().item() for k in (1, 2, 8, 64)]
    assert bounds == sorted(bounds)
    assert bounds[-1] < truth + 0.002
    assert bounds[-1] == pytest.approx(truth, abs=0.01)
    gap = 0.5 * (1 / 0.5 - 1 - math.log(1 / 0.5))  # KL of N(½, 1) from N(½, ½)
    assert bounds[0] == pytest.approx(truth - gap, abs=0.02)


def test_the_exact_posterior_gives_the_likelihood() -> None:
    joint, _ = weights(4, 6, 0)
    z = 0.5 + torch.randn(4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    q = Normal(torch.tensor(0.5).double(), math.sqrt(0.5)).log_prob(z)
    truth = Normal(0.0, math.sqrt(2)).log_prob(torch.tensor(1.0)).item()
    assert elbo(joint, q).tolist() == pytest.approx([truth] * 6)
    assert elbo(joint[0], q[0]).tolist() == pytest.approx([truth] * 6)
    assert importance_weighted_bound(joint - q).tolist() == pytest.approx([truth] * 6)


def test_large_weights_do_not_overflow_and_impossible_ones_count_as_zero() -> None:
    assert importance_weighted_bound(torch.tensor([[-2000.0], [-math.inf]])).item() == pytest.approx(
        -2000 - math.log(2)
    )
    assert importance_weighted_bound(torch.tensor([[3000.0]])).item() == 3000


def test_streaming_means_equal_the_functions() -> None:
    joint, q = weights(3, 10, 1)
    for metric, batches, value in (
        (likelihood.Nats(), [(joint[0, :4],), (joint[0, 4:],)], joint[0].mean()),
        (likelihood.BitsPerDimension(7), [(joint[0, :4],), (joint[0, 4:],)], bits_per_dimension(joint[0], 7).mean()),
        (likelihood.ELBO(), [(joint[:, :4], q[:, :4]), (joint[:, 4:], q[:, 4:])], elbo(joint, q).mean()),
        (likelihood.ImportanceWeightedBound(), [(joint[:, :4],), (joint[:, 4:],)],
         torch.cat([importance_weighted_bound(joint[:, :4]), importance_weighted_bound(joint[:, 4:])]).mean()),
    ):  # fmt: skip
        for batch in batches:
            metric.update(*batch)
        assert metric.compute() == pytest.approx(value.item(), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: bits_per_dimension(torch.zeros(1), 0), UsageError, "at least 1 dimension, not 0"),
        (lambda: nats(torch.zeros(1), 3, -1.0), UsageError, "the step between levels is above 0, not -1.0"),
        (lambda: likelihood.BitsPerDimension(3, 0.0), UsageError, "the step between levels is above 0, not 0.0"),
        (lambda: bits_per_dimension(torch.tensor([1, math.nan]), 3), RivalsError, "1 of 2 negative log-likelihoods"),
        (lambda: logit(torch.tensor([[0.0, 2.0]])), RivalsError, "takes data in [0, 1], and this reaches from 0 to 2"),
        (lambda: logit(torch.zeros(1, 2), 0.5), UsageError, "alpha is above 0 and below 0.5, not 0.5"),
        (lambda: elbo(torch.zeros(3), torch.zeros(4)), RivalsError, "two (N,) or two (K, N), not (3,) with (4,)"),
        (lambda: importance_weighted_bound(torch.zeros(3)), RivalsError, "takes log-weights (K, N), not (3,)"),
    ],
)
def test_bad_input_is_refused(call, error: type[RivalsError], sentence: str) -> None:
    with pytest.raises(error, match=re.escape(sentence)):
        call()
