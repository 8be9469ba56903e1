"""Nothing that a file brings is run, and nothing is allocated or written because a header says so."""

import gzip
import io
import json
import os
import pickle
import resource
import shutil
import struct
import sys
import tarfile
import types
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save

import rivals
from rivals import pack, registry, weights
from rivals.data import fetch, named, specs
from rivals.data.readers import plain
from rivals.errors import RivalsError, UsageError
from rivals.metrics.judges import references
from rivals.store import hub
from rivals.store.folder import RunFolder


class Evil:
    """Unpickled, it writes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def planted(tmp_path):
    """A pickle that leaves a mark where it is loaded; afterwards there must be none."""
    mark = tmp_path / "ran"
    bomb = pickle.dumps(Evil(mark))
    pickle.loads(bomb)
    assert mark.is_dir(), "the bomb is a dud"
    mark.rmdir()
    yield bomb
    assert not mark.exists(), "a pickle was loaded"


def model(folder):
    registry.create("wgan-gp", named.load("ring").spec, width=4, latent=2).save_pretrained(folder)
    return folder


def trained(out, **more):
    return rivals.train("wgan-gp", "ring", steps=4, batch=4, out=out, save_every=2, width=4, latent=2, **more)


# ---- pickles ---------------------------------------------------------------------------------------------------------


def test_a_pickle_as_checkpoint_is_not_loaded(planted, tmp_path):
    trained(tmp_path / "run")
    for checkpoint in (tmp_path / "run" / "checkpoints").iterdir():
        (checkpoint / "state.safetensors").write_bytes(planted)
        (checkpoint / "state.pt").write_bytes(planted)
    with pytest.warns(UserWarning, match="is damaged"):
        assert RunFolder(tmp_path / "run").newest() is None


def test_a_pickle_as_model_is_not_loaded(planted, tmp_path):
    (model(tmp_path / "model") / "model.safetensors").write_bytes(planted)
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(planted)
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        rivals.load(tmp_path / "model")


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "y.npz", "y.npy"])
@pytest.mark.parametrize("word", ["", "points:", "images:", "graph:", "voxels:", "tokens:"])
def test_a_pickle_as_array_is_not_loaded(planted, tmp_path, name, word):
    objects = np.array([Evil(tmp_path / "ran")], dtype=object)
    if name.startswith("y"):
        (tmp_path / name).write_bytes(planted)
    elif name.endswith("npz"):
        np.savez(tmp_path / name, x=np.zeros((4, 2)), labels=objects, allow_pickle=True)
    else:
        np.save(tmp_path / name, objects, allow_pickle=True)
    with pytest.raises(RivalsError):
        named.load(f"{word}{tmp_path / name}")


def test_objects_in_an_array_are_named_in_the_refusal(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(RivalsError, match="holds Python objects, which are never unpickled: save plain numbers"):
        plain.arrays_of(tmp_path / "x.npy")


def test_a_pickle_as_idx_zip_or_picture_is_not_loaded(planted, tmp_path):
    (tmp_path / "t-images-idx3-ubyte").write_bytes(planted)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(planted))
    (tmp_path / "packed.gz").rename(tmp_path / "u-images-idx3-ubyte.gz")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr("a.png", planted)
        packed.writestr("data.pkl", planted)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(planted)
    for name in ("t-images-idx3-ubyte", "u-images-idx3-ubyte.gz", "x.zip", "pictures"):
        with pytest.raises(RivalsError):
            named.load(str(tmp_path / name))


def test_a_pickle_in_a_folder_of_the_hub_is_neither_fetched_nor_loaded(planted, tmp_path, monkeypatch):
    asked = {}

    def snapshot_download(name, revision=None, allow_patterns=()):
        asked["patterns"] = allow_patterns
        (tmp_path / "snapshot").mkdir(exist_ok=True)
        (tmp_path / "snapshot" / "pytorch_model.bin").write_bytes(planted)
        (tmp_path / "snapshot" / "config.json").write_text("{}")
        return str(tmp_path / "snapshot")

    errors = types.ModuleType("huggingface_hub.errors")
    for name in ("HfHubHTTPError", "HFValidationError", "LocalEntryNotFoundError"):
        setattr(errors, name, type(name, (Exception,), {}))
    library = types.ModuleType("huggingface_hub")
    library.snapshot_download, library.errors = snapshot_download, errors
    monkeypatch.setitem(sys.modules, "huggingface_hub", library)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", errors)
    with pytest.raises(UsageError, match=r"has no model\.safetensors .* weights in other forms are never read"):
        rivals.load("hub:some/model")
    assert not any(each.endswith((".bin", ".pt", ".pkl", ".py", ".ckpt")) for each in asked["patterns"])
    (tmp_path / "snapshot" / "model.safetensors").write_bytes(planted)
    (tmp_path / "snapshot" / "config.json").write_text((model(tmp_path / "model") / "config.json").read_text())
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        rivals.load("hub:some/model")
    assert set(hub.FILES) == {"model.safetensors", "config.json", "README.md", "samples.png"}


def test_a_pickle_as_weights_of_a_judge_is_not_loaded(planted, tmp_path):
    (tmp_path / "vgg.pth").write_bytes(planted)
    torch.save({"w": Evil(tmp_path / "ran")}, tmp_path / "inception.pth")
    for name in ("vgg.pth", "inception.pth"):
        with warnings.catch_warnings(action="ignore"), pytest.raises(RivalsError, match="without running code in it"):
            references.read(tmp_path / name)


def test_a_config_that_names_code_does_not_run_it(planted, tmp_path):
    evil = tmp_path / "evil.py"
    evil.write_text(f"import os\nos.mkdir({str(tmp_path / 'ran')!r})\n")
    config = json.loads((model(tmp_path / "model") / "config.json").read_text())
    for recipe in (f"{evil}:run", "os:system", "../evil.py:run", "rivals.cli.main"):
        (tmp_path / "model" / "config.json").write_text(json.dumps(config | {"recipe": recipe}))
        with pytest.raises(UsageError):
            rivals.load(tmp_path / "model")


# ---- archives and links ----------------------------------------------------------------------------------------------


def picture(side=8):
    file = io.BytesIO()
    Image.new("L", (side, side), 7).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("name", ["../out.png", "/out.png", "a/../../out.png", "..\\out.png", "C:/out.png"])
def test_an_entry_that_leaves_its_zip_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr(name, picture())
    with pytest.raises(RivalsError, match="lies outside of it"):
        named.load(str(tmp_path / "x.zip"))


def test_unpacking_stays_in_its_folder(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with zipfile.ZipFile(home / "x.zip", "w") as packed:
        packed.writestr("../../out.txt", "x")
        packed.writestr("/abs.txt", "x")
    fetch.unpack(home / "x.zip", home / "zip")
    assert sorted(p.name for p in (home / "zip").rglob("*") if p.is_file()) == ["abs.txt", "out.txt"]
    for name, kind, target in (("../out.txt", tarfile.REGTYPE, ""), ("link", tarfile.SYMTYPE, "/etc/passwd")):
        with tarfile.open(home / "x.tar", "w") as tar:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            tar.addfile(info, io.BytesIO(b""))
        with pytest.raises(RivalsError, match="cannot be unpacked"):
            fetch.unpack(home / "x.tar", home / "tar")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home"]
    assert sorted(p.name for p in home.iterdir()) == ["x.tar", "x.zip", "zip"]


def test_a_link_out_of_a_folder_brings_nothing_but_pictures(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(picture())
    (folder / "b.png").symlink_to(tmp_path / "secret.txt")
    (folder / "round").symlink_to(folder)
    source = named.load(str(folder))
    assert source.size == 1
    assert [bad.file for bad in source.found.bad] == ["b.png"]
    assert "secret" not in source.found.bad[0].reason + source.found.bad[0].mend.replace("secret.txt", "")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x.npy", bytes(2**22))
    monkeypatch.setattr(plain, "UNPACKED", 2**20)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(RivalsError, match="unpacks to 4,194,304 bytes, more than 1,048,576"):
        plain.arrays_of(tmp_path / "x.npz")
    monkeypatch.setattr(fetch, "UNPACKED", 2**20)
    with pytest.raises(RivalsError, match="it is not unpacked"):
        fetch.unpack(tmp_path / "x.npz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0\x08", b"\0\0\x08\x00", b"\0\0\x08\x09", b"\0\0\x08\x02\0\0", b"\0\0\x08\x02\xff\xff\xff\xff\0\0\0\0"],
)
def test_an_idx_file_that_is_hardly_more_than_its_header_is_refused(tmp_path, data):
    (tmp_path / "t-images-idx3-ubyte").write_bytes(data)
    with pytest.raises(RivalsError, match=r"t-images-idx3-ubyte"):
        named.load(str(tmp_path / "t-images-idx3-ubyte"))


# ---- headers and JSON ------------------------------------------------------------------------------------------------


@pytest.fixture
def little_memory():
    """Half a gigabyte more than there is."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 2**29, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def test_huge_sizes_in_headers_take_no_memory(tmp_path, little_memory):
    (tmp_path / "t-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + struct.pack(">III", 2000, 1000, 1000) + b"x")
    with pytest.raises(RivalsError, match="is cut short, 1 of 2,000,000,000 bytes"):
        named.load(str(tmp_path / "t-images-idx3-ubyte"))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 100), }".ljust(117) + b"\n"
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"x")
    with pytest.raises(RivalsError, match="cannot be read as an array"):
        named.load(str(tmp_path / "x.npy"))
    folder = model(tmp_path / "model")
    text = json.dumps({"w": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"x")
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        rivals.load(folder)
    wide = io.BytesIO()
    Image.new("1", (60_000, 2_000)).save(wide, "PNG")
    (tmp_path / "wide.png").write_bytes(wide.getvalue())
    with pytest.raises(RivalsError, match="has more than 64,000,000 pixels"):
        named.load(str(tmp_path / "wide.png"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"options": {"width": 300_000}}, "more than the .* weights|the memory is full; give smaller sizes"),
        ({"options": {"width": 10**9}}, "cannot be built|more than the"),
        ({"options": {"width": 10**30}}, "a number must be finite, and at most"),
        ({"options": {"seed": 1}}, "describes no game"),
        ({"data": {"kind": "points", "dim": 10**12}}, "does not say what its data are"),
        ({"data": {"kind": "images", "channels": 3, "height": 10**6, "width": 10**6}}, "cannot have the shape"),
        ({"data": {"kind": "no such"}}, "does not say what its data are"),
        ({"data": []}, "its 'data' is no JSON object"),
        ({"recipe": None}, "describes no game"),
    ],
)
def test_a_model_that_asks_for_too_much_or_nonsense_is_refused(tmp_path, little_memory, change, sentence):
    folder = model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(RivalsError, match=sentence):
        rivals.load(folder)


