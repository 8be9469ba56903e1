"""Styles by layer, their mean, path lengths against closed forms and finite differences, projections."""

import math

import pytest
import torch
from torch import nn

from rivals import noise, registry
from rivals.benchmark.measures import styles as measured
from rivals.data import named
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.objectives import Pass
from rivals.optim import sgd
from rivals.pictures import styles as pictures
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.styled import StyleGAN
from rivals.terms import PathLength

TINY = {"width": 4, "most": 8, "latent": 6, "depth": 2}


def make(**options: object) -> StyleGAN:
    game = registry.create("stylegan", named.load("digits").spec, seed=1, **{**TINY, **options})
    assert isinstance(game, StyleGAN)
    return game


def noisy(game: StyleGAN) -> StyleGAN:
    """With noise that shows, and a mean style that is not 0."""
    with torch.no_grad():
        for block in game.synthesis.net.blocks:
            block.strength.fill_(0.3)
        game.centre.uniform_(-1, 1)
    for player in game.generator.players:
        player.average.load_state_dict(player.net.state_dict())
    return game


# ---- path lengths ----------------------------------------------------------------------------------------------------


def term_of(*links: nn.Module, size: int = 3, **options: float) -> PathLength:
    term = PathLength(**options)
    term._links = tuple(Player(link, sgd(0.1)) for link in links)
    term._prior = (Gaussian(size),)
    return term


def seen(n: int = 16) -> Pass:
    x = torch.zeros(n, 4).double()
    return Pass(lambda x: x, x, x, x, x, torch.zeros(n, 3).double(), None, 0)


def test_path_lengths_in_bf16_are_those_of_float32_to_their_digits() -> None:
    game = make(width=8)
    (term,) = (t for t in game.terms if isinstance(t, PathLength))
    latent = torch.randn(16, 6, generator=torch.Generator().manual_seed(0))

    def lengths(half: bool) -> tuple[torch.Tensor, torch.Tensor]:
        rounded = torch.autocast("cpu", torch.bfloat16, enabled=half, cache_enabled=False)
        with rounded, noise.seeded(torch.device("cpu"), "lengths"):
            found = term.lengths(latent)
        slopes = torch.autograd.grad(found.mean(), game.synthesis.weights, allow_unused=True)
        return found.detach(), torch.cat([s.flatten() for s in slopes if s is not None])

    for half, whole in zip(lengths(True), lengths(False), strict=True):
        assert half.dtype == torch.float32
        assert 0 < (half - whole).norm() < 0.1 * whole.norm()


def test_the_lengths_of_a_linear_generator_are_those_of_its_transpose() -> None:
    torch.manual_seed(0)
    body = nn.Linear(3, 4).double()
    term, z = term_of(body), torch.randn(5, 3).double()
    with noise.seeded(z.device, 1):
        found = term.lengths(z)
    with noise.seeded(z.device, 1):
        y = noise.normal(5, 4).double()
    torch.testing.assert_close(found, (y @ body.weight).norm(dim=1))


def test_lengths_are_measured_at_the_last_players_input() -> None:
    torch.manual_seed(0)
    first, last = nn.Linear(3, 2).double(), nn.Sequential(nn.Linear(2, 4), nn.Tanh()).double()
    term, z = term_of(first, last), torch.randn(5, 3).double()
    with noise.seeded(z.device, 1):
        found = term.lengths(z)
    with noise.seeded(z.device, 1):
        y = noise.normal(5, 4).double()
    w, h = first(z).detach(), 1e-6
    slopes = [((last(w + h * e) - last(w - h * e)) * y).sum(1) / (2 * h) for e in torch.eye(2).double()]
    torch.testing.assert_close(found, torch.stack(slopes, 1).norm(dim=1), rtol=1e-6, atol=1e-8)


