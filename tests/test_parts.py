"""Objectives, penalties, constraints, priors and views against closed forms and finite differences, in float64."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from rivals import constraints, noise, objectives, parts, penalties, priors, views
from rivals.errors import UsageError
from rivals.objectives import Pass

R = torch.tensor([2.0, -1.0, 0.5], dtype=torch.double)
F = torch.tensor([-0.5, 1.5, 0.0], dtype=torch.double)


def log_sigmoid(t: float) -> float:
    return -math.log1p(math.exp(-t))


def average(real, fake, share=0.5):
    """The relativistic average form from two scalar functions, written out with numpy."""
    return lambda a, b: share * (real(a - b.mean()) + fake(b - a.mean()))


# name -> critic(r, f), generator(f, r), elementwise on numpy arrays
CLOSED = {
    "non_saturating": (
        lambda r, f: -np.vectorize(log_sigmoid)(r) - np.vectorize(log_sigmoid)(-f),
        lambda f, r: -np.vectorize(log_sigmoid)(f),
    ),
    "minimax": (
        lambda r, f: -np.vectorize(log_sigmoid)(r) - np.vectorize(log_sigmoid)(-f),
        lambda f, r: np.vectorize(log_sigmoid)(-f),
    ),
    "least_squares": (lambda r, f: (r - 1) ** 2 / 2 + f**2 / 2, lambda f, r: (f - 1) ** 2 / 2),
    "wasserstein": (lambda r, f: f - r, lambda f, r: -f),
    "hinge": (lambda r, f: np.maximum(0, 1 - r) + np.maximum(0, 1 + f), lambda f, r: -f),
    "relativistic": (
        lambda r, f: -np.vectorize(log_sigmoid)(r - f),
        lambda f, r: -np.vectorize(log_sigmoid)(f - r),
    ),
    "relativistic_average": (
        average(lambda t: -np.vectorize(log_sigmoid)(t), lambda t: -np.vectorize(log_sigmoid)(-t)),
        average(lambda t: -np.vectorize(log_sigmoid)(t), lambda t: -np.vectorize(log_sigmoid)(-t)),
    ),
    "relativistic_average_least_squares": (
        average(lambda t: (t - 1) ** 2, lambda t: (t + 1) ** 2),
        average(lambda t: (t - 1) ** 2, lambda t: (t + 1) ** 2),
    ),
    "relativistic_average_hinge": (
        average(lambda t: np.maximum(0, 1 - t), lambda t: np.maximum(0, 1 + t)),
        average(lambda t: np.maximum(0, 1 - t), lambda t: np.maximum(0, 1 + t)),
    ),
}

# name -> f of f(u), E_Q f(p/q); conjugates found numerically, f*(t) = sup over u > 0 of ut - f(u)
DIVERGENCES = {
    "kl": lambda u: u * np.log(u),
    "reverse_kl": lambda u: -np.log(u),
    "pearson": lambda u: (u - 1) ** 2,
    "hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "js": lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
    "gan": lambda u: u * np.log(u) - (u + 1) * np.log(u + 1),
    "total_variation": lambda u: np.abs(u - 1) / 2,
}
CLOSED["f_divergence"] = (lambda r, f: np.exp(f - 1) - r, lambda f, r: -f)  # Kullback-Leibler, the default
CLOSED["energy"] = (lambda r, f: -r + np.maximum(0, 1 + f), lambda f, r: -f)  # E = -D, the margin 1 by default
CLOSED["loss_sensitive"] = (lambda r, f: np.maximum(0, -r), lambda f, r: -f)
CLOSED["unadversarial"] = (
    lambda r, f: -np.vectorize(log_sigmoid)(r) - np.vectorize(log_sigmoid)(f),
    lambda f, r: -np.vectorize(log_sigmoid)(f),
)
CLOSED["margin"] = (
    lambda r, f: np.maximum(0, 0.9 - r) ** 2 + 0.5 * np.maximum(0, f - 0.1) ** 2,
    lambda f, r: np.maximum(0, 0.9 - f) ** 2,
)
CLOSED["critic_only"] = (CLOSED["non_saturating"][0], lambda f, r: 0 * f)  # of the non-saturating one, by default


@pytest.mark.parametrize("name", DIVERGENCES)
def test_f_divergences_are_the_conjugate_of_f_at_the_activation(name):
    objective = parts.make("objective", f"f_divergence(divergence={name})")
    saturating = parts.make("objective", f"f_divergence(divergence={name}, saturating=true)")
    v = torch.linspace(-0.9, 0.9, 7, dtype=torch.double)
    g = -objective.generator(v)
    conjugate = -saturating.generator(v)
    assert torch.allclose(objective.critic(v, v.flip(0)), conjugate.flip(0) - g)
    u = np.exp(np.linspace(-12, 5, 400_001))
    numeric = np.array([(u * t - DIVERGENCES[name](u)).max() for t in g.numpy()])
    assert np.allclose(conjugate.numpy(), numeric, atol=2e-5)
    assert (g.diff() > 0).all()  # high on reals


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_pack_stacks_neighbours_along_channels(m):
    x = torch.arange(7 * 2 * 2 * 2.0).view(7, 2, 2, 2)
    packed = parts.make("view", f"pack(m={m})")(x)
    assert packed.shape == (7 // m, 2 * m, 2, 2)
    assert all(torch.equal(packed[i, 2 * j : 2 * j + 2], x[i * m + j]) for i in range(7 // m) for j in range(m))
    with pytest.raises(UsageError, match="pack"):
        parts.make("view", "pack(m=8)")(x)


def softplus(t):
    return np.log1p(np.exp(t))


# objectives on the logits (N, K) of several critics -> critic(r, f), generator(f), as numbers or (N,)
PANELS = {
    "many_critics": (
        lambda r, f: (softplus(-r) + softplus(f)).sum(1),
        lambda f: softplus(-f).mean(0).mean(),  # the arithmetic mean over critics, by default
    ),
    "dual": (
        lambda r, f: -0.2 * np.log(softplus(r[:, 0])) + softplus(-r[:, 1]) - PANELS["dual"][1](f),
        lambda f: 0.1 * np.log(softplus(-f[:, 1])) - softplus(f[:, 0]),
    ),
}


def test_every_objective_has_its_closed_form_here():
    assert set(CLOSED) | set(PANELS) == set(parts.names("objective"))


@pytest.mark.parametrize("name", PANELS)
def test_objectives_of_several_critics_equal_their_closed_form(name):
    objective = parts.make("objective", name)
    critic, generator = PANELS[name]
    r, f = torch.stack([R, F], 1), torch.stack([F, R + 0.3], 1)
    assert torch.allclose(objective.critic(r, f), torch.from_numpy(critic(r.numpy(), f.numpy())))
    assert torch.allclose(objective.generator(f), torch.as_tensor(generator(f.numpy())))


@pytest.mark.parametrize("name", CLOSED)
def test_objectives_equal_their_closed_form(name):
    objective = parts.make("objective", name)
    critic, generator = CLOSED[name]
    assert torch.allclose(objective.critic(R, F), torch.from_numpy(critic(R.numpy(), F.numpy())))
    assert torch.allclose(objective.generator(F, R), torch.from_numpy(generator(F.numpy(), R.numpy())))
    if not objective.both:
        assert torch.equal(objective.generator(F), objective.generator(F, R))


@pytest.mark.parametrize("name", CLOSED)
def test_objectives_gradients_pass_finite_differences(name):
    objective = parts.make("objective", name)
    r, f = (R + 0.13).requires_grad_(), (F + 0.07).requires_grad_()
    assert torch.autograd.gradcheck(objective.critic, (r, f))
    assert torch.autograd.gradcheck(objective.generator, (f, r))


def test_a_patch_critics_map_is_averaged():
    objective = objectives.least_squares()
    r, f = torch.randn(3, 1, 4, 4), torch.randn(3, 1, 4, 4)
    expected = ((r - 1) ** 2 / 2 + f**2 / 2).mean((1, 2, 3))
    assert torch.allclose(objective.critic(r, f), expected)


# ---- penalties on D(x) = ½ xᵀAx + bᵀx, whose gradient is Ax + b -----------------------------------------------------

A = torch.tensor([[2.0, 0.5], [0.5, -1.0]], dtype=torch.double)
B = torch.tensor([0.3, -0.7], dtype=torch.double)
X = torch.tensor([[1.0, 2.0], [-1.0, 0.5]], dtype=torch.double)
Y = torch.tensor([[0.0, -1.0], [2.0, 1.0]], dtype=torch.double)


def quadratic(x):
    return 0.5 * (x @ A * x).sum(1) + x @ B


def the_pass(updates=0):
    return Pass(quadratic, X, Y, quadratic(X), quadratic(Y), Y, None, updates)


def norm(x):
    return (x @ A + B).norm(dim=1)


def test_slopes_are_the_gradients_norm():
    assert torch.allclose(penalties.slope(quadratic, X), norm(X))
    assert torch.allclose(penalties.squared_slope(quadratic, X), norm(X) ** 2)


def between():
    with noise.seeded(torch.device("cpu"), "u"):
        u = noise.uniform(2).double()[:, None]
    return u * X + (1 - u) * Y


PENALTIES = {
    "gradient_penalty(weight=3)": lambda: 3 * (norm(between()) - 1) ** 2,
    "gradient_penalty(weight=3, target=9, sides='one')": lambda: 3 * (norm(between()) - 9).clamp_min(0) ** 2,
    "r1(gamma=4)": lambda: 2 * norm(X) ** 2,
    "r2(gamma=4)": lambda: 2 * norm(Y) ** 2,
    "lazy_r1(gamma=4, k=3)": lambda: 3 * 2 * norm(X) ** 2,
    "drift(weight=0.5)": lambda: 0.5 * quadratic(X) ** 2,
    "js_regulariser(gamma=4)": lambda: (
        2 * ((-quadratic(X)).sigmoid() * norm(X)) ** 2 + 2 * (quadratic(Y).sigmoid() * norm(Y)) ** 2
    ),
}


@pytest.mark.parametrize("text", PENALTIES)
def test_penalties_equal_their_closed_form(text):
    with noise.seeded(torch.device("cpu"), "u"):
        value = parts.make("penalty", text)(the_pass())
    assert torch.allclose(value, PENALTIES[text]())


def test_dragan_perturbs_reals_alone():
    seen = []

    def critic(x):
        seen.append(x.detach().clone())
        return quadratic(x)

    with noise.seeded(torch.device("cpu"), "u"):
        value = parts.make("penalty", "dragan(weight=2, spread=0.5)")(
            Pass(critic, X, Y * torch.nan, None, F, Y, None, 0)
        )
    moved = seen[0] - X
    assert moved.min() >= 0
    assert moved.max() <= 0.5 * X.std()
    assert torch.allclose(value, 2 * (norm(seen[0]) - 1) ** 2)


def test_a_lazy_penalty_follows_the_critics_own_count():
    lazy = parts.make("penalty", "lazy_r1(gamma=4, k=3)")
    assert [bool((lazy(the_pass(u)) > 0).any()) for u in range(6)] == [True, False, False, True, False, False]


@pytest.mark.parametrize("text", ["gradient_penalty(3)", "r1(2)", "r2(2)", "dragan"])
def test_penalties_second_derivatives_pass_finite_differences(text):
    """The penalty's gradient in the critic's weights, against differences, in float64."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.Softplus(), nn.Linear(4, 1), nn.Flatten(0)).double()
    make = parts.make("penalty", text)

    def value(*weights):
        for old, new in zip(net.parameters(), weights, strict=True):
            old.data.copy_(new)

        def critic(x):
            return torch.func.functional_call(net, dict(zip(dict(net.named_parameters()), weights, strict=True)), x)

        with noise.seeded(torch.device("cpu"), "u"):
            return make(Pass(critic, X, Y, critic(X), critic(Y), Y, None, 0)).sum()

    weights = [w.detach().clone().requires_grad_() for w in net.parameters()]
    assert torch.autograd.gradcheck(value, weights, atol=1e-6)


