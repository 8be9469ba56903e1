"""Every attack: bounds, ball, the untouched model, repeatability; and known answers where the model is linear."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from rivals import attacks
from rivals.attacks import ATTACKS, ball
from rivals.attacks.attack import fooled
from rivals.attacks.losses import dlr, margin, targeted_dlr
from rivals.attacks.universal import perturbation
from rivals.attacks.victim import Victim
from rivals.errors import RivalsError, UsageError

CLASSES, SIDE = 4, 6
FAST: dict[str, dict[str, object]] = {
    "pgd": {"steps": 10}, "cw": {"steps": 100, "searches": 4, "rate": 0.05}, "deepfool": {}, "apgd": {"steps": 20},
    "fab": {"steps": 20}, "square": {"queries": 100}, "autoattack": {"steps": 10, "queries": 30, "targets": 2},
    "boundary": {"steps": 60}, "nes": {"steps": 10, "pairs": 10}, "universal": {"passes": 1},
    "eot": {"steps": 4, "draws": 2},
}  # fmt: skip


def network(seed: int = 0) -> nn.Module:
    """A net of pictures 1×6×6 with all that a mode changes."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(96, CLASSES)
    )
    net.eval()
    return net


def linear(seed: int = 0, classes: int = 2) -> tuple[nn.Module, Tensor, Tensor]:
    """A linear classifier, its samples well inside of the bounds, and what it says of them."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, classes))
    x = 0.5 + 0.05 * torch.randn(20, 1, SIDE, SIDE)
    with torch.no_grad():
        net[1].bias -= net(x).mean(0)  # so that every class is there
    return net, x, net(x).argmax(1)


def samples(net: nn.Module, n: int = 12) -> tuple[Tensor, Tensor]:
    x = torch.rand(n, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
    return x, net(x).argmax(1).detach()


def distance(net: nn.Module, x: Tensor, norm: str) -> Tensor:
    """Of samples from a linear net's boundary: |f| / ‖w‖ of the dual norm."""
    w = net[1].weight[0] - net[1].weight[1]
    f = (net(x)[:, 0] - net(x)[:, 1]).abs()
    return (f / (w.abs().sum() if norm == "inf" else w.norm())).detach()


@pytest.mark.parametrize("name", list(ATTACKS))
def test_an_attack_keeps_its_promises(name):
    net = network()
    x, y = samples(net)
    net.train()
    net[1].eval()  # a mode of its own must come back
    before, modes = copy.deepcopy(net.state_dict()), [m.training for m in net.modules()]
    options = dict(FAST.get(name, {}))
    epsilon = 0.2 if "epsilon" in ATTACKS[name].options else None
    if epsilon:
        options["epsilon"] = epsilon
    made = ATTACKS[name].function(net, x, y, **options)
    again = ATTACKS[name].function(net, x, y, **options)
    assert made.shape == x.shape
    assert made.dtype == x.dtype
    assert not made.requires_grad
    assert torch.equal(made, again)
    assert 0 <= made.min() <= made.max() <= 1
    if epsilon and not ATTACKS[name].minimal:
        assert ((made - x).abs().flatten(1).amax(1) <= epsilon).all()
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert [m.training for m in net.modules()] == modes
    assert all(p.grad is None for p in net.parameters())
    net.eval()
    with torch.no_grad():
        if name != "universal":
            assert fooled(net(made), y, None).float().mean() > 0.5