def test_the_gradient_of_the_penalty_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    first, last = nn.Linear(3, 2).double(), nn.Sequential(nn.Linear(2, 4), nn.Tanh()).double()
    term = term_of(first, last, weight=0.5, every=1)

    def loss() -> torch.Tensor:
        term.mean = torch.tensor(0.4).double()
        with noise.seeded(torch.device("cpu"), 2):
            return term.generator(seen()).mean()

    weights = [*first.parameters(), *last.parameters()]
    term._prior = (lambda n: Gaussian(3)(n).double(),)
    term.follow = 0.0  # a is a constant of the penalty, though it follows the lengths
    gradients = torch.autograd.grad(loss(), weights, allow_unused=True)
    for weight, gradient in zip(weights, gradients, strict=True):
        flat, h = weight.data.view(-1), 1e-6
        for i in range(len(flat)):
            there = flat[i].item()
            flat[i] = there + h
            up = loss().item()
            flat[i] = there - h
            down = loss().item()
            flat[i] = there
            own = 0.0 if gradient is None else gradient.view(-1)[i].item()
            assert own == pytest.approx((up - down) / (2 * h), rel=1e-4, abs=1e-7)


def test_the_penalty_is_lazy_and_its_mean_starts_at_the_first_lengths() -> None:
    torch.manual_seed(0)
    term = term_of(nn.Linear(3, 4), weight=0.5, every=4, follow=0.25)
    term._prior = (Gaussian(3),)
    with noise.seeded(torch.device("cpu"), 1):
        loss = term.generator(seen())
    with noise.seeded(torch.device("cpu"), 1):
        lengths = term.lengths(Gaussian(3)(8))
    assert term.mean.item() == pytest.approx(lengths.mean().item())
    torch.testing.assert_close(loss, 4 * 0.5 * (lengths - lengths.mean()).square())
    before = term.mean.item()
    term._links[-1].updates = 3
    assert term.generator(seen()) is None
    assert term.mean.item() == before
    term._links[-1].updates = 8
    with noise.seeded(torch.device("cpu"), 2):
        term.generator(seen())
    with noise.seeded(torch.device("cpu"), 2):
        new = term.lengths(Gaussian(3)(8)).mean().item()
    assert term.mean.item() == pytest.approx(0.75 * before + 0.25 * new)


def test_any_recipe_can_take_the_term_and_shards_agree() -> None:
    means = []
    for accumulate in (1, 2):
        game = registry.create(
            "gan", named.load("digits").spec, seed=2, hidden=(8,), latent=4, terms="[path_length(every=1)]"
        )
        run = Run(game, named.load("digits"), steps=2, batch=8, seed=0, accumulate=accumulate, save_every=10**9)
        run.train()
        means.append(game.terms[0].mean.item())
    assert means[0] > 0
    assert means[1] == pytest.approx(means[0], rel=1e-4)
    for text in ("path_length(weight=-1)", "path_length(every=0)", "path_length(follow=0)"):
        with pytest.raises(UsageError, match="path_length"):
            registry.create("gan", named.load("digits").spec, hidden=(8,), terms=f"[{text}]")


# ---- the game --------------------------------------------------------------------------------------------------------


def test_fakes_of_two_latents_change_at_one_layer_and_only_in_training() -> None:
    game, given = make(mixing=1.0), []
    assert isinstance(game.generator, Chain)
    game.synthesis.net.register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
    z = torch.randn(200, 6)
    game.fake(z)
    own = game.mapping(z)
    (w,) = given
    same = (w == own[:, None]).all(2)
    assert same[:, 0].all()  # the first layer is always of the first latent
    cut = same.sum(1)
    assert torch.equal(same, torch.arange(game.layers) < cut[:, None])
    assert set(cut.tolist()) == set(range(1, game.layers))
    game.eval()
    game.fake(z)
    torch.testing.assert_close(given[1].expand_as(own), own)
    game.train()
    game.mixing = 0.25
    game.fake(z)
    share = ((given[2] == own[:, None]).all(2).sum(1) < game.layers).float().mean().item()
    assert share == pytest.approx(0.25, abs=0.1)


def test_the_mean_style_follows_new_styles_slowly() -> None:
    game = make()
    Run(game, named.load("digits"), steps=1, batch=8, seed=0, save_every=10**9).train()
    assert 0 < game.centre.norm() < 0.02 * game.mapping(torch.randn(64, 6)).norm(dim=1).mean()


