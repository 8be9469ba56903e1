"""Adaptive augmentation: the identity at p = 0, what each kind does, what leaks, and how p follows the critic."""

import copy

import pytest
import torch
from torch import nn

from rivals import noise, parts, registry
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn import augment
from rivals.objectives import Pass, non_saturating
from rivals.optim import adam, sgd
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.views import Augmentation

KINDS = [augment.blit, augment.geometry, augment.colour]
ONE, NONE = torch.ones(()), torch.zeros(())


def pictures(n: int = 6, channels: int = 3, height: int = 8, width: int = 8) -> torch.Tensor:
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 8, 8), (2, 6, 9)])
def test_no_probability_is_the_identity_bit_by_bit(kind, shape):
    x = pictures(5, *shape)
    assert torch.equal(kind(x, NONE), x)
    y = kind(x.requires_grad_(), ONE)
    assert y.shape == x.shape
    assert not torch.equal(y, x)
    assert torch.autograd.grad(y.sum(), x)[0].abs().sum() > 0


def test_the_share_of_pictures_that_change_is_p():
    x = pictures(1).expand(4000, -1, -1, -1)
    for kind, p, expected in (
        (augment.geometry, 0.3, 1 - 0.7**4),  # two rotations together have 1 - p
        (augment.colour, 0.2, 1 - 0.8**4 * (1 - 0.2 / 2)),  # half of the drawn luma mirrors are none
    ):
        changed = (kind(x, torch.tensor(p)) != x).flatten(1).any(1).float().mean().item()
        assert changed == pytest.approx(expected, abs=0.03)


