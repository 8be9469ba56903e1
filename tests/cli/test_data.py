import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from rivals import options
from rivals.cli.data import data_app
from rivals.data import cards, named
from rivals.errors import RivalsError, UsageError

RIVALS = str(Path(sys.executable).with_name("rivals"))


def data(*arguments):
    """Run a command in this process and give what it prints; errors come through as they are."""
    done = CliRunner().invoke(data_app, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture
def no_home(monkeypatch):
    monkeypatch.delenv("RIVALS_DATA", raising=False)


def test_list_names_sets_and_cards():
    out = data("list")
    listed = json.loads(data("list", "--json"))
    assert {s["name"] for s in listed["sets"]} == set(named.NAMED)
    assert {c["name"] for c in listed["cards"]} == set(cards.CARDS)
    assert next(s for s in listed["sets"] if s["name"] == "ring") == {"name": "ring", "kind": "points", "from": "made"}
    assert "* mnist" in out
    assert "* celeba" not in out


def test_readers_tell_their_options():
    listed = {r["word"]: r for r in json.loads(data("readers", "--json"))}
    assert listed["graph"]["options"]["length"].startswith("int = ")
    assert "--read length: int" in data("readers")


def test_show_tells_what_is_in_a_set(tmp_path):
    facts = json.loads(data("show", "spheres", "--read", "dim=5", "--json"))
    assert facts["spec"] == {"kind": "points", "dim": 5, "classes": 2}
    assert facts["fields"] == {"point": "float32 (5,)", "label": "int64 ()"}
    assert facts["size"] is None
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(50, 3)))
    out = data("show", tmp_path / "x.npy")
    assert "points(dim=3" in out
    assert "50 of 3 coordinates" in out


def test_show_of_a_set_that_is_not_here_gives_its_card(no_home):
    assert "terms" in data("show", "celeba")
    assert json.loads(data("show", "mnist", "--json"))["files"][0].endswith("train-images-idx3-ubyte.gz")
    with pytest.raises(RivalsError, match="RIVALS_DATA"):
        data("show", "poems")
    with pytest.raises(UsageError, match="did you mean 'ring'"):
        data("show", "rink")


def test_check_names_each_bad_file_and_keeps_nothing(tmp_path, monkeypatch):
    cache, folder = tmp_path / "cache", tmp_path / "pictures"
    monkeypatch.setenv("RIVALS_CACHE", str(cache))
    folder.mkdir()
    for i in range(6):
        Image.new("L", (8, 8), 40 * i).save(folder / f"{i}.png")
    assert data("check", folder).startswith("fine: ")
    (folder / "broken.png").write_bytes(b"\x89PNG nothing")
    told = CliRunner().invoke(data_app, ["check", str(folder)])
    assert told.exit_code == 1
    assert "broken.png" in told.stdout
    assert "1 cannot be used" in told.stdout
    told = CliRunner().invoke(data_app, ["check", str(folder), "--json"])
    (bad,) = json.loads(told.stdout)["bad"]
    assert bad["file"].endswith("broken.png")
    assert bad["reason"]
    assert bad["mend"]
    assert told.exit_code == 1
    assert not cache.exists()
    assert os.environ["RIVALS_CACHE"] == str(cache)


def test_get_refuses_what_it_may_not_and_fetches_what_it_may(tmp_path, monkeypatch):
    with pytest.raises(RivalsError, match=r"celeba is not downloaded for you .* By hand: https"):
        data("get", "celeba")
    with pytest.raises(UsageError, match="did you mean 'mnist'"):
        data("get", "mnits")
    source = tmp_path / "from"
    source.mkdir()
    import zipfile

    with zipfile.ZipFile(source / "small.zip", "w") as packed:
        packed.writestr("x.csv", "a,b\n1,2\n")
    card = cards.Card(
        "small", "t", "s", "free", "l", "nothing", "table", "small/x.csv",
        (cards.File((source / "small.zip").as_uri()),),
    )  # fmt: skip
    monkeypatch.setitem(cards.CARDS, "small", card)
    out = data("get", "small", "--out", tmp_path / "to")
    assert (tmp_path / "to/small/x.csv").read_text() == "a,b\n1,2\n"
    assert f"table:{tmp_path / 'to/small/x.csv'}" in out
    assert data("get", "small", "--out", tmp_path / "to") == out.replace(
        str(tmp_path / "to/small\n"), str(tmp_path / "to/small.zip\n")
    )


