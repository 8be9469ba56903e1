"""Larger canvases."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark import measures
from rivals.benchmark.measures import canvas
from rivals.data.sources import Generated
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.training import train


def test_a_canvas_of_128_is_doubled_five_times_and_the_critic_is_the_smaller_one() -> None:
    game = registry.create("art-dcgan", Images(3, 128, 128), width=10, critic_width=4, latent=8)
    ups = [m for m in game.generator.net.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [m.out_channels for m in ups] == [160, 80, 40, 20, 10, 3]
    assert game.sample(1).shape == (1, 3, 128, 128)
    sizes = [sum(p.numel() for p in player.parameters()) for player in (game.critic, game.generator)]
    assert sizes[0] < sizes[1]


def test_tiles_are_the_pictures_parts_in_order() -> None:
    x = torch.arange(2 * 3 * 70 * 64).float().view(2, 3, 70, 64)
    parts = canvas.tiles(x)
    assert parts.shape == (8, 3, 32, 32)
    torch.testing.assert_close(parts[1], x[0, :, :32, 32:64])
    torch.testing.assert_close(parts[6], x[1, :, 32:64, :32])


def test_the_canvas_is_measured_against_an_enlarged_dcgan(tmp_path, monkeypatch) -> None:
    spec = Images(3, 64, 64)

    def make(n: int, generator: torch.Generator) -> tuple[torch.Tensor]:
        return (torch.randint(256, (n, 3, 64, 64), generator=generator, dtype=torch.uint8),)

    source = Generated(spec, make, fields=("image",), name="noise")
    halved = canvas.Halved(source, Images(3, 32, 32))
    whole, small = (s.draw(["image"], seed=0, start=0, size=2)[0].float() for s in (source, halved))
    torch.testing.assert_close(small, nn.functional.avg_pool2d(whole, 2).round())
    monkeypatch.setattr(canvas, "SAMPLES", 20)
    options = {"width": 4, "critic_width": 4, "latent": 4}
    config = {"game": {"options": options}, "steps": 1, "batch": 4, "seed": 0}
    monkeypatch.setattr(canvas.named, "load", lambda what: source)
    monkeypatch.setattr(canvas, "load", lambda run, recipe: registry.create("art-dcgan", spec, **options))
    monkeypatch.setattr(canvas, "RunFolder", lambda run: SimpleNamespace(config=lambda: config))
    figure = measures.find("canvas")(tmp_path, "noise", 0, None)
    assert figure.value == pytest.approx(figure.also["fid"] / figure.also["fid of enlarged"])


def test_small_pictures_are_no_canvas(tmp_path) -> None:
    train("art-dcgan", "digits", steps=1, batch=4, out=tmp_path / "run", width=4, critic_width=4, latent=4)
    with pytest.raises(RivalsError, match="sides of 64 or more"):
        measures.find("canvas")(tmp_path / "run", "digits", 0, None)
