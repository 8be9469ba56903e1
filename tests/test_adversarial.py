import pytest
import torch

import rivals
from rivals import noise
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run


def passes(game, steps: int = 2) -> list[int]:
    """Samples of each pass of the generator."""
    seen: list[int] = []
    game.generator.register_forward_pre_hook(lambda module, given: seen.append(len(given[0])))
    Run(game, named.load("ring"), steps=steps, batch=8).train()
    return seen


def test_a_batch_that_is_used_again_saves_a_pass_of_the_generator():
    assert passes(rivals.create("gan", "ring", hidden=(8,))) == [8] * 4
    assert passes(rivals.create("gan", "ring", hidden=(8,), reuse=True)) == [8] * 2
    twice = rivals.create("gan", "ring", hidden=(8,), reuse=True, generator_updates=2)
    assert passes(twice, steps=1) == [8] * 2  # the second move of the generator has new latents


def test_with_reuse_the_step_is_the_one_written_out():
    facts = {"hidden": (8,), "objective": "wasserstein", "latent": 4}
    game = rivals.create("gan", "ring", seed=2, reuse=True, **facts)
    copy = rivals.create("gan", "ring", seed=2, **facts)
    latents: list[torch.Tensor] = []
    reals: list[torch.Tensor] = []
    game.generator.register_forward_pre_hook(lambda module, given: latents.append(given[0].detach()))
    game.critic.register_forward_pre_hook(lambda module, given: reals.append(given[0].detach()))
    Run(game, named.load("ring"), steps=1, batch=8).train()
    fake = copy.generator.net(latents[0])
    (copy.critic.net(fake.detach()).mean() - copy.critic.net(reals[0]).mean()).backward()
    copy.critic.optimizer.step()
    copy.generator.net.zero_grad()
    (-copy.critic.net(fake).mean()).backward()
    copy.generator.optimizer.step()
    for mine, theirs in zip(game.parameters(), copy.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


PENALTIES = {
    "r1": "[r1(gamma=2)]",
    "both": "[r1(gamma=2),r2(gamma=0.5)]",
    "js": "[js_regulariser(gamma=1)]",
    "lazy": "[lazy_r1(gamma=2,k=2)]",
}


@pytest.mark.parametrize("penalties", PENALTIES.values(), ids=PENALTIES)
@pytest.mark.parametrize("view", [None, "diffaugment"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_slopes_at_what_the_critic_saw_cost_no_pass_of_their_own(penalties: str, view: str | None, precision: str):
    weights, counted = [], []
    for fresh in (False, True):
        game = rivals.create("dcgan", "digits", width=4, norm="none", penalties=penalties, view=view)
        if fresh:
            game._sloped = lambda: False  # type: ignore[method-assign]
        counted.append(0)

        def count(*_: object) -> None:
            counted[-1] += 1

        game.critic.register_forward_pre_hook(count)
        Run(game, named.load("digits"), steps=2, batch=8, precision=precision).train()
        weights.append(torch.cat([w.detach().flatten() for w in game.parameters()]))
    if precision == "fp32":  # rounded to eight bits, Adam's first moves differ in sign here and there
        torch.testing.assert_close(weights[0], weights[1], rtol=0, atol=5e-6)  # a move of Adam is 2e-4
    assert counted[0] == 6  # two for the critic's move, one for the generator's, twice
    assert counted[1] > counted[0]


def test_a_compiled_critic_takes_slopes_by_a_pass_of_its_own():
    game = rivals.create("dcgan", "digits", width=4, norm="none", penalties="r1")
    assert game._sloped()
    game.critic.net.compile()
    assert not game._sloped()
    assert not rivals.create("dcgan", "digits", width=4)._sloped()


@pytest.mark.parametrize("penalty", ["gradient_penalty(10)", "r1(1)", "r2(1)"])
def test_a_penalty_in_bf16_is_that_of_float32_to_its_digits(penalty: str):
    game = rivals.create("dcgan", "digits", seed=0, width=8, norm="none", penalties=f"[{penalty}]")
    with torch.no_grad():
        for weight in game.critic.weights:
            weight.mul_(8)  # so that slopes are no longer near 0
    torch.manual_seed(0)
    real, fake = torch.rand(2, 16, 1, 8, 8) * 2 - 1

    def gradient(half: bool) -> tuple[torch.Tensor, torch.Tensor]:
        rounded = torch.autocast("cpu", torch.bfloat16, enabled=half, cache_enabled=False)
        with rounded, noise.seeded(torch.device("cpu"), "penalty"):
            x, y = (s.clone().requires_grad_() for s in (real, fake))
            value = game.penalties[0](game.look(x, y, torch.zeros(16, 1), None, both=True))
        slopes = torch.autograd.grad(value.mean(), game.critic.weights, allow_unused=True)
        return value.detach(), torch.cat([s.flatten() for s in slopes if s is not None])

    (half, its), (whole, their) = gradient(True), gradient(False)
    assert half.dtype == torch.float32
    assert whole.mean() > 0.05
    assert 0 < (half - whole).norm() < 0.05 * whole.norm()
    assert 0 < (its - their).norm() < 0.05 * their.norm()


@pytest.mark.parametrize("id", ["prediction-gan", "dirac-gan"])
def test_games_without_a_batch_to_use_again_refuse(id: str):
    with pytest.raises(UsageError, match="reuse"):
        rivals.create(id, "ring" if id != "dirac-gan" else "dirac", reuse=True)


def test_reuse_is_true_or_false():
    with pytest.raises(UsageError, match="true or false"):
        rivals.create("gan", "ring", reuse="perhaps")


def test_betas_are_refused_where_nothing_has_them():
    with pytest.raises(UsageError, match="SGD, which has no betas"):
        rivals.create("gan", "digits", body="maxout", betas=(0.0, 0.9))


def test_a_part_with_a_state_can_be_taken_out_and_put_in():
    game = rivals.create("stylegan", "digits", width=4, most=8, latent=8, depth=2)
    assert "view" in dict(game.named_children())
    for view in (None, lambda x: x):
        game.view = view
        assert game.view is view
        assert "view" not in dict(game.named_children())