def test_every_penalty_is_tried_here():
    tried = {text.partition("(")[0] for text in PENALTIES} | {"dragan"}
    assert tried == set(parts.names("penalty"))


def test_a_slope_of_zero_has_a_finite_derivative():
    w = torch.zeros(2, requires_grad=True)
    penalties.slope(lambda x: x @ w, torch.ones(3, 2)).sub(1).square().sum().backward()
    assert w.grad.isfinite().all()


# ---- the rest --------------------------------------------------------------------------------------------------------


def test_clipping_bounds_every_weight():
    net = nn.Linear(3, 3)
    nn.init.constant_(net.weight, 5.0)
    constraints.clip(0.1)(net)
    assert net.weight.max().item() == pytest.approx(0.1)
    assert net.bias.abs().max() <= 0.1


def test_priors_have_their_moments():
    with noise.seeded(torch.device("cpu"), "prior"):
        z = priors.Gaussian(3)(20_000)
        u = priors.Uniform(3)(20_000)
        prior = priors.Codes(2, 5, 1)
        _, category, codes = prior.split(prior(20_000))
    assert z.mean().abs() < 0.02
    assert z.std() == pytest.approx(1, abs=0.02)
    assert u.abs().max() <= 1
    assert u.var() == pytest.approx(1 / 3, abs=0.01)
    assert torch.equal(category.sum(1), torch.ones(20_000))
    assert category.mean(0).sub(0.2).abs().max() < 0.01
    assert codes.abs().max() <= 1


