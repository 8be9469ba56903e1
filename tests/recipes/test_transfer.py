"""Two domains one after the other, and weights whose singular values move alone."""

from pathlib import Path

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark.measures.transfers import singular_vectors
from rivals.data import named
from rivals.data.beside import Beside
from rivals.data.sources import Source
from rivals.errors import RivalsError, UsageError
from rivals.networks import dcgan
from rivals.nn.singular import decompose, parts, singular
from rivals.recipes.scaling.svd_gan import SVDGAN, Adapted
from rivals.recipes.scaling.transfer_gan import ELSEWHERE, TransferGAN
from rivals.run import Hooks, Run

SMALL = {"width": 4, "latent": 4, "critic_updates": 1}


def test_shifts_of_zero_leave_the_function_as_it_is_and_move_singular_values_alone() -> None:
    torch.manual_seed(0)
    net = dcgan.generator(5, 1, 8, 8, base=3).eval()
    z = torch.randn(4, 5)
    before, names = net(z), [name for name, _ in net.named_parameters()]
    shifts = singular(net)
    assert torch.equal(net(z), before)
    assert len(list(net.parameters())) == len(names), "the shifts belong to somebody else"
    decompose(net)
    assert torch.equal(net(z), before)
    for shift in shifts:
        nn.init.normal_(shift, std=0.01)
    for used, own, part in parts(net):
        u, s, v = torch.linalg.svd(part.matrix(own).double(), full_matrices=False)
        # a wanted weight, from a decomposition of its own; signs cancel
        wanted = (u * (s + part.delta.double())) @ v
        torch.testing.assert_close(part.matrix(used).double(), wanted, rtol=1e-5, atol=1e-6)


def test_a_kernels_gradient_in_a_singular_value_is_that_of_finite_differences() -> None:
    torch.manual_seed(1)
    conv = nn.ConvTranspose2d(2, 3, 3).double()
    (shift,) = singular(conv)
    shift.data = shift.data.double()
    conv.double()
    decompose(conv)
    x = torch.randn(2, 2, 4, 4).double()
    (gradient,) = torch.autograd.grad(conv(x).square().sum(), shift)
    for i in range(len(shift)):
        ends = []
        for h in (1e-6, -1e-6):
            shift.data[i] += h
            ends.append(conv(x).square().sum().item())
            shift.data[i] -= h
        assert gradient[i].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


def target() -> Source:
    """Few pictures of another domain than digits."""
    return named.load("noisy-digits", first=50)


def states(game: TransferGAN, steps: int) -> list[dict[str, torch.Tensor]]:
    """The weights after each step on both domains."""
    found: list[dict[str, torch.Tensor]] = []
    watch = Hooks(step=[lambda run: found.append({k: v.clone() for k, v in game.portable().items()})])
    Run(game, target(), steps=steps, batch=8, save_every=10**9, hooks=watch).train()
    return found


def test_the_source_is_played_first_and_then_the_target_with_its_weights() -> None:
    game = registry.create("transfer-gan", target().spec, source="digits", source_steps=2, **SMALL)
    assert isinstance(game, TransferGAN)
    assert game.stages(3) == {"source": 2, "target": 3}
    seen = states(game, 3)
    plain = registry.create("transfer-gan", named.load("digits").spec, **SMALL)
    Run(plain, named.load("digits"), steps=2, batch=8, save_every=10**9).train()
    alike = [torch.equal(x, seen[1][name]) for name, x in plain.portable().items()]
    assert all(alike), "two steps on the source are two steps of the plain game on it"
    assert not torch.equal(seen[1]["generator.net.1.weight"], seen[-1]["generator.net.1.weight"])


def test_only_singular_values_and_running_statistics_move_on_the_target() -> None:
    game = registry.create("svd-gan", target().spec, source="digits", source_steps=2, **SMALL)
    seen = states(game, 3)  # type: ignore[arg-type]
    # the vectors are taken with the first step on the target
    moved = {name for name, x in seen[2].items() if not torch.equal(x, seen[-1][name])}
    assert moved
    assert all(name.split(".")[2] == "1" or "running" in name or "num_batches" in name for name in moved), moved
    first = {name for name, x in seen[0].items() if not torch.equal(x, seen[1][name])}
    assert first
    assert not any(name.split(".")[2] == "1" for name in first), "shifts move on the source"
    assert isinstance(game, SVDGAN)
    assert isinstance(game.critic, Adapted)
    assert game.critic.players == (game.critic.links[1],)


def test_the_measure_sees_turned_vectors(tmp_path: Path) -> None:
    game = registry.create("svd-gan", target().spec, source="digits", source_steps=2, **SMALL)
    Run(game, target(), steps=3, batch=8, save_every=10**9).train()
    game.save_pretrained(tmp_path / "a")
    figure = singular_vectors(tmp_path / "a", "noisy-digits", 0, None)
    assert figure.value < 1e-5
    assert figure.also["moved"] > 1e-3
    with torch.no_grad():
        parts(game)[0][1].add_(0.01 * torch.randn_like(parts(game)[0][1]))
    game.save_pretrained(tmp_path / "b")
    assert singular_vectors(tmp_path / "b", "noisy-digits", 0, None).value > 0.01
    plain = registry.create("transfer-gan", named.load("digits").spec, **SMALL)
    plain.save_pretrained(tmp_path / "c")
    with pytest.raises(RivalsError, match="singular vectors are kept by svd-gan"):
        singular_vectors(tmp_path / "c", "digits", 0, None)


def test_another_domain_is_resized_and_stands_beside_the_data() -> None:
    digits = named.load("digits")
    both = Beside(digits, named.load("composed-digits"), ELSEWHERE)
    assert (both.size, both.main, both.stream([ELSEWHERE]), both.stream(["image"])) == (
        1347, "image", ELSEWHERE, "main",
    )  # fmt: skip
    assert both.draw([ELSEWHERE], seed=0, start=0, size=3)[0].shape == (3, 1, 16, 16)
    game = registry.create("transfer-gan", digits.spec, source="composed-digits", source_steps=1, **SMALL)
    Run(game, digits, steps=1, batch=4, save_every=10**9).train()


def test_what_does_not_fit_is_refused_in_one_sentence() -> None:
    digits = named.load("digits")
    for name in ("ring", "stacked-digits"):
        game = registry.create("transfer-gan", digits.spec, source=name, **SMALL)
        with pytest.raises(UsageError, match=f"the source '{name}' must be pictures with the channels of 'digits'"):
            Run(game, digits, steps=1)
    for recipe in ("transfer-gan", "svd-gan"):
        with pytest.raises(UsageError, match="source_steps, the steps on the source domain, must be at least 1, not 0"):
            registry.create(recipe, digits.spec, source_steps=0)
