"""Every kind of data, from a file or a name to trained samples on disk: read, recommended, trained, sampled, scored."""

import json
import wave

import numpy as np
import pytest
from PIL import Image

from rivals import api, catalog, planning
from rivals.data import named, specs
from rivals.pictures import endings, save_samples
from rivals.store.model import load
from rivals.training import train

RNG = np.random.default_rng(0)


def png(path, size=(16, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)


def pictures(root):
    for i in range(24):
        png(root / "abc"[i % 3] / f"{i}.png")
    return str(root)


def pairs(root):
    for i in range(20):
        png(root / f"{i}.png", (16, 32))
    return f"pairs:{root}"


def unpaired(root):
    for i in range(20):
        png(root / ("trainA" if i % 2 else "trainB") / f"{i}.png")
    return str(root)


def domains(root):
    for i in range(20):
        png(root / ("day" if i % 2 else "night") / f"{i}.png")
    return f"domains:{root}"


def captions(root):
    sentences = {}
    for i in range(20):
        png(root / f"{i}.png")
        sentences[f"{i}.png"] = f"a {'red' if i % 2 else 'blue'} picture"
    (root / "captions.json").write_text(json.dumps(sentences))
    return f"captions:{root}"


def table(root):
    lines = [f"{RNG.normal():.3f},{'yes' if i % 3 else 'no'},{i % 7 or ''}" for i in range(60)]
    (root / "t.csv").write_text("\n".join(["height,fits,count", *lines]))
    return str(root / "t.csv")


def points(root):
    np.save(root / "x.npy", RNG.normal(size=(50, 3)))
    return f"points:{root / 'x.npy'}"


def text(root):
    (root / "t.txt").write_text("\n".join(f"the {'cat' if i % 2 else 'dog'} sat on mat {i % 3}" for i in range(60)))
    return str(root / "t.txt")


def tokens(root):
    np.save(root / "t.npy", RNG.integers(0, 9, (60, 6)))
    return f"tokens:{root / 't.npy'}"


def sentences(root):
    lines = [f"the {'cat' if i % 2 else 'dog'} sat on mat {i % 3},{'ab'[i % 2]}" for i in range(60)]
    (root / "s.csv").write_text("\n".join(["text,label", *lines]))
    return f"sentences:{root / 's.csv'}"


def series(root):
    np.save(root / "s.npy", np.sin(np.arange(400)[:, None] / [3, 5]))
    return f"series:{root / 's.npy'}"


def audio(root):
    with wave.open(str(root / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(40_000) / 9)).astype("<i2").tobytes())
    return str(root / "a.wav")


def speech(root):
    for i in range(20):
        with wave.open(str(root / f"{i}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((8000 * np.sin(np.arange(200) / (i + 3))).astype("<i2").tobytes())
    lines = [f"{i}.wav,{'ab'[i % 2]}b" for i in range(20)]
    (root / "transcripts.csv").write_text("\n".join(["file,transcript", *lines]))
    return str(root)


def music(root):
    np.savez(root / "m.npz", roll=(RNG.random((40, 16, 12)) < 0.1).astype(np.uint8))
    return f"music:{root / 'm.npz'}"


def video(root):
    np.save(root / "v.npy", RNG.integers(0, 256, (20, 4, 8, 8), dtype=np.uint8))
    return f"video:{root / 'v.npy'}"


def voxels(root):
    np.save(root / "v.npy", RNG.random((20, 8, 8, 8)) < 0.3)
    return f"voxels:{root / 'v.npy'}"


def cloud(root):
    np.save(root / "c.npy", RNG.normal(size=(20, 32, 3)).astype(np.float32))
    return f"cloud:{root / 'c.npy'}"


def graph(root):
    (root / "g.edges").write_text("\n".join(f"n{i} n{(i * 7 + 1) % 20}\nn{i} n{(i + 1) % 20}" for i in range(20)))
    return str(root / "g.edges")


def environment(root):
    return "environment:CartPole-v1"


# kind -> writes data and says how to name it; options of its reader
MADE = {
    "images": (pictures, {}), "pairs": (pairs, {}), "unpaired": (unpaired, {}), "domains": (domains, {}),
    "captions": (captions, {"size": 16}), "table": (table, {}), "points": (points, {}), "text": (text, {}),
    "tokens": (tokens, {}), "series": (series, {}), "audio": (audio, {"length": 256}), "music": (music, {}),
    "video": (video, {"frames": 4}), "voxels": (voxels, {}), "cloud": (cloud, {}), "graph": (graph, {"length": 6}),
    "environment": (environment, {}), "sentences": (sentences, {}), "speech": (speech, {}),
}  # fmt: skip


def test_every_kind_is_tried():
    words = set(MADE) - {"text"}
    assert words == set(specs.KINDS) - {"arrays"}


@pytest.mark.parametrize("kind", MADE)
def test_a_kind_is_read_trained_sampled_and_scored(kind, tmp_path):
    (tmp_path / "data").mkdir()
    make, read = MADE[kind]
    what = make(tmp_path / "data")
    source = named.load(what, **read)
    assert specs.kind_of(source.spec) == {"text": "tokens"}.get(kind, kind)
    entry = catalog.find(planning.recommend(source.spec, source.size).recipe)
    trained = train(entry.id, what, read=read, steps=4, batch=8, out=tmp_path / "run", device="cpu", **entry.tiny)
    game = load(tmp_path / "run")
    spec = specs.from_json(game.config["data"])
    assert spec == source.spec
    n = min(3, game.most or 3)
    for ending in endings(spec):
        save_samples(game.sample(n, seed=1), spec, tmp_path / f"out{ending}")
        assert (tmp_path / f"out{ending}").exists()
    again = api.evaluate(tmp_path / "run").values
    assert again == pytest.approx(trained.scores.values, nan_ok=True)