def test_views_move_pixels_as_they_say():
    x = torch.arange(2 * 3 * 5.0).view(2, 1, 3, 5).repeat(40, 1, 1, 1)
    with noise.seeded(torch.device("cpu"), "view"):
        flipped, shifted, noisy = views.flip()(x), views.shift(1)(x), views.instance_noise(0.5)(x)
    same = (flipped == x).flatten(1).all(1)
    mirrored = (flipped == x.flip(3)).flatten(1).all(1)
    assert (same ^ mirrored).all()
    assert 20 < same.sum() < 60
    assert shifted.shape == x.shape
    padded = nn.functional.pad(x, [1] * 4, mode="replicate")
    places = [padded[:, :, i : i + 3, j : j + 5] for i in range(3) for j in range(3)]
    found = torch.stack([(shifted == p).flatten(1).all(1) for p in places])
    assert found.any(0).all()
    assert found.any(1).all(), "all nine places occur"
    assert (noisy - x).std() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("objective", "hinges", "did you mean 'hinge'"),
        ("penalty", "r1(gama=1)", "penalty r1 has no option 'gama', did you mean 'gamma'"),
        ("penalty", "r1(gamma='x')", "'gamma' must be float, not 'x'"),
        ("penalty", "r1(1, 2)", "takes gamma, not 2 values"),
        ("penalty", "r1(gamma=", "is not a penalty"),
        ("penalty", "__import__('os').system('true')", "is not a penalty"),
        ("prior", "gaussian", "prior gaussian needs size"),
        ("penalty", "gradient_penalty(sides='three')", "one of 'two', 'one'"),
    ],
)
def test_wrong_parts_are_refused_with_what_would_be_right(kind, text, sentence):
    with pytest.raises(UsageError, match=sentence):
        parts.make(kind, text)