def test_truncation_draws_styles_to_the_mean() -> None:
    game, z = noisy(make()), torch.randn(3, 6)
    w = game.styles(z)
    assert w.shape == (3, game.layers, 6)
    torch.testing.assert_close(game.styles(z, 0.0), game.centre.expand_as(w))
    torch.testing.assert_close(game.styles(z, 0.4), game.centre + 0.4 * (w - game.centre))
    plain = game.sample(4, seed=3)
    game.truncation = 0.0
    assert not torch.equal(game.sample(4, seed=3), plain)
    whole = make(truncation=0.5)
    assert whole.truncation == 0.5


def test_mixing_takes_the_first_layers_of_one_and_the_rest_of_the_other() -> None:
    game, (a, b) = noisy(make()), torch.randn(2, 3, 6)
    pure = [game.synthesise(game.styles(z)) for z in (a, b)]
    assert torch.equal(game.mix(a, b, game.layers), pure[0])
    assert torch.equal(game.mix(a, b, 0), pure[1])
    w = torch.cat([game.styles(a)[:, :2], game.styles(b)[:, 2:]], 1)
    assert torch.equal(game.mix(a, b, 2), game.synthesise(w))
    with pytest.raises(UsageError, match="layers 0 to 4"):
        game.mix(a, b, 5)


def test_a_picture_of_the_generator_is_found_again() -> None:
    torch.manual_seed(0)
    game, z = noisy(make()), torch.randn(2, 6)
    x = 0.4 * game.synthesise(game.styles(z))
    weights = [p.detach().clone() for p in game.parameters()]
    errors = [(game.synthesise(game.centre.expand(2, -1)) - x).square().mean().item()]
    for space in ("w", "w+"):
        w, made = game.project(x, 25, space, weight=0.0)
        assert w.shape == (2, game.layers, 6)
        assert (w == w[:, :1]).all() == (space == "w")
        assert torch.equal(game.synthesise(w), made)
        errors.append((made - x).square().mean().item())
    assert errors[2] < 0.3 * errors[0]
    assert errors[2] < errors[1] < 0.8 * errors[0]  # a style for each layer can say more
    assert all(torch.equal(p, q) and p.grad is None for p, q in zip(game.parameters(), weights, strict=True))
    for bad in ({"space": "z"}, {"steps": 0}):
        with pytest.raises(UsageError, match="into w or w"):
            game.project(x, **bad)


def test_a_slot_replaces_the_augmentation() -> None:
    assert "view.p" in make().state_dict()
    assert "view.p" not in make(view=None).state_dict()
    assert make(view="flip").view is not None
    for bad, sentence in ({"mixing": 2.0}, "mixing is a probability"), ({"group": 0}, "at least 1"):
        with pytest.raises(UsageError, match=sentence):
            make(**bad)


def test_lazy_losses_shorten_adams_memory() -> None:
    game = make(rate=1e-2)
    (group,) = game.critic.optimizer.param_groups
    assert group["lr"] == pytest.approx(1e-2 * 16 / 17)
    assert group["betas"][1] == pytest.approx(math.pow(0.99, 16 / 17))


# ---- what is shown of it ---------------------------------------------------------------------------------------------


def test_pictures_have_a_tile_for_each_combination() -> None:
    game = noisy(make())
    assert pictures.mixing(game, 2, rows=2, columns=3).size == (4 * 66 + 2, 3 * 66 + 2)
    assert pictures.truncation(game, 2, (1.0, 0.0)).size == (2 * 66 + 2, 2 * 66 + 2)
    x = torch.zeros(5, 1, 8, 8)
    assert pictures.projection(game, x, 1).size == (5 * 66 + 2, 3 * 66 + 2)
    with pytest.raises(UsageError, match="at least 1 row"):
        pictures.mixing(game, 2, rows=0)
    with pytest.raises(UsageError, match="at least 1 latent"):
        pictures.truncation(game, 2, ())


def test_the_measures_read_a_saved_game(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(measured, "SAMPLES", 40)
    noisy(make()).save_pretrained(tmp_path / "model")
    layers = measured.style_layers(tmp_path / "model", "digits", 0)
    assert layers.value == pytest.approx(layers.also["coarse"] - layers.also["fine"])
    assert measured.path_length(tmp_path / "model", "digits", 0).value > 0
    cut = measured.truncation(tmp_path / "model", "digits", 0)
    assert cut.value <= cut.also["recall 1"]
