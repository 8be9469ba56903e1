"""Judges by reference: their networks on random weights, held to the published code where that can be imported."""

from __future__ import annotations

import functools
import math
import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import stand_in
from rivals.errors import RivalsError, UsageError
from rivals.metrics import judges
from rivals.metrics.judges import clip, dinov2, inception, lpips, references

NETWORKS = {
    "inception": inception.Inception,
    "dinov2": lambda: dinov2.DINOv2("dinov2", width=128, depth=2, patch=14, grid=37),
    "clip": lambda: clip.CLIP("clip", width=128, depth=2, patch=32, places=50, dim=24),
    "lpips": lambda: lpips.LPIPS("lpips", 11),
}
FEATURES = {"inception": 2048, "dinov2": 128, "clip": 24, "lpips": 64 + 192 + 384 + 256 + 256}
PICTURES = torch.rand(2, 3, 40, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1


def shaken(network: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Random weights in every place, of a size that keeps activations near 1."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for key, value in network.state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if key.endswith("running_var") or (value.ndim == 1 and key.endswith("weight")):
            weights[key] = 1 + 0.1 * noise.abs()
        else:
            weights[key] = noise * (1.4 / math.sqrt(value[0].numel()) if value.ndim > 1 else 0.1)
        if "lins" in key:
            weights[key] = noise.abs()
    return weights


@functools.cache
def made(name: str) -> dict[str, Tensor]:
    """Random weights under the names of the published file."""
    weights = shaken(NETWORKS[name]())
    return {k.replace("trunk.", "features.").replace("lins.", "lin"): v for k, v in weights.items()}


def peer(name: str):
    """A package of the outside world, where it is installed."""
    stand_in.torchvision()
    return pytest.importorskip(name, exc_type=ImportError)


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_weights_come_from_either_kind_of_file(tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / f"weights.{ending}"
    torch.save(made(name), path) if ending == "pth" else save_file(made(name), path)
    judge = judges.load(f"{name}:{path}")
    assert judge.name == name
    features = judge.features(PICTURES)
    assert features.shape == (2, FEATURES[name])
    assert features.isfinite().all()
    assert not torch.allclose(features[0], features[1], rtol=1e-3)
    same = judges.load(name, weights=path)
    assert same.fingerprint == judge.fingerprint
    assert torch.equal(same.features(PICTURES), features)
    assert not judge.training
    assert not any(weight.requires_grad for weight in judge.parameters())


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"something.weight": torch.ones(3)}, path)
    with pytest.raises(RivalsError, match=f"does not hold the weights of '{name}'"):
        judges.load(name, weights=path)
    key = max(made(name), key=lambda key: made(name)[key].ndim)
    for spoiled, sentence in (
        (torch.ones(2, 2, 2, 2, 2), f"'{key}' is|does not hold"),
        (None, "not in it|does not hold"),
    ):
        weights = dict(made(name))
        del weights[key]
        if spoiled is not None:
            weights[key] = spoiled
        torch.save(weights, path)
        with pytest.raises(RivalsError, match=sentence):
            judges.load(name, weights=path)


def test_damaged_files_and_files_with_code_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    weights = dict(made("clip"))
    weights["visual_projection.weight"] = torch.full((24, 128), torch.nan)
    torch.save(weights, path)
    with pytest.raises(RivalsError, match=r"'visual_projection\.weight' holds NaN"):
        judges.load("clip", weights=path)
    path.write_bytes(b"no weights")
    with pytest.raises(RivalsError, match="no file of weights that can be read"):
        judges.load("clip", weights=path)
    torch.save(nn.Linear(2, 2), path)
    with pytest.raises(RivalsError, match="without running code"):
        judges.load("clip", weights=path)
    torch.save([torch.ones(2)], path)
    with pytest.raises(RivalsError, match="holds no weights by name"):
        judges.load("clip", weights=path)
    (tmp_path / "weights.safetensors").write_bytes(b"no weights")
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        judges.load("clip", weights=tmp_path / "weights.safetensors")
    with pytest.raises(UsageError, match=r"there is no file gone\.pth"):
        judges.load("clip:gone.pth")


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_without_weights_it_says_what_to_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with pytest.raises(RivalsError, match=f"the weights of '{name}' are not here: download https://") as raised:
        judges.load(name)
    assert str(tmp_path / "torch" / "checkpoints") in str(raised.value)
    assert f"{name}:PATH" in str(raised.value)


def test_weights_are_found_in_the_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    snapshot = tmp_path / "hf" / "hub" / "models--openai--clip-vit-base-patch32" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    text = {"text_model.final.weight": torch.ones(2), "vision_model.embeddings.position_ids": torch.arange(50)}
    save_file(made("clip") | text, snapshot / "model.safetensors")
    assert judges.load("clip").dim == 24
    checkpoints = tmp_path / "torch" / "checkpoints"
    checkpoints.mkdir(parents=True)
    heads = {k: v for k, v in made("lpips").items() if k.startswith("lin")}
    trunk = {k: v for k, v in made("lpips").items() if k.startswith("features")}
    torch.save(trunk | {"classifier.1.weight": torch.ones(2)}, checkpoints / "alexnet-owt-7be5be79.pth")
    with pytest.raises(RivalsError, match="not here"):
        judges.load("lpips")  # half of it is not enough
    torch.save(heads, checkpoints / "lpips_alex.pth")
    found = judges.load("lpips")
    paths = (checkpoints / "alexnet-owt-7be5be79.pth", checkpoints / "lpips_alex.pth")
    assert judges.load("lpips", weights=paths).fingerprint == found.fingerprint
    assert judges.load(f"lpips:{paths[0]},{paths[1]}").fingerprint == found.fingerprint


def test_features_do_not_depend_on_the_block(tmp_path: Path) -> None:
    save_file(made("dinov2"), tmp_path / "w.safetensors")
    judge = judges.load("dinov2", weights=tmp_path / "w.safetensors")
    images = ((PICTURES + 1) * 127.5).round().to(torch.uint8)
    whole = judge.features(torch.cat([images, images.flip(3)]))
    judge.block = 3
    torch.testing.assert_close(judge.features(torch.cat([images, images.flip(3)])), whole, rtol=1e-4, atol=1e-4)
    with pytest.raises(UsageError, match="'dinov2' does not classify"):
        judge.predict(images)


def test_distance_is_zero_between_equals_and_grows(tmp_path: Path) -> None:
    save_file(made("lpips"), tmp_path / "w.safetensors")
    judge = judges.load("lpips", weights=tmp_path / "w.safetensors")
    assert isinstance(judge, lpips.LPIPS)
    near, far = PICTURES + 0.02 * torch.randn(PICTURES.shape), torch.zeros_like(PICTURES)
    assert torch.equal(judge.distance(PICTURES, PICTURES), torch.zeros(2))
    assert (judge.distance(PICTURES, near) < judge.distance(PICTURES, far)).all()
    small = judge.distance(torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8))  # enlarged, and grey
    assert small.shape == (1,)
    with pytest.raises(UsageError, match="two batches of one shape"):
        judge.distance(PICTURES, PICTURES[:1])