def test_a_list_of_parts():
    assert len(parts.make_all("penalty", "[r1(gamma=1), r2]")) == 2
    assert len(parts.make_all("penalty", "r1")) == 1
    assert parts.make_all("penalty", "[]") == []


def test_noise_of_shards_is_the_noise_of_the_whole():
    def draw(index, count, n):
        source = noise.Noise(torch.Generator().manual_seed(0), index=index, count=count)
        token = noise.current.set(source)
        try:
            p = torch.tensor([0.0, 1.0, 3.0])
            return [noise.normal(n, 2), noise.uniform(n), noise.integers(n, 9), noise.choice(p, n)]
        finally:
            noise.current.reset(token)

    whole = draw(0, 1, 8)
    halves = [draw(i, 2, 4) for i in range(2)]
    for i, x in enumerate(whole):
        assert torch.equal(x, torch.cat([half[i] for half in halves]))


def test_choice_follows_the_weights_and_never_draws_a_zero():
    with noise.seeded(torch.device("cpu"), "choice"):
        drawn = noise.choice(torch.tensor([0.0, 1.0, 3.0, 0.0]), 8000)
    shares = torch.bincount(drawn, minlength=4) / 8000
    assert shares.tolist() == pytest.approx([0, 0.25, 0.75, 0], abs=0.02)
