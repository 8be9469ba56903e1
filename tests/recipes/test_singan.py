"""SinGAN: scales, what stays as it is, reconstruction, any size, options."""

from itertools import pairwise

import pytest
import torch

from rivals import registry
from rivals.benchmark import measures
from rivals.benchmark.measures import single
from rivals.contract import fingerprint
from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.networks.singan import Refine, Scales, encoded
from rivals.nn.mixture import crop_mixture
from rivals.run import Run
from rivals.store.model import load

TINY = {"width": 4, "smallest": 8, "factor": 0.7, "updates": 1}


def made(**options: object):
    source = named.load("one-texture", size=16)
    return registry.create("singan", source.spec, **{**TINY, **options}), source


def test_scales_go_from_the_smallest_side_to_the_picture_by_about_the_factor() -> None:
    scales = Scales((3, 48, 64), 12, 0.75)
    assert scales.shapes[0][1:] == (12, 16)
    assert scales.shapes[-1][1:] == (48, 64)
    ratios = [a[1] / b[1] for a, b in pairwise(scales.shapes)]
    assert all(abs(r - 0.75) < 0.03 for r in ratios)
    assert scales.size(0, (96, 64)) == (24, 16)
    assert len(Scales((1, 8, 8), 25, 0.75)) == 1
    picture = torch.rand(1, 3, 48, 64)
    scales.keep(picture)
    torch.testing.assert_close(scales[len(scales) - 1], picture)
    assert scales[0].mean().item() == pytest.approx(picture.mean().item(), abs=0.02)


def test_scales_below_stay_as_they_are_and_each_starts_as_the_one_below() -> None:
    game, source = made()
    seen: list[tuple[int, list[str]]] = []

    def note(run: Run) -> None:
        seen.append((int(game.level), [fingerprint(p) for p in game.generators]))

    run = Run(game, source, steps=6, batch=2, seed=0, save_every=10**9)
    run.hooks.step.append(note)
    run.train()
    assert len(game.scales) == 3
    assert [level for level, _ in seen] == [0, 0, 1, 1, 2, 2]
    assert all(before[1][k] == after[1][k] for before, after in pairwise(seen) for k in range(before[0]))
    assert seen[1][1][0] == seen[-1][1][0]
    assert seen[0][1][0] != seen[1][1][0]
    assert (game.amplitudes[1:] < 1).all()
    assert (game.amplitudes > 0).all()


def test_noise_is_as_strong_as_the_reconstruction_is_wrong() -> None:
    game, source = made(strength=0.3)
    Run(game, source, steps=6, batch=1, seed=0, save_every=10**9).train()
    with game.presenting():
        missed = game.scales[2] - game.coarser(2, 1, again=True)
    assert game.amplitudes[2].item() == pytest.approx(0.3 * missed.square().mean().sqrt().item(), rel=1e-5)


def test_the_reconstruction_has_no_noise_and_samples_have() -> None:
    game, source = made()
    Run(game, source, steps=3, batch=1, seed=0, save_every=10**9).train()
    with game.presenting():
        again = [game.made(2, game.coarser(2, 1, again=True), again=True) for _ in range(2)]
        new = [game.made(2, game.coarser(2, 1)) for _ in range(2)]
    assert torch.equal(*again)
    assert not torch.equal(*new)


def test_samples_of_any_size() -> None:
    game, source = made()
    Run(game, source, steps=3, batch=1, seed=0, save_every=10**9).train()
    with game.presenting():
        assert game.generate_size(20, 41, 2).shape == (2, 3, 20, 41)
        assert game.generate(2).shape == (2, 3, 16, 16)


def test_a_picture_is_chosen_and_one_that_is_not_there_is_refused() -> None:
    source = named.load("digits")
    game = registry.create("singan", source.spec, picture=2, width=4, smallest=4)
    Run(game, source, steps=2, batch=1, seed=0, save_every=10**9).train()
    torch.testing.assert_close(
        game.scales[len(game.scales) - 1][0], source.first("image", 3)[2].float() / 127.5 - 1, atol=1e-5, rtol=0
    )
    game, source = made(picture=1)
    with pytest.raises(UsageError, match="picture must be below the number of training pictures, 1"):
        Run(game, source, steps=2, batch=1).train()


def test_positions_are_sines_of_places_and_mixing_starts_as_the_sum() -> None:
    code = encoded(torch.zeros(2, 3, 4, 6), 2)
    assert code.shape == (2, 8, 4, 6)
    torch.testing.assert_close(code[0, 0, :, 0], torch.sin(torch.pi * (torch.arange(4) + 0.5) / 4))
    torch.testing.assert_close(code[1, 7, 0], torch.cos(2 * torch.pi * (torch.arange(6) + 0.5) / 6))
    torch.manual_seed(0)
    plain = Refine(3, 4)
    torch.manual_seed(0)
    mixed = Refine(3, 4, mixed=True)
    z, x = torch.randn(2, 1, 3, 8, 8)
    torch.testing.assert_close(plain(z, x), mixed(z, x))
    for options in ({"positions": 2}, {"mixing": True}, {"mixtures": 0.5}):
        game, source = made(**options)
        Run(game, source, steps=3, batch=1, seed=0, save_every=10**9).train()
        assert game.sample(1).isfinite().all()


def test_a_mixture_has_pixels_of_its_own_picture_in_the_same_rows_and_columns_shifted() -> None:
    torch.manual_seed(0)
    x = torch.arange(2 * 3 * 12 * 10).float().view(2, 3, 12, 10).requires_grad_()
    assert crop_mixture(x, 0.0) is x
    mixed = crop_mixture(x, 1.0)
    for before, after in zip(x, mixed, strict=True):
        assert torch.isin(after[0], before[0]).all()
        changed = (before != after).all(0)
        rows, columns = changed.any(1).nonzero().flatten(), changed.any(0).nonzero().flatten()
        moved = (after - before)[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert moved.unique().numel() == 1  # a whole rectangle from one other place
    mixed.sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("options", [{"smallest": 2}, {"factor": 1.0}, {"updates": 0}, {"mixtures": 2.0}])
def test_options_without_a_meaning_are_refused(options: dict) -> None:
    with pytest.raises(UsageError, match="singan needs"):
        registry.create("singan", Images(3, 16, 16), **options)


def test_shuffled_tiles_are_right_inside_and_wrong_at_their_edges(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(single, "SAMPLES", 2)
    x = named.load("one-texture").first("image", 1).float() / 127.5 - 1
    shuffled = single.shuffled(x, torch.Generator().manual_seed(0))
    assert torch.equal(shuffled.flatten().sort().values, x.flatten().sort().values)
    assert single.distance(x, x) == pytest.approx(0, abs=1e-3)
    assert single.distance(x, shuffled) > 0.3
    game, source = made()
    Run(game, source, steps=3, batch=1, seed=0, save_every=10**9).train()
    game.save_pretrained(tmp_path / "model")
    assert torch.equal(load(tmp_path / "model").scales[2], game.scales[2])
    figure = measures.find("single-image-fid")(tmp_path / "model", "one-texture", 0, None)
    assert figure.value == pytest.approx(figure.also["samples"] / figure.also["shuffles"])
    registry.create("dcgan", Images(3, 16, 16), width=4, latent=4).save_pretrained(tmp_path / "other")
    with pytest.raises(RivalsError, match="single picture"):
        measures.find("single-image-fid")(tmp_path / "other", "one-texture", 0, None)
