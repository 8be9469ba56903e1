"""Capsules, the memory and the affine map against values worked out by hand."""

import math

import pytest
import torch
import torch.nn.functional as F

from rivals.nn.affine import Affine
from rivals.nn.capsules import Lengths, Primary, Routed, squash
from rivals.nn.memory import Memory
from rivals.objectives import margin


def test_squash_keeps_directions_and_bounds_lengths() -> None:
    s = torch.tensor([[3.0, 4.0], [0.03, 0.04], [0.0, 0.0]], dtype=torch.float64, requires_grad=True)
    v = squash(s)
    torch.testing.assert_close(Lengths()(v[None])[0, :2], torch.tensor([25 / 26, 0.0025 / 1.0025]).double())
    torch.testing.assert_close(v[0] / v[0].norm(), s[0] / 5)
    v.sum().backward()
    assert s.grad.isfinite().all()


def test_primary_capsules_are_the_channels_of_a_place() -> None:
    x = torch.arange(2 * 4 * 3.0).view(1, 8, 3, 1)  # two capsules of 4 numbers at each of three places
    capsules = Primary(4)(x)
    assert capsules.shape == (1, 6, 4)
    torch.testing.assert_close(capsules[0, 1], squash(x[0, :4, 1, 0]))


def test_routing_by_hand_and_its_gradient() -> None:
    torch.manual_seed(0)
    layer, u = Routed(3, 2, 4, 5, passes=2).double(), torch.randn(2, 3, 4, dtype=torch.float64)
    votes = torch.einsum("ijDd,nid->nijD", layer.weight, u)
    first = squash(votes.sum(1) / 2)
    agreement = torch.einsum("nijD,njD->nij", votes, first)
    by_hand = squash(torch.einsum("nij,nijD->njD", agreement.softmax(2), votes))
    torch.testing.assert_close(layer(u), by_hand)
    single = Routed(3, 1, 4, 5).double()
    torch.testing.assert_close(single(u), squash(torch.einsum("ijDd,nid->nijD", single.weight, u).sum(1)))
    (gradient,) = torch.autograd.grad(layer(u).sum(), layer.weight)
    assert gradient.abs().min() > 0


def test_margins_are_met_at_the_paper_s_lengths() -> None:
    objective = margin()
    lengths = torch.tensor([0.9, 1.0, 0.4])
    torch.testing.assert_close(objective.critic(lengths, torch.tensor([0.1, 0.0, 0.5])), torch.tensor([0, 0, 0.33]))
    torch.testing.assert_close(objective.generator(lengths), torch.tensor([0, 0, 0.25]))


def memory() -> Memory:
    held = Memory(4, 2, concentration=2.0, keep=0.5, smooth=1e-12).double()
    held.keys.copy_(torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]]))
    held.masses.copy_(torch.tensor([1.0, 3, 2, 2]))
    return held


def test_the_memory_says_real_by_the_posterior_of_its_slots() -> None:
    q = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    weights = [math.exp(2) * 1, 3, math.exp(-2) * 2, 2]
    real = (weights[0] + weights[1]) / sum(weights)
    assert torch.sigmoid(memory().logit(q)).item() == pytest.approx(real, rel=1e-6)


def test_the_memory_learns_by_a_step_of_em() -> None:
    held, q = memory(), F.normalize(torch.tensor([[1.0, 1], [2, 1]], dtype=torch.float64), dim=1)
    keys, masses = held.learnt(held.seen(q, -q).mean(0), 2)
    posterior = (2 * q @ held.keys[:2].T + held.masses[:2].log()).softmax(1)
    torch.testing.assert_close(masses[:2], 0.5 * held.masses[:2] + posterior.sum(0), rtol=1e-6, atol=1e-6)
    moved = 0.5 * held.masses[:2, None] * held.keys[:2] + posterior.T @ q
    torch.testing.assert_close(keys[:2], F.normalize(moved, dim=1), rtol=1e-6, atol=1e-6)
    assert masses.sum().item() == pytest.approx(0.5 * 8 + 4)


def test_a_starved_slot_takes_half_of_the_heaviest() -> None:
    held = memory()
    held.masses.copy_(torch.tensor([1e-3, 8.0, 4, 4]))
    keys, masses = held.learnt(torch.zeros(4, 3, dtype=torch.float64), 2)
    torch.testing.assert_close(masses, torch.tensor([2.0, 2, 2, 2]).double())
    assert (keys[0] @ keys[1]).item() > 0.98


def test_draws_are_slots_of_reals_by_their_mass() -> None:
    held = memory()
    drawn = held.draw(2_000)
    assert (drawn == 0).double().mean().item() == pytest.approx(0.25, abs=0.03)
    assert drawn.max() == 1


def test_an_affine_map_puts_the_middle_where_it_says_and_shrinks() -> None:
    layer = Affine(3, smallest=2.0)
    maps = layer.maps(torch.randn(50, 3) * 10)
    assert (maps[:, [0, 1], [0, 1]] >= 2).all()
    with torch.no_grad():
        layer.where.weight.zero_()
        layer.where.bias.copy_(torch.tensor([-30.0, -30, 0, 0, math.atanh(0.5), math.atanh(-0.5)]))
    moved = layer(torch.ones(1, 1, 16, 16), torch.zeros(1, 3))[0, 0]
    rows, columns = moved.nonzero().double().mean(0).tolist()
    assert (columns, rows) == pytest.approx((11.5, 3.5))  # places 0.5 and -0.5 of 16 pixels
    assert moved.sum().item() == pytest.approx(64, rel=0.02)
