"""Exported generators give the game's samples, with any batch; what cannot be exported is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from rivals import exporting, noise, registry
from rivals.cli.main import app
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.exporting import CLOSE, export
from rivals.store.model import load

DIGITS = named.load("digits").spec


def made(id: str, **options):
    return registry.create(id, DIGITS, **options)


@pytest.mark.parametrize(
    ("id", "options"),
    [
        ("cgan", {"width": 4, "latent": 4}),
        ("stylegan", {"width": 4, "most": 8, "latent": 8, "depth": 1}),
        ("vae", {"hidden": (8,), "latent": 3}),
    ],
)
def test_an_onnx_file_gives_the_games_samples(id, options, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    game = made(id, **options)
    path, apart = export(game, "onnx", tmp_path / "deep" / "g.onnx")
    assert apart <= CLOSE
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    assert facts["recipe"] == id
    assert ("condition" in facts) == (id == "cgan")
    assert json.loads(facts["data"])
    given = exporting.Generator(game).inputs(3, seed=9)
    out = session.run(None, {i.name: g.numpy() for i, g in zip(session.get_inputs(), given, strict=True)})[0]
    assert out.shape == (3, 1, 8, 8)


@pytest.mark.parametrize("id", ["dcgan", "infogan", "gan"])
def test_a_torch_program_gives_the_games_samples(id, tmp_path):
    options = {"gan": {"hidden": (8,), "latent": 3}, "dcgan": {"width": 4, "latent": 4}}.get(
        id, {"width": 4, "latent": 4, "hidden": 8}
    )
    game = made(id, **options)
    path, apart = export(game, "torch-export", tmp_path / "g.pt2")
    assert apart <= CLOSE
    z = exporting.Generator(game).inputs(2)
    program = torch.export.load(path).module()
    torch.testing.assert_close(program(*z), exporting.Generator(game)(*z))


def test_a_folder_is_what_load_reads(tmp_path):
    game = made("dcgan", width=4, latent=4)
    place, _ = export(game, "safetensors", tmp_path / "model")
    assert torch.equal(load(place).sample(3), game.sample(3))


def test_a_file_that_gives_something_else_is_not_left_behind(tmp_path):
    class Noisy(torch.nn.Module):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(z), 1, 8, 8) + noise.normal(1).mean()

    game = made("dcgan", width=4, latent=4)
    game.generator.net = Noisy()
    with pytest.raises(RivalsError, match=r"differ from the game's|cannot be written"):
        export(game, "torch-export", tmp_path / "g.pt2")
    assert not (tmp_path / "g.pt2").exists()


def test_what_cannot_be_exported_is_said(tmp_path, monkeypatch):
    game = made("dcgan", width=4, latent=4)
    with pytest.raises(UsageError, match="did you mean 'onnx'"):
        export(game, "onx", tmp_path / "g.onnx")
    with pytest.raises(UsageError, match=r"ends in \.pt2, not 'g\.onnx'"):
        export(game, "torch-export", tmp_path / "g.onnx")
    with pytest.raises(UsageError, match="samples of pixelcnn do not follow from latents alone"):
        export(made("pixelcnn", width=2, blocks=1), "onnx", tmp_path / "g.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match=r"pip install 'rivals\[export\]'"):
        export(game, "onnx", tmp_path / "g.onnx")


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made("dcgan", width=4, latent=4).save_pretrained("model")
    done = CliRunner().invoke(app, ["export", "model", "--to", "torch-export"])
    assert done.exit_code == 0, done.output
    assert Path("dcgan.pt2").is_file()
    assert done.stdout.startswith("dcgan.pt2")
