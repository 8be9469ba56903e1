"""Trust-region numerics against dense linear algebra in float64."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Categorical, kl_divergence
from torch.func import functional_call

from rivals import trust


@pytest.fixture
def policy():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)).double()


@pytest.fixture
def state():
    return torch.randn(40, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def dense_fisher(policy, state):
    """E over states and actions of the outer product of ∇ log π(a|s)."""
    weights = list(policy.parameters())
    size = sum(w.numel() for w in weights)
    fisher = torch.zeros(size, size, dtype=torch.float64)
    for s in state:
        log = policy(s).log_softmax(-1)
        for chance, score in zip(log.exp().detach(), log, strict=True):
            slope = trust.flat(torch.autograd.grad(score, weights, retain_graph=True))
            fisher += chance * torch.outer(slope, slope) / len(state)
    return fisher


def kl_from_itself(policy, state):
    new = Categorical(logits=policy(state))
    return kl_divergence(Categorical(logits=policy(state).detach()), new).mean()


def test_conjugate_gradient_is_the_dense_solution():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(12, 12, generator=generator, dtype=torch.float64)
    matrix = root @ root.T + torch.eye(12, dtype=torch.float64)
    b = torch.randn(12, generator=generator, dtype=torch.float64)
    x = trust.conjugate_gradient(lambda v: matrix @ v, b, iterations=40, tolerance=1e-24)
    torch.testing.assert_close(x, torch.linalg.solve(matrix, b), rtol=1e-9, atol=1e-9)


def test_conjugate_gradient_stops_early_and_takes_zero():
    products = []
    x = trust.conjugate_gradient(lambda v: products.append(v) or 2 * v, torch.ones(5), iterations=10)
    torch.testing.assert_close(x, torch.full((5,), 0.5))
    assert len(products) == 1, "one product solves a multiple of the identity"
    assert torch.equal(trust.conjugate_gradient(lambda v: v, torch.zeros(3)), torch.zeros(3))


@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_fisher_product_is_the_dense_matrix(policy, state, damping):
    fisher = dense_fisher(policy, state)
    product = trust.fisher_product(kl_from_itself(policy, state), list(policy.parameters()), damping)
    for seed in range(3):
        v = torch.randn(len(fisher), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        torch.testing.assert_close(product(v), fisher @ v + damping * v, rtol=1e-9, atol=1e-11)


def test_line_search_takes_the_largest_step_that_keeps_both_promises():
    def gain_up_to(edge):
        return lambda t: (t if t <= edge else -1.0, 0.01 * t * t)

    assert trust.line_search(gain_up_to(1.0), 1.0, 0.02) == 1.0
    assert trust.line_search(gain_up_to(0.3), 1.0, 0.02) == 0.25
    assert trust.line_search(gain_up_to(1.0), 1.0, 0.002) == 0.25, "the limit of the KL halves it too"
    assert trust.line_search(gain_up_to(0.0), 1.0, 0.02) == 0.0, "nothing helps: stay"
    assert trust.line_search(lambda t: (math.nan if t > 0.5 else t, 0.0), 1.0, 0.02) == 0.5
    assert trust.line_search(lambda t: (0.05 * t, 0.0), 1.0, 0.02) == 0.0, "a twentieth of what was expected"


def test_policy_step_is_the_natural_gradient_scaled_to_the_limit(policy, state):
    action = Categorical(logits=policy(state)).sample()
    advantage = torch.randn(40, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    limit, damping = 1e-6, 0.1
    step = trust.flat(trust.policy_step(policy, state, action, advantage, limit=limit, damping=damping))

    standard = (advantage - advantage.mean()) / advantage.std(correction=0)
    loss = (Categorical(logits=policy(state)).log_prob(action) * standard).mean()
    slope = trust.flat(torch.autograd.grad(loss, list(policy.parameters())))
    fisher = dense_fisher(policy, state) + damping * torch.eye(len(slope), dtype=torch.float64)
    natural = torch.linalg.solve(fisher, slope)
    whole = natural * (2 * limit / (natural @ fisher @ natural)).sqrt()
    torch.testing.assert_close(step, whole, rtol=1e-2, atol=1e-6)


def test_policy_step_gains_within_its_limit_and_moves_nothing_itself(policy, state):
    before = [w.clone() for w in policy.parameters()]
    action = Categorical(logits=policy(state)).sample()
    advantage = (action == 2).double()
    step = trust.policy_step(policy, state, action, advantage, limit=0.01)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.parameters(), strict=True))

    old = Categorical(logits=policy(state))
    names = [name for name, _ in policy.named_parameters()]
    moved = dict(zip(names, [w + s for w, s in zip(before, step, strict=True)], strict=True))
    new = Categorical(logits=functional_call(policy, moved, (state,)))
    assert 1e-4 < kl_divergence(old, new).mean() <= 0.02
    assert new.probs[:, 2].mean() > old.probs[:, 2].mean()


def test_generalised_advantage_by_hand():
    reward, value = torch.tensor([[1.0, 2.0, 4.0]]), torch.tensor([[0.5, 1.0, 2.0]])
    after = torch.tensor([[1.0, 3.0, 8.0]])
    ended, terminated = torch.tensor([[False, True, True]]), torch.tensor([[False, True, False]])
    advantage = trust.generalised_advantage(reward, value, after, ended, terminated, 0.5, 0.5)
    # the second step fell: nothing follows; the third was cut by the horizon: its value goes on
    second, third = 2.0 - 1.0, 4.0 + 0.5 * 8.0 - 2.0
    torch.testing.assert_close(advantage, torch.tensor([[1.0 + 0.5 * 1.0 - 0.5 + 0.25 * second, second, third]]))


def test_flat_and_unflat_are_inverse():
    parts = [torch.randn(2, 3), torch.randn(4), torch.randn(())]
    again = trust.unflat(trust.flat(parts), parts)
    assert all(torch.equal(a, b) for a, b in zip(parts, again, strict=True))