MADE = [name for name, entry in named.NAMED.items() if entry.origin != named.HOME]
SMALL = {"faces": "n=40", "scenes": "n=40", "glyphs": "variants=1"}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_can_be_written(name, tmp_path):
    if name == "cartpole":
        pytest.importorskip("gymnasium")
    read = ["--read", SMALL[name]] if name in SMALL else []
    out = data("make", name, "--out", tmp_path / "new", "-n", 12, *read)
    assert out.split() == sorted(str(p) for p in (tmp_path / "new").iterdir())
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("faces", "images:new"), ("glyphs", "images:new"), ("scenes", "captions:new"), ("triangles", "images:new"),
        ("edge-digits", "pairs:new"), ("inverted-digits", "unpaired:new"), ("ring", "points:new/points.npz"),
        ("sines", "series:new/data.npz"), ("solids", "voxels:new/data.npz"), ("clouds", "cloud:new/data.npz"),
        ("moving-digits", "video:new/data.npz"),
        ("cartpole", "trajectories:new/data.npz"),
    ],
)  # fmt: skip
def test_what_is_written_can_be_read(name, path, tmp_path, monkeypatch):
    if name == "cartpole":
        pytest.importorskip("gymnasium")
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    read = ["--read", SMALL[name]] if name in SMALL else []
    data("make", name, "--out", "new", "-n", 30, *read)
    source = named.load(name, **options.parse([SMALL[name]] if name in SMALL else []))
    again = named.load(path, **({"frames": 8} if name == "moving-digits" else {}))
    assert type(again.spec) is type(source.spec)
    if name not in ("glyphs", "sines", "clouds"):
        assert again.spec.shape == source.spec.shape
    assert again.size + (again.test.size if again.test else 0) == 30, name


def test_attributes_and_captions_are_written_beside_their_pictures(tmp_path):
    data("make", "faces", "--out", tmp_path / "faces", "-n", 9, "--read", "n=40")
    source = named.load("faces", n=40)
    rows = list(csv.reader((tmp_path / "faces/attributes.csv").read_text().splitlines()))
    assert rows[0] == ["file", *source.spec.attributes]
    assert [[float(v) for v in row[1:]] for row in rows[1:]] == source.first("attribute", 9).tolist()
    picture = np.asarray(Image.open(tmp_path / "faces" / rows[4][0]))
    assert (picture.transpose(2, 0, 1) == source.first("image", 9)[3].numpy()).all()
    with np.load(tmp_path / "faces/fields.npz") as fields:
        assert set(fields.files) == {"pose", "landmarks"}
    data("make", "scenes", "--out", tmp_path / "scenes", "-n", 3, "--read", "n=40")
    rows = list(csv.reader((tmp_path / "scenes/captions.csv").read_text().splitlines()))
    assert rows[0] == ["file", "caption"]
    assert rows[1][1].startswith("a ")


def test_make_refuses_a_full_folder_and_what_is_not_made(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        data("make", "ring", "--out", tmp_path)
    with pytest.raises(UsageError, match="is not a set that is made"):
        data("make", "mnist", "--out", tmp_path / "new")


def test_errors_are_one_sentence_and_an_exit_code():
    done = subprocess.run([RIVALS, "data", "show", "rink"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no data 'rink'")
    assert len(done.stderr.splitlines()) == 1