@pytest.mark.parametrize("name", [n for n, a in ATTACKS.items() if a.targeted and n != "fab"])
def test_an_attack_leads_to_the_class_that_is_wanted(name):
    net, x, y = linear(classes=3)
    wanted = (y + 1) % 3
    options = dict(FAST.get(name, {})) | ({"epsilon": 0.3} if "epsilon" in ATTACKS[name].options else {})
    with torch.no_grad():
        made = ATTACKS[name].function(net, x, y, wanted, **options)
        assert (net(made).argmax(1) == wanted).float().mean() > 0.8
    if name != "boundary":
        one = ATTACKS[name].function(net, x, y, 2, **options)
        assert (net(one).argmax(1) == 2).float().mean() > 0.8


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_the_worst_point_of_the_ball_is_found_where_the_model_is_linear(norm):
    net, x, y = linear()
    w = (net[1].weight[1] - net[1].weight[0]).view(1, 1, SIDE, SIDE).detach() * (1 - 2.0 * y).view(-1, 1, 1, 1)
    worst = x + 0.02 * (w.sign() if norm == "inf" else w / w.flatten(1).norm(dim=1).view(-1, 1, 1, 1))
    for made in (
        attacks.fgsm(net, x, y, epsilon=0.02, norm=norm),
        attacks.bim(net, x, y, epsilon=0.02, norm=norm),
        attacks.pgd(net, x, y, epsilon=0.02, norm=norm, steps=20, step=0.01),
    ):
        torch.testing.assert_close(made, worst, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("name", "norm", "options", "excess"),
    [
        ("deepfool", "2", {}, 1.05),
        ("deepfool", "inf", {"norm": "inf"}, 1.05),
        ("fab", "2", {"norm": "2", "steps": 20}, 1.05),
        ("fab", "inf", {"norm": "inf", "steps": 20}, 1.05),
        ("cw", "2", {"steps": 300, "searches": 6}, 1.1),
        ("boundary", "2", {"steps": 600}, 1.5),
    ],
)
def test_the_least_perturbation_is_found_where_the_model_is_linear(name, norm, options, excess):
    net, x, y = linear()
    made = ATTACKS[name].function(net, x, y, **options)
    with torch.no_grad():
        assert fooled(net(made), y, None).all()
        ratio = ball.size(made - x, norm) / distance(net, x, norm)
    assert (ratio >= 1 - 1e-4).all()
    assert ratio.median() < excess


@pytest.mark.parametrize(("norm", "epsilon"), [("1", 4.0), ("0", 8)])
def test_few_or_small_changes_are_enough_in_the_other_norms(norm, epsilon):
    net = network()
    x, y = samples(net, 30)
    made = attacks.pgd(net, x, y, epsilon=epsilon, norm=norm, steps=30)
    assert (ball.size(made - x, norm) <= epsilon).all()
    with torch.no_grad():
        assert fooled(net(made), y, None).float().mean() > 0.3


def test_restarts_never_do_worse_and_leave_those_alone_who_are_fooled():
    net = network(1)
    x, y = samples(net, 30)
    with torch.no_grad():
        fooled_by = [fooled(net(attacks.pgd(net, x, y, epsilon=0.03, steps=5, restarts=r)), y, None) for r in (2, 8)]
    assert (fooled_by[1] | ~fooled_by[0]).all()
    seen = Victim(net)
    attacks.pgd(seen, x, y, epsilon=0.9, steps=5, restarts=8)
    assert seen.queries < 8 * 30 * 6


def test_black_boxes_count_their_questions_and_ask_for_no_gradient():
    net = network()
    x, y = samples(net)
    for name in (n for n, a in ATTACKS.items() if not a.white):
        seen = Victim(net)
        ATTACKS[name].function(seen, x, y, **FAST.get(name, {}))
        assert seen.gradients == 0, name
        assert seen.queries > len(x), name


def test_white_boxes_count_their_gradients():
    net = network()
    x, y = samples(net)
    for name in (n for n, a in ATTACKS.items() if a.white):
        seen = Victim(net)
        ATTACKS[name].function(seen, x, y, **FAST.get(name, {}))
        assert seen.gradients >= len(x), name
        assert seen.queries >= seen.gradients, name


def test_when_one_sample_is_done_does_not_depend_on_the_others():
    net = network(2).double()
    x, y = samples(network(2), 16)
    few, all_of_them = Victim(net), Victim(net)
    apart = attacks.cw(few, x[:1].double(), y[:1], steps=300, searches=4, rate=0.3)
    together = attacks.cw(all_of_them, x.double(), y, steps=300, searches=4, rate=0.3)
    assert (apart - together[:1]).abs().max() < 1e-6
    assert 0 < all_of_them.gradients < 16 * 300 * 4  # some were done before