def test_inception_is_that_of_pytorch_fid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    peer("torchvision")
    theirs = peer("pytorch_fid.inception")
    network = theirs._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    for block, kind, *rest in (
        ("Mixed_5b", theirs.FIDInceptionA, 192, 32), ("Mixed_5c", theirs.FIDInceptionA, 256, 64),
        ("Mixed_5d", theirs.FIDInceptionA, 288, 64), ("Mixed_6b", theirs.FIDInceptionC, 768, 128),
        ("Mixed_6c", theirs.FIDInceptionC, 768, 160), ("Mixed_6d", theirs.FIDInceptionC, 768, 160),
        ("Mixed_6e", theirs.FIDInceptionC, 768, 192), ("Mixed_7b", theirs.FIDInceptionE_1, 1280),
        ("Mixed_7c", theirs.FIDInceptionE_2, 2048),
    ):  # fmt: skip
        setattr(network, block, kind(*rest))
    missing, unexpected = network.load_state_dict(made("inception"), strict=False)
    assert not unexpected
    assert all(key.endswith("num_batches_tracked") for key in missing)
    monkeypatch.setattr(theirs, "fid_inception_v3", lambda: network)
    blocks = theirs.InceptionV3([3]).eval()
    save_file(made("inception"), tmp_path / "w.safetensors")
    judge = judges.load("inception", weights=tmp_path / "w.safetensors")
    x = judges.quantised(PICTURES)
    with torch.no_grad():
        expected = blocks((x + 1) / 2)[0][:, :, 0, 0]
    torch.testing.assert_close(judge.features(x), expected, rtol=1e-4, atol=1e-4)
    logits = expected @ made("inception")["fc.weight"].T
    torch.testing.assert_close(judge.probabilities(x), logits.softmax(1), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("kernel", "net"), [(3, "vgg"), (11, "alex")])
