"""Exported generators give the game's samples, with any batch; what cannot be exported is said."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from rivals import exporting, noise, registry
from rivals.cli.main import app
from rivals.data import named
from rivals.data.specs import Points
from rivals.errors import RivalsError, UsageError
from rivals.exporting import CLOSE, export
from rivals.store.model import load
from rivals.web import visitor

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


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A stand-in for the browser's runtime, whose files are what a page expects."""
    home = tmp_path / "dist"
    home.mkdir()
    for name in visitor.RUNTIME:
        (home / name).write_text(name)
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in visitor.RUNTIME}
    monkeypatch.setattr(visitor, "RUNTIME", digests)
    monkeypatch.setenv("RIVALS_ONNXRUNTIME_WEB", str(home))
    return home


@pytest.mark.parametrize(
    ("id", "data", "options", "condition"),
    [
        ("cgan", "digits", {"width": 4, "latent": 4}, {"labels": 10}),
        ("wgan-gp", "ring", {"width": 8}, None),
    ],
)
def test_a_page_has_the_generator_its_latents_and_all_that_it_loads(id, data, options, condition, runtime, tmp_path):
    ort = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    game = registry.create(id, named.load(data).spec, **options)
    place, apart = export(game, "web", tmp_path / "page")
    assert apart <= CLOSE
    facts = json.loads((place / "facts.json").read_text())
    assert facts.get("condition") == condition
    bank = np.fromfile(place / "latents.bin", dtype="<f4").reshape(-1, facts["latent"])
    assert len(bank) == facts["seeds"] * facts["n"]
    session = ort.InferenceSession(str(place / "model.onnx"), providers=["CPUExecutionProvider"])
    given = {"latent": bank[: facts["n"]]}
    if condition:
        given["condition"] = np.arange(facts["n"]) % 10
    (shown,) = session.run(None, given)
    assert list(shown.shape) == [facts["n"], *facts["shape"]]
    if not condition:
        left, right, low, high = facts["extent"]
        inside = (shown > [left, low]) & (shown < [right, high])
        assert inside.all(1).mean() > 0.95
    page = (place / "index.html").read_text() + (place / "visitor.mjs").read_text() + (place / "style.css").read_text()
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//|url\(|https?://", page)
    for name in (*visitor.PAGE, *(f"ort/{name}" for name in visitor.RUNTIME)):
        assert (place / name).is_file()


def test_another_runtime_is_refused_before_anything_is_written(runtime, tmp_path):
    (runtime / "ort.wasm.min.mjs").write_text("something else")
    game = made("dcgan", width=4, latent=4)
    with pytest.raises(UsageError, match="is not that of onnxruntime-web"):
        export(game, "web", tmp_path / "page")
    assert not (tmp_path / "page").exists()


def test_without_npm_a_page_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.delenv("RIVALS_ONNXRUNTIME_WEB", raising=False)
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="install npm"):
        export(made("dcgan", width=4, latent=4), "web", tmp_path / "page")


def test_a_page_is_of_pictures_or_points(tmp_path):
    game = registry.create("wgan-gp", Points(3), width=8)
    with pytest.raises(UsageError, match="pictures or points in the plane"):
        export(game, "web", tmp_path / "page")