def test_one_perturbation_moves_all_samples_alike():
    net = network()
    x, y = samples(net, 30)
    v = perturbation(Victim(net), x, y, 0.3, "inf", passes=2)
    assert v.shape == x.shape[1:]
    assert v.abs().max() <= 0.3 + 1e-6
    with torch.no_grad():
        assert fooled(net((x + v).clamp(0, 1)), y, None).float().mean() > 0.3


def test_preprocessing_is_part_of_the_model():
    net = network()
    x, _ = samples(net)
    mean, std = (0.4,), (0.3,)
    whole = lambda z: net((z - 0.4) / 0.3)  # noqa: E731
    y = whole(x).argmax(1)
    made = attacks.fgsm(net, x, y, epsilon=0.05, preprocessing=(mean, std))
    at = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(whole(at), y, reduction="sum"), at)
    torch.testing.assert_close(made, (x + 0.05 * gradient.sign()).clamp(0, 1))


def test_losses_have_the_scale_that_they_should():
    logits, y = torch.randn(9, 6), torch.randint(6, (9,))
    assert ((margin(logits, y) > 0) == (logits.argmax(1) != y)).all()
    torch.testing.assert_close(dlr(7 * logits + 2, y), dlr(logits, y))
    target = (y + 1) % 6
    torch.testing.assert_close(targeted_dlr(3 * logits - 1, y, target), targeted_dlr(logits, y, target))
    assert ((dlr(logits, y) > 0) == (margin(logits, y) > 0)).all()


class Broken(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.net = what, network()

    def forward(self, x: Tensor) -> object:
        logits = self.net(x)
        return {
            "nan": logits * float("nan"),
            "rows": logits[:1],
            "flat": logits[:, 0],
            "tuple": (logits, logits),
            "rounded": self.net(x.round()),
            "cut": logits.detach(),
        }[self.what]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("nan", "NaN or infinity"),
        ("rows", r"gives \(1, 4\) for 12 samples"),
        ("flat", r"gives \(12,\) for 12 samples"),
        ("tuple", "gives tuple, not logits"),
        ("rounded", "the gradient is 0 for every sample"),
        ("cut", "do not depend on its input"),
    ],
)
def test_a_model_that_cannot_be_attacked_is_told_so(what, sentence):
    x, y = samples(network())
    with pytest.raises(RivalsError, match=sentence):
        attacks.fgsm(Broken(what), x, y)


def test_wrong_words_are_refused():
    net = network()
    x, y = samples(net)
    for call, sentence in (
        (lambda: attacks.fgsm(net, (x - 0.5) / 0.1, y), "outside of the bounds 0 and 1"),
        (lambda: attacks.fgsm(net, x, y.float()), "labels are int64"),
        (lambda: attacks.fgsm(net, x, y[:3]), "labels are int64"),
        (lambda: attacks.fgsm(net, x, y, y[:3]), "targets are int64"),
        (lambda: attacks.fgsm(net, x.long(), y), "float samples"),
        (lambda: attacks.fgsm(net, x, y, steps=3), "fgsm has no option 'steps'; it takes epsilon, norm"),
        (lambda: attacks.fgsm(net, x, y, norm=3), "a norm is inf, 2, 1 or 0"),
        (lambda: attacks.fgsm(net, x, y, bounds=(1.0, 0.0)), "lowest and the highest"),
        (lambda: attacks.fgsm(net, x, y, preprocessing=((0.0,), (0.0,))), "every std is above 0"),
        (lambda: attacks.deepfool(net, x, y, y), "no class that is named"),
        (lambda: attacks.deepfool(net, x, y, norm=1), "norms 2 and inf"),
        (lambda: attacks.apgd(net, x, y, norm=1), "norms inf and 2"),
        (lambda: attacks.Views(smallest=2.0, largest=1.0), "smallest ≤ largest"),
    ):
        with pytest.raises((UsageError, RivalsError), match=sentence):
            call()