@pytest.mark.parametrize("bomb", ["[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "[]", "null", '"text"', "\0", ""])
def test_json_bombs_are_refused_wherever_json_is_read(tmp_path, bomb):
    trained(tmp_path / "run", views=False)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(picture())
    for file in ("model/config.json", "config.json", "state.json", "scores.json", "metrics.jsonl", "signals.jsonl"):
        copy = shutil.copytree(tmp_path / "run", tmp_path / "copy")
        (copy / file).write_text(bomb)
        if "config" in file:
            with pytest.raises(RivalsError):
                rivals.load(copy / "model") if "model" in file else trained(copy, views=False)
        else:
            with warnings.catch_warnings(action="ignore"):
                assert trained(copy, views=False).step == 4
        shutil.rmtree(copy)
    newest = max((tmp_path / "run" / "checkpoints").iterdir())
    (newest / "state.json").write_text(bomb)
    with pytest.raises(RivalsError, match="cannot be read as a saved state"):
        pack.read(newest)
    for name, word in (("dataset.json", "images"), ("captions.json", "captions")):
        (tmp_path / "pictures" / name).write_text(bomb)
        with pytest.raises(RivalsError):
            named.load(f"{word}:{tmp_path / 'pictures'}")


def test_weights_are_counted_before_memory_is_taken_for_them(monkeypatch):
    monkeypatch.setattr(weights, "BYTES", 2**40)
    with pytest.raises(UsageError, match="it would have more than the 0 weights that fit in this memory"):
        registry.create("wgan-gp", named.load("ring").spec)


def test_weights_that_would_be_empty_are_refused():
    with pytest.raises(UsageError, match=r"would have the shape \(0, \d+\): give sizes of at least 1"):
        registry.create("wgan-gp", named.load("ring").spec, width=0)


def test_every_kind_of_data_survives_its_check():
    images = specs.Images(3, 8, 8, classes=2, attributes=("red", "round"))
    columns = (specs.Column("a", values=("x", "y"), missing=True), specs.Column("b", mean=-1.5, whole=True))
    kinds = [specs.Points(2), images, specs.Pairs(images, images), specs.Unpaired(specs.Points(2), images)]
    kinds += [specs.Tokens(9, 5, ("", "a")), specs.Table(columns), specs.Series(4, 2, (-1.0, 0.5), (1.0, 2.0))]
    kinds += [specs.Environment("CartPole-v1", 4, 2, 500), specs.Cloud(64), specs.Voxels(1, 4, 4, 4)]
    kinds += [specs.Captioned(3, 8, 8, length=5, words=("", "a")), specs.Domains(3, 8, 8, classes=2, names=("a", "b"))]
    for spec in kinds:
        assert specs.from_json(json.loads(json.dumps(specs.to_json(spec)))) == spec


def test_weights_with_more_than_weights_in_them_are_refused(tmp_path):
    folder = model(tmp_path / "model")
    tensors = pack.read_tensors(folder / "model.safetensors")
    (folder / "model.safetensors").write_bytes(save({**tensors, "generator._extra_state": torch.zeros(3)}))
    with pytest.raises(RivalsError):
        rivals.load(folder)
