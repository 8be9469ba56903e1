"""Tasks of one class, inner steps that leave the weights alone, and the outer move along where they lead."""

from pathlib import Path
from typing import Any

import pytest
import torch

from rivals import noise, registry
from rivals.benchmark.measures import new_classes
from rivals.data import named
from rivals.data.sources import Arrays, decoded
from rivals.data.specs import Images
from rivals.data.tasks import TASK, Tasks
from rivals.errors import RivalsError, UsageError
from rivals.optim import sgd
from rivals.recipes.scaling.meta_gan import MetaGAN
from rivals.run import Run
from rivals.store.folder import RunFolder


def game(**options: Any) -> MetaGAN:
    made = registry.create("meta-gan", named.load("digits").spec, **{"width": 4, "latent": 4, "inner": 2, **options})
    assert isinstance(made, MetaGAN)
    return made


def test_a_task_is_of_one_class_and_never_of_one_that_is_held_out() -> None:
    digits = named.load("digits")
    tasks = Tasks(digits, held_out=3)
    x, label = digits.first("image", 2000), digits.first("label", 2000)
    seen = set()
    for i in range(60):
        (batch,) = tasks.draw([TASK], seed=1, start=8 * i, size=8)
        assert torch.equal(batch, tasks.draw([TASK], seed=1, start=8 * i, size=8)[0])
        classes = {int(label[(x == picture).flatten(1).all(1)][0]) for picture in batch}
        assert len(classes) == 1
        assert len(batch.flatten(1).unique(dim=0)) == 8
        seen |= classes
    assert seen == set(range(7))
    assert tasks.stream([TASK]) != tasks.stream(["image"])


def test_inner_steps_leave_the_weights_alone_and_none_changes_nothing() -> None:
    g, x = game(), decoded(named.load("digits").first("image", 6))
    before = [w.clone() for w in g.parameters()]
    nets = g.adapted(x, 0)
    assert all(torch.equal(a, b) for a, b in zip(before, [w for n in nets for w in n.parameters()], strict=True))
    nets = g.adapted(x, 1)
    assert not any(torch.equal(a, b) for a, b in zip(before[:1], nets[0].parameters(), strict=False))
    assert all(torch.equal(a, b) for a, b in zip(before, g.parameters(), strict=True))


def test_an_inner_step_is_gradient_descent_on_wgan_gps_losses() -> None:
    g, x = game(inner_rate=0.1, weight=0.0), decoded(named.load("digits").first("image", 6))
    with noise.seeded(torch.device("cpu"), "a"):
        _, critic = g.adapted(x, 1)
    with noise.seeded(torch.device("cpu"), "a"):
        fake = g.generator(g.prior(6)).detach()
    loss = (g.critic(fake) - g.critic(x)).mean()
    gradients = torch.autograd.grad(loss, g.critic.weights, allow_unused=True, materialize_grads=True)
    for there, here, gradient in zip(critic.parameters(), g.critic.weights, gradients, strict=True):
        torch.testing.assert_close(there, here - 0.1 * gradient)


def test_the_outer_move_goes_along_to_where_the_inner_steps_lead() -> None:
    g = game()
    g.generator._factory = g.critic._factory = sgd(0.25)
    with torch.no_grad():
        start = [w.clone() for w in (*g.generator.weights, *g.critic.weights)]
    led: list[list[torch.Tensor]] = []
    original = g.adapted

    def adapted(x: torch.Tensor, steps: int) -> tuple[torch.nn.Module, torch.nn.Module]:
        nets = original(x, steps)
        led.append([w.detach() for net in nets for w in net.parameters()])
        return nets

    g.adapted = adapted  # type: ignore[method-assign]
    Run(g, named.load("digits"), steps=1, batch=8, save_every=10**9).train()
    for a, b, w in zip(start, led[0], (*g.generator.weights, *g.critic.weights), strict=True):
        torch.testing.assert_close(w.detach(), torch.lerp(a, b, 0.25))


def test_the_measures_compare_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_classes, "SAMPLES", 40)
    g = game(held_out=2)
    RunFolder(tmp_path / "run").begin({"game": g.config, "batch": 8, "steps": 1})
    monkeypatch.setattr(new_classes, "load", lambda run, recipe=None: g)
    figure = new_classes.new_class(tmp_path / "run", "digits", 0, None)
    assert figure.value == pytest.approx(figure.also["fid"] / figure.also["random"])
    assert figure.also.keys() == {"fid", "random", "random, longer", "before"}
    gain = new_classes.new_class_gain(tmp_path / "run", "digits", 0, None)
    assert gain.value == pytest.approx(gain.also["fid"] / gain.also["before"])
    g.held_out = 0
    with pytest.raises(RivalsError, match="held_out of at least 1"):
        new_classes.new_class(tmp_path / "run", "digits", 0, None)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="holds out 1, and this data has 0"):
        registry.create("meta-gan", Images(1, 8, 8))
    with pytest.raises(UsageError, match="inner must be at least 1"):
        game(inner=0)
    two = Arrays(Images(1, 2, 2, 2), {"image": torch.zeros(4, 1, 2, 2), "label": torch.tensor([0, 1, 0, 1])}, name="x")
    with pytest.raises(UsageError, match="'x' has no class left to learn from"):
        Tasks(two, 2)
    with pytest.raises(UsageError, match="tasks are classes of finite data with labels"):
        Tasks(named.load("stacked-digits"))