def test_lpips_is_that_of_its_package(tmp_path: Path, kernel: int, net: str) -> None:
    peer("torchvision")
    package = peer("lpips")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls torchvision in an old way
        theirs = package.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False).eval()
    weights = {}
    for key, value in theirs.state_dict().items():
        if key.startswith("net."):
            weights["features." + key.split(".", 3)[2] + "." + key.split(".")[-1]] = value
        elif key.startswith("lin") and not key.startswith("lins"):
            weights[key] = value.abs_().clone()
    save_file(weights, tmp_path / "w.safetensors")
    judge = judges.load("lpips", weights=tmp_path / "w.safetensors")
    assert isinstance(judge, lpips.LPIPS)
    x, y = (judges.quantised(torch.rand(2, 3, 64, 72) * 2 - 1) for _ in range(2))
    with torch.no_grad():
        expected = theirs(x, y).flatten()
    torch.testing.assert_close(judge.distance(x, y), expected, rtol=1e-4, atol=1e-6)


def test_clip_is_that_of_transformers(tmp_path: Path) -> None:
    peer("torchvision")
    transformers = peer("transformers")
    config = transformers.CLIPVisionConfig(
        hidden_size=128, intermediate_size=512, num_hidden_layers=2, num_attention_heads=2, image_size=224,
        patch_size=32, projection_dim=24, attn_implementation="eager",
    )  # fmt: skip
    theirs = transformers.CLIPVisionModelWithProjection(config).eval()
    missing, unexpected = theirs.load_state_dict(made("clip"), strict=False)
    assert not unexpected
    assert all("position_ids" in key for key in missing)
    save_file(made("clip"), tmp_path / "w.safetensors")
    judge = judges.load("clip", weights=tmp_path / "w.safetensors")
    x = judges.quantised(torch.rand(2, 3, 224, 224) * 2 - 1)
    pixels = ((x + 1) / 2 - torch.tensor(clip.MEAN)[:, None, None]) / torch.tensor(clip.DEVIATION)[:, None, None]
    with torch.no_grad():
        expected = theirs(pixel_values=pixels).image_embeds
    torch.testing.assert_close(judge.features(x), expected, rtol=1e-3, atol=1e-4)


def test_dinov2_is_that_of_transformers_and_takes_its_file(tmp_path: Path) -> None:
    peer("torchvision")
    transformers = peer("transformers")
    config = transformers.Dinov2Config(
        hidden_size=128, num_hidden_layers=2, num_attention_heads=2, image_size=224, patch_size=14,
        attn_implementation="eager",
    )  # fmt: skip
    theirs = transformers.Dinov2Model(config).eval()
    theirs.load_state_dict(shaken(theirs))
    theirs.save_pretrained(tmp_path)  # under the published names
    judge = judges.load("dinov2", weights=tmp_path / "model.safetensors")
    x = judges.quantised(torch.rand(2, 3, 224, 224) * 2 - 1)
    mean, deviation = torch.tensor(judges.seeing.IMAGENET)[..., None, None]
    with torch.no_grad():
        expected = theirs(((x + 1) / 2 - mean) / deviation).pooler_output
    torch.testing.assert_close(judge.features(x), expected, rtol=1e-3, atol=1e-4)


def test_positions_are_interpolated_as_published() -> None:
    network = NETWORKS["dinov2"]()
    line = torch.arange(37.0).repeat(37, 1)  # a ramp to the right stays one
    network.pos_embed.data[0, 1:] = line.flatten()[:, None]
    there = network.positions(16)
    assert there.shape == (1, 257, 128)
    row = there[0, 1:17, 0]
    expected = (torch.arange(16.0) + 0.5) * 37 / 16.1 - 0.5
    torch.testing.assert_close(row[2:-2], expected[2:-2], rtol=0, atol=0.06)  # without the offset 0.19 off at the end
    assert torch.equal(network.positions(37), network.pos_embed)


def test_every_reference_is_complete() -> None:
    for name, reference in references.REFERENCES.items():
        assert callable(reference.load().build)
        assert reference.wanted().startswith("https://")
        assert name in NETWORKS
