import shutil
from pathlib import Path

import matplotlib
import pytest
import torch

from rivals.data import named
from rivals.data.made import scenes as scene
from rivals.data.made.triangles import Triangles, area
from rivals.errors import RivalsError, UsageError

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def test_triangles_cover_pixels_exactly():
    source = named.load("triangles", size=16)
    image, vertices = source.draw(("image", "vertices"), seed=0, start=0, size=40)
    assert image.shape == (40, 1, 16, 16)
    truth = source.truth.render(vertices)
    assert torch.allclose(truth.sum((1, 2)) / 256, area(vertices).abs().double(), atol=1e-6)
    assert (image[:, 0] / 255 - truth).abs().max() <= 0.5 / 255 + 1e-6
    fine = Triangles(16 * 16).render(vertices).reshape(40, 16, 16, 16, 16).mean((2, 4))
    assert (fine - truth).abs().max() < 1e-6
    assert area(vertices).abs().min() >= 0.05


def test_a_right_triangle_is_what_a_pencil_gives():
    corner = torch.tensor([[[0.25, 0.25], [0.75, 0.25], [0.25, 0.75]]])
    for vertices in (corner, corner.flip(1), corner.roll(1, 1)):
        picture = Triangles(8).render(vertices)[0]
        assert picture[2].tolist() == pytest.approx([0, 0, 1, 1, 1, 0.5, 0, 0])
        assert picture[5].tolist() == pytest.approx([0, 0, 0.5, 0, 0, 0, 0, 0])


def test_triangles_are_differentiable():
    vertices = torch.tensor([[[0.2, 0.21], [0.8, 0.33], [0.4, 0.9]]], requires_grad=True)
    Triangles(8).render(vertices).sum().backward()
    move = torch.zeros_like(vertices)
    move[0, 2, 1] = 1
    assert vertices.grad[0, 2, 1].item() == pytest.approx(
        (area(vertices + move) - area(vertices)).item() * 64, rel=1e-4
    )


def test_glyphs_tell_character_and_font():
    source = named.load("glyphs", characters="Ax7", variants=2, size=20)
    fonts = len(source.found.facts["fonts"].split(", "))
    assert fonts >= 10
    assert source.size + source.test.size == fonts * 3 * 2
    assert source.spec.shape == (1, 20, 20)
    label, font = (torch.cat([source.first(f, 999), source.test.first(f, 999)]) for f in ("label", "font"))
    assert torch.bincount(label).tolist() == [2 * fonts] * 3
    assert torch.bincount(font).tolist() == [6] * fonts
    x = source.first("image", 999).float()
    edge = torch.cat([x[:, 0, 0], x[:, 0, -1], x[:, 0, :, 0], x[:, 0, :, -1]], 1)
    assert edge.mean() < 2
    assert x.flatten(1).max(1).values.min() > 100
    one, other = (x[source.first("label", 999) == k].mean(0) for k in (0, 2))
    assert (one - other).abs().max() > 100


def test_glyphs_of_a_folder_skip_what_is_no_font_and_what_lacks_a_character(tmp_path):
    for name in ("DejaVuSans.ttf", "cmsy10.ttf"):
        shutil.copy(FONTS / name, tmp_path)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    source = named.load("glyphs", fonts=str(tmp_path), characters="abcé", variants=1)
    assert source.found.facts["fonts"] == "DejaVuSans"
    reasons = {Path(b.file).name: b.reason for b in source.found.bad}
    assert "cannot be read as a font" in reasons["broken.ttf"]
    assert reasons["cmsy10.ttf"].startswith("it lacks ")
    (tmp_path / "DejaVuSans.ttf").unlink()
    with pytest.raises(RivalsError, match="no font with all of 4 characters"):
        named.load("glyphs", fonts=str(tmp_path), characters="abcé", variants=1)
    with pytest.raises(RivalsError, match="is no folder"):
        named.load("glyphs", fonts=str(tmp_path / "none"))


def test_faces_have_everything_that_is_told_of_them():
    source = named.load("faces", n=600, size=32, identities=10)
    spec = source.spec
    assert (source.size, source.test.size, spec.shape, spec.classes) == (540, 60, (3, 32, 32), 10)
    attribute = source.first("attribute", 600)
    assert attribute.shape == (540, len(spec.attributes))
    assert ((attribute.mean(0) - 0.5).abs() < 0.1).all()
    marks, pose = source.first("landmarks", 600), source.first("pose", 600)
    assert ((marks > 0.1) & (marks < 0.95)).all()
    assert (marks[:, 0, 0] < marks[:, 1, 0]).all()
    assert (marks[:, 0, 1] < marks[:, 2, 1]).all()
    assert (marks[:, 2, 1] < marks[:, 3, 1]).all()
    nose = marks[:, 2] - marks[:, :2].mean(1)
    turned = torch.corrcoef(torch.stack([nose[:, 0], pose[:, 0]]))[0, 1]
    assert turned > 0.9