def test_blits_are_symmetries_of_the_square_and_whole_shifts():
    x = pictures(1, 1, 4, 4)  # an eighth of 4 pixels is half a pixel: rounded to none, or to one at its very end
    seen = {tuple(y.flatten().tolist()) for y in augment.blit(x.expand(500, -1, -1, -1), ONE)}
    square = {tuple(z.rot90(k, (2, 3)).flatten().tolist()) for z in (x, x.flip(3)) for k in range(4)}
    assert seen == square
    wide = {tuple(y.flatten().tolist()) for y in augment.blit(pictures(1, 1, 2, 3).expand(300, -1, -1, -1), ONE)}
    assert len(wide) == 4
    one = torch.zeros(2000, 1, 9, 9)
    one[:, :, 4, 4] = 1
    places = {tuple(y.nonzero()[0, 1:].tolist()) for y in augment.blit(one, ONE)}
    assert places == {(4 + i, 4 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_what_moves_in_is_the_mirrored_picture():
    shift = torch.tensor([2.0, -2.0])
    assert augment._reflected(5, shift).tolist() == [[2, 3, 4, 3, 2], [2, 1, 0, 1, 2]]


def test_a_warp_turns_in_pixels_whatever_the_sides(monkeypatch):
    """A round blob stays one on a picture that is not square, under rotations alone."""
    rows, columns = torch.meshgrid(torch.arange(21.0) - 10, torch.arange(41.0) - 20, indexing="ij")
    blob = (-(rows.square() + columns.square()) / 18).exp()[None, None].expand(50, -1, -1, -1)
    drawn = iter([False, True, False, False, False])
    monkeypatch.setattr(augment, "_drawn", lambda x, p: torch.full((len(x),), next(drawn)))
    apart = (augment.geometry(blob, ONE) - blob)[..., 12:29]  # farther out its mirror images come in
    assert apart.abs().max().item() < 0.03
    bar = (-rows.square() / 18).exp()[None, None].expand(50, -1, -1, -1)
    drawn = iter([False, True, False, False, False])
    assert (augment.geometry(bar, ONE) - bar).abs().mean().item() > 0.1


def test_colours_keep_what_they_must():
    x = pictures(40)
    grey = x.mean(1, keepdim=True)
    for step, kept in (
        (lambda: augment.colour(x[:, :1], ONE), None),
        (lambda: augment.colour(grey.expand(-1, 3, -1, -1), ONE), "grey"),
    ):
        y = step()
        if kept:  # hue and saturation leave grey pictures grey
            torch.testing.assert_close(y, y.mean(1, keepdim=True).expand_as(y), atol=1e-4, rtol=0)
        else:  # of one channel every map is a straight line in the pixel's value
            a, b, c = y[:, 0, 0, 0], y[:, 0, 0, 1], y[:, 0, 0, 2]
            u, v, w = x[:, 0, 0, 0], x[:, 0, 0, 1], x[:, 0, 0, 2]
            torch.testing.assert_close((a - b) * (u - w), (a - c) * (u - v), atol=1e-4, rtol=1e-3)


def test_hue_turns_about_grey_and_keeps_lengths(monkeypatch):
    drawn = iter([False, False, False, True, False])
    monkeypatch.setattr(augment, "_drawn", lambda x, p: torch.full((len(x),), next(drawn)))
    x = pictures()
    y = augment.colour(x, ONE)
    torch.testing.assert_close(y.norm(dim=1), x.norm(dim=1))
    torch.testing.assert_close(y.mean(1), x.mean(1))
    assert not torch.allclose(y, x, atol=0.1)


def test_below_one_the_augmented_distribution_determines_the_original(monkeypatch):
    """Rotations by quarters, on pictures of one lit corner: the operator on distributions is (1 - p) I + p mean(C₄)."""
    corners = torch.zeros(4, 1, 2, 2)
    for i, (row, column) in enumerate([(0, 0), (0, 1), (1, 1), (1, 0)]):
        corners[i, 0, row, column] = 1
    n = 8000
    calls = iter(range(10**6))
    # of mirror, turn and shift only the second is drawn
    original = augment._drawn
    only_turns = lambda x, p: original(x, p if next(calls) % 3 == 1 else NONE)  # noqa: E731
    monkeypatch.setattr(augment, "_drawn", only_turns)
    for p in (0.0, 0.4, 0.8, 1.0):
        found = torch.zeros(4, 4)
        for i in range(4):
            y = augment.blit(corners[i : i + 1].expand(n, -1, -1, -1), torch.tensor(p))
            which = (y.flatten(1) @ corners.flatten(1).T).argmax(1)
            found[:, i] = torch.bincount(which, minlength=4) / n
        operator = (1 - p) * torch.eye(4) + p / 4 * torch.ones(4, 4)
        torch.testing.assert_close(found, operator, atol=0.03, rtol=0)
        singular = torch.linalg.svdvals(operator)
        assert singular.min().item() == pytest.approx(1 - p, abs=1e-6)
        if p < 1:  # so what generates the same augmented pictures generates the same pictures
            q = torch.tensor([0.1, 0.2, 0.3, 0.4])
            torch.testing.assert_close(torch.linalg.solve(operator, operator @ q), q)
        else:  # all distributions over the orbit look alike
            torch.testing.assert_close(operator @ torch.tensor([1.0, 0, 0, 0]), torch.full((4,), 0.25))


def test_reals_and_fakes_pass_the_same_pipeline():
    game = registry.create("gan", named.load("digits").spec, hidden=(8,), latent=4, view="ada(start=0.7)")
    x = pictures(500, 1)
    p = game.look(x, x.clone(), torch.zeros(len(x), 4), None, both=True)
    assert not torch.equal(p.real, p.fake)  # each picture by draws of its own
    for moment in (torch.mean, torch.std):
        assert moment(p.real).item() == pytest.approx(moment(p.fake).item(), abs=0.03)


def play(view: Augmentation, logits: list[float], batch: int = 8) -> list[float]:
    """What p is after each move of a critic that says these logits of reals."""
    game = registry.create("gan", named.load("digits").spec, hidden=(8,), latent=4)
    run = Run(game, named.load("digits"), steps=1, batch=batch)
    x = torch.zeros(batch, 1, 8, 8)
    seen = []
    for logit in logits:
        said = torch.full((batch,), logit)
        view.adapt(run, Pass(lambda x: x, x, x, said, said, x, None, 0))
        seen.append(view.p.item())
    return seen


def test_p_moves_by_the_sign_at_every_few_moves():
    view = Augmentation(every=2, reals=160)  # 2 moves of 8 reals: a tenth
    assert play(view, [3.0, 3.0, 3.0, 1.0, -1.0, 2.0]) == pytest.approx([0, 0.1, 0.1, 0.2, 0.2, 0.1])
    assert play(Augmentation(every=1, reals=8), [1.0, 1.0, -1.0, -1.0]) == [1, 1, 0, 0]  # p stays in [0, 1]
    assert play(Augmentation(every=1, reals=0, start=0.3), [1.0, 1.0]) == pytest.approx([0.3, 0.3])


def test_shards_agree_on_p_and_play_as_one_batch():
    states = []
    for accumulate in (1, 2):
        game = registry.create(
            "gan",
            named.load("digits").spec,
            seed=3,
            hidden=(8,),
            latent=4,
            view="ada(every=1,reals=100,start=0.2,policy=blit)",
        )
        Run(game, named.load("digits"), steps=2, batch=8, seed=0, accumulate=accumulate, save_every=10**9).train()
        states.append({k: v for k, v in game.state_dict().items() if isinstance(v, torch.Tensor)})
    assert states[0]["view.p"] != 0.2
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, atol=1e-5, rtol=1e-4)


def test_the_view_is_part_of_the_games_state_and_can_be_replaced():
    class Toy(Adversarial):
        pass

    game = Toy(
        generator=Player(nn.Linear(2, 2), adam(1e-3)),
        critic=Player(nn.Linear(2, 1), sgd(1e-3)),
        prior=Gaussian(2),
        objective=non_saturating(),
        view=Augmentation(start=0.5),
    )
    assert game.state_dict()["view.p"] == 0.5
    assert "view.p" in dict(copy.deepcopy(game).named_buffers())
    for other in (parts.make("view", "flip"), None, Augmentation(), None):
        game.view = other
        assert game.view is other
        assert ("view.p" in game.state_dict()) == isinstance(other, Augmentation)


def test_what_has_no_meaning_is_refused():
    for text in ("ada(policy='blot')", "ada(target=2)", "ada(every=0)", "ada(start=-0.1)", "ada(reals=-1)"):
        with pytest.raises(UsageError, match="ada"):
            parts.make("view", text)
    with pytest.raises(UsageError, match="augments pictures"):
        registry.create("gan", named.load("ring").spec, view="ada")


def test_draws_follow_the_noise():
    x = pictures()
    view = Augmentation(start=0.8)
    with noise.seeded(x.device, 1):
        first = view(x)
    with noise.seeded(x.device, 1):
        again = view(x)
    assert torch.equal(first, again)
