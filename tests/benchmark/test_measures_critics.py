"""Measures of critics, on games whose answer is known."""

import json
from pathlib import Path

import pytest
import torch

from rivals import registry
from rivals.benchmark.measures import critics, dirac, gradients, weights
from rivals.data import named
from rivals.errors import RivalsError
from rivals.objectives import Pass
from rivals.penalties import gradient_penalty


def saved(tmp_path: Path, id: str, data: str, change=lambda game: None, **options: object) -> Path:
    game = registry.create(id, named.load(data).spec, seed=1, **options)
    with torch.no_grad():
        change(game)
    game.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_the_share_of_weights_at_the_bound(tmp_path: Path) -> None:
    def two_thirds(game) -> None:
        for weight in game.critic.parameters():
            flat = weight.view(-1)
            flat.copy_(0.01 * (torch.arange(len(flat)) % 2 * 2.0 - 1))
            flat[: len(flat) // 2] = 0.002

    found = weights.at_bound(saved(tmp_path, "wgan", "ring", two_thirds, width=4, latent=2), "ring", 0)
    assert found.value == pytest.approx(0.5, abs=0.1)
    assert sum(found.protocol["histogram"]) == pytest.approx(1, abs=1e-3)
    assert found.protocol["bound"] == 0.01


def test_spectral_norms_are_read_from_the_normed_weights(tmp_path: Path) -> None:
    run = saved(tmp_path, "sngan", "digits", width=4, latent=2)
    found = weights.singular_values(run, "digits", 0)
    assert found.value < 0.5  # power iteration has had only its first rounds
    assert len(found.protocol["values"]) == len(found.protocol["norms"])
    assert found.also["largest norm"] >= found.also["largest"] - 1e-6


def test_a_linear_critic_has_its_slope_everywhere(tmp_path: Path) -> None:
    def linear(game) -> None:
        game.critic.net.psi.copy_(torch.tensor([0.6, 0.8]))

    run = saved(tmp_path, "dirac-gan", "ring", linear)
    found = critics.mean_slope(run, "ring", 0)
    assert found.also["slope"] == pytest.approx(1.0, abs=1e-5)


def test_pairs_are_as_far_apart_as_they_say() -> None:
    g = torch.Generator().manual_seed(0)
    moved = critics._moved(8)(3.0)(4000, g).mean(0)
    assert torch.linalg.vector_norm(moved).item() == pytest.approx(3.0, abs=0.1)
    assert critics._line(2.0)(5, g)[:, 0].tolist() == [2.0] * 5
    real, other = critics._beside("grid")
    assert (other(4000, g).mean(0) - real(4000, g).mean(0))[0].item() == pytest.approx(2.83, abs=0.3)


def test_the_ratio_of_gradients(tmp_path: Path) -> None:
    lines = [json.dumps({"step": i, "gradient/generator": 4.0 / (1 + i)}) for i in range(10)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
    found = gradients.kept(tmp_path, "ring", 0)
    assert found.also == pytest.approx({"first": 3.0, "last": (4 / 9 + 4 / 10) / 2})
    (tmp_path / "metrics.jsonl").write_text(lines[0])
    with pytest.raises(RivalsError, match="logged 1 gradient norms"):
        gradients.kept(tmp_path, "ring", 0)


def test_a_sure_critic_leaves_one_gradient_and_takes_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "BATCHES", 4)
    game = registry.create("gan", named.load("ring").spec, seed=1, hidden=(8, 8), latent=2)
    before = gradients._looked_at(game, 0, "now")
    with torch.no_grad():
        next(m for m in reversed(list(game.critic.modules())) if isinstance(m, torch.nn.Linear)).bias.sub_(20)
    after = gradients._looked_at(game, 0, "now")
    assert after["norm, minimax, now"] < 1e-7 * before["norm, minimax, now"]
    assert after["norm, non_saturating, now"] == pytest.approx(2 * before["norm, non_saturating, now"], rel=0.2)


def test_deviations_count_from_the_last_printed_digit_on() -> None:
    assert dirac._deviation(0.644, ".64") == 0.0
    assert dirac._deviation(0.6528, ".64") == pytest.approx((0.0128 - 0.005) / 0.64)
    assert dirac._deviation(9.4e-34, "9e-34") == 0.0


def test_eigenvalues_of_the_games_own_gradients() -> None:
    assert dirac.eigenvalues(Path(), "dirac", 0).value < 1e-6


def test_a_one_sided_penalty_leaves_small_slopes_alone() -> None:
    x = torch.randn(5, 2)

    def look(steep: float) -> Pass:
        def critic(y: torch.Tensor) -> torch.Tensor:
            return steep * y[:, 0]

        return Pass(critic, x, x, critic(x), critic(x), x, None, 0)

    for steep, one, two in ((0.5, 0.0, 2.5), (2.0, 10.0, 10.0)):
        assert gradient_penalty(10, sides="one")(look(steep)).mean().item() == pytest.approx(one, abs=1e-5)
        assert gradient_penalty(10)(look(steep)).mean().item() == pytest.approx(two, abs=1e-5)