def test_an_attribute_shows_where_it_should_and_nowhere_else():
    source = named.load("faces", n=600, size=32, identities=10)
    x, attribute = source.first("image", 600).float(), source.first("attribute", 600)
    names = source.spec.attributes

    def change(name):
        has = attribute[:, names.index(name)] > 0
        rows = (x[has].mean(0) - x[~has].mean(0)).abs().mean((0, 2))
        return rows[:12].mean(), rows[12:18].mean(), rows[18:].mean()

    top, _, low = change("hat")
    assert top > 2 * low
    top, _, low = change("beard")
    assert low > 1.5 * top


def test_landmarks_of_eyes_are_where_white_and_pupil_are():
    source = named.load("faces", n=600, size=64, identities=10)
    x, marks, attribute = (source.first(f, 600) for f in ("image", "landmarks", "attribute"))
    plain = attribute[:, source.spec.attributes.index("glasses")] == 0
    dark = []
    for picture, eyes in zip(x[plain], marks[plain][:, :2], strict=True):
        for column, row in (eyes * 64).long().tolist():
            dark.append(int(picture[:, row, column].max()))
    assert sorted(dark)[len(dark) // 2] < 90


def test_scenes_agree_with_what_is_told_of_them():
    source = named.load("scenes", n=200, size=48)
    image, caption, mask, depth, objects = (source.first(f, 200) for f in source.fields)
    assert image.shape[1:] == source.spec.shape
    words = source.spec.words
    grounds = []
    for i in range(len(image)):
        told = " ".join(words[k] for k in caption[i] if k)
        solids, _, ground = told.rpartition(" on ")
        assert ground in scene.GROUNDS
        grounds.append(ground)
        there = objects[i][objects[i, :, 0] >= 0]
        said = [solid.split()[-1] for solid in solids.split(" left of ")]
        assert [scene.CLASSES[int(k)] for k in there[:, 0]] == said
        middle = there[:, [1, 3]].mean(1)
        assert (middle.diff() >= 0.12 - 1e-6).all()
        assert set(mask[i].unique().tolist()) == {0, 1, *there[:, 0].int().tolist()}
        for k, *box in there.tolist():
            assert min(box) >= 0
            assert max(box) <= 1
            left, top, right, bottom = (round(v * 48) for v in box)
            assert (mask[i, 0, top:bottom, left:right] == k).any()
    assert (depth[:, 0][mask[:, 0] == 0] == 255).all()
    assert (depth[:, 0][mask[:, 0] > 1] < 230).all()
    snow = torch.tensor([g == "snow" for g in grounds])
    low = image[:, :, -1, 0].float().mean(1)
    assert low[snow].mean() > low[~snow].mean() + 30


def test_pictures_are_the_same_each_time_and_cached():
    first = named.load("scenes", n=50, size=32)
    hits = scene._drawn.cache_info().hits
    second = named.load("scenes", n=50, size=32)
    assert scene._drawn.cache_info().hits == hits + 1
    assert first.fingerprint() == second.fingerprint()
    assert not torch.equal(first.first("image", 5), first.test.first("image", 5))
    scene._drawn.cache_clear()
    assert named.load("scenes", n=50, size=32).fingerprint() == first.fingerprint()


@pytest.mark.parametrize(
    ("name", "read", "sentence"),
    [
        ("faces", {"size": 8}, "faces: option 'size' must be from 16 to 256, not 8"),
        ("faces", {"identities": 0}, "faces: option 'identities' must be from 1 to 200,000, not 0"),
        ("scenes", {"n": 1}, "scenes: option 'n' must be from 2 to 200,000, not 1"),
        ("triangles", {"size": 4}, "triangles: option 'size' must be from 8 to 256, not 4"),
        ("glyphs", {"characters": "aa"}, "different printable characters"),
        ("faces", {"colour": 1}, "has no option 'colour'"),
    ],
)
def test_options_that_cannot_be_are_refused(name, read, sentence):
    with pytest.raises(UsageError, match=sentence):
        named.load(name, **read)


def test_too_many_glyphs_are_refused_before_they_are_drawn(monkeypatch):
    monkeypatch.setattr("rivals.data.made.glyphs.MOST", 1000)
    with pytest.raises(UsageError, match=r"pictures are more than 1,000: take fewer"):
        named.load("glyphs")
