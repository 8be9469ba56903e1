import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data import named
from rivals.data.readers.folders import domains, pairs, unpaired
from rivals.data.specs import Domains, Images, Pairs, Unpaired
from rivals.errors import RivalsError


def save(path, value, size=(4, 4), mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size[::-1], value).save(path)


def wide(path, a, b, size=(4, 4)):
    """A on the left of B."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.repeat([[a, b]], size[1], 1).repeat(size[0], 0).astype(np.uint8)).save(path)


def values(source, field):
    """One number for each picture, training then held out."""
    parts = [s.first(field, 10**6) for s in (source, source.test) if s]
    return torch.cat(parts)[:, 0, 1, 1].tolist()


# ---- pairs -----------------------------------------------------------------------------------------------------------


def test_pairs_side_by_side(tmp_path):
    for i in range(20):
        wide(tmp_path / f"{i}.png", i, 100 + i)
    source = pairs(tmp_path)
    assert source.spec == Pairs(Images(1, 4, 4), Images(1, 4, 4))
    assert (source.size, source.test.size) == (18, 2)
    x, y = values(source, "x"), values(source, "y")
    assert sorted(x) == list(range(20))
    assert y == [100 + v for v in x]
    a, b = source.draw(["x", "y"], seed=0, start=7, size=30)
    assert torch.equal(a + 100, b)
    back = pairs(tmp_path, direction="BtoA")
    assert values(back, "x") == y
    assert back.found.facts["direction"] == "x is B, y is A"
    assert back.fingerprint() != source.fingerprint()
    assert pairs(tmp_path).fingerprint() == source.fingerprint()


def test_halves_are_scaled_apart(tmp_path):
    wide(tmp_path / "a.png", 0, 200, (16, 16))
    source = pairs(tmp_path, size=4)
    assert source.spec.x == Images(1, 4, 4)
    assert source.first("x", 1).unique().tolist() == [0]
    assert source.first("y", 1).unique().tolist() == [200]
    assert source.test is None


def test_pairs_side_by_side_with_train_and_val(tmp_path):
    for part, start in (("train", 0), ("val", 50)):
        for i in range(4):
            wide(tmp_path / part / f"{i}.png", start + i, 100 + start + i)
    source = pairs(tmp_path)
    assert sorted(source.first("x", 99)[:, 0, 0, 0].tolist()) == [0, 1, 2, 3]
    assert sorted(source.test.first("y", 99)[:, 0, 0, 0].tolist()) == [150, 151, 152, 153]


@pytest.mark.parametrize("layout", ["A/{part}", "{part}/A", "{part}A"])
def test_folders_matched_by_name(tmp_path, layout):
    for part, start in (("train", 0), ("test", 50)):
        for i in range(4):
            save(tmp_path / layout.format(part=part) / f"{i}.png", start + i)
            colour = (100 + start + i, 0, 0)
            save(tmp_path / layout.format(part=part).replace("A", "B") / f"{i}.bmp", colour, mode="RGB")
    source = pairs(tmp_path)
    assert source.spec == Pairs(Images(1, 4, 4), Images(3, 4, 4))
    assert (source.size, source.test.size) == (4, 4)
    assert sorted(values(source, "x")) == [0, 1, 2, 3, 50, 51, 52, 53]
    assert values(source, "y") == [100 + v for v in values(source, "x")]
    assert source.found.facts["pairs"] == "8 matched by name"
    assert source.found.facts["channels"] == "A: 1, grey; B: 3, red, green and blue"


def test_pictures_without_a_partner_are_told(tmp_path):
    for side, names in (("A", "0123"), ("B", "0124")):
        for name in names:
            save(tmp_path / side / f"{name}.png", int(name))
    (tmp_path / "B" / "2.png").write_text("junk")
    save(tmp_path / "more.png", 9)
    source = pairs(tmp_path)
    assert sorted(values(source, "x")) == sorted(values(source, "y")) == [0, 1]
    assert {bad.file: (bad.reason, bad.mend) for bad in source.found.bad} == {
        "B/2.png": ("is not a picture, or a damaged one", "save it again as PNG, or leave it out"),
        "A/2.png": ("belongs to B/2.png, which cannot be used", "mend B/2.png"),
        "A/3.png": ("has no partner in B", "put a picture of the same name into B"),
        "B/4.png": ("has no partner in A", "put a picture of the same name into A"),
    }
    assert source.found.facts["left out"] == "1 picture in neither A nor B"


def test_both_sides_get_one_size(tmp_path):
    for i in range(3):
        save(tmp_path / "A" / f"{i}.png", i, (40, 40))
        save(tmp_path / "B" / f"{i}.png", i, (20, 20))
    source = pairs(tmp_path)
    assert source.spec == Pairs(Images(1, 16, 16), Images(1, 16, 16))
    assert pairs(tmp_path, size=(5, 7)).spec.y == Images(1, 5, 7)


# ---- unpaired --------------------------------------------------------------------------------------------------------


def test_unpaired_with_its_own_test_folders(tmp_path):
    for folder, numbers in (("trainA", range(6)), ("trainB", range(100, 109)), ("testA", (50, 51)), ("testB", (150,))):
        for i in numbers:
            save(tmp_path / folder / f"{i}.png", i)
    source = named.load(tmp_path)
    assert source.spec == Unpaired(Images(1, 4, 4), Images(1, 4, 4))
    assert sorted(source.first("x", 99)[:, 0, 0, 0].tolist()) == list(range(6))
    assert sorted(source.first("y", 99)[:, 0, 0, 0].tolist()) == list(range(100, 109))
    assert sorted(source.test.first("x", 99)[:, 0, 0, 0].tolist()) == [50, 51]
    assert source.test.first("y", 99)[:, 0, 0, 0].tolist() == [150]
    assert (source.stream(["x"]), source.stream(["y"])) == ("x", "y")
    y = source.draw(["y"], seed=0, start=0, size=9)[0][:, 0, 0, 0]
    assert sorted(y.tolist()) == list(range(100, 109))
    assert source.name == str(tmp_path)


def test_unpaired_without_test_folders_holds_out_a_tenth_of_each(tmp_path):
    for i in range(20):
        save(tmp_path / "trainA" / f"{i}.png", i)
        save(tmp_path / "trainB" / f"{i}.png", 100 + i)
    source = unpaired(tmp_path)
    assert [len(source.test.first(f, 99)) for f in ("x", "y")] == [2, 2]
    assert sorted(values(source, "x")) == list(range(20))
    assert sorted(values(source, "y")) == list(range(100, 120))


def test_a_domain_of_one_picture_is_used_whole(tmp_path):
    save(tmp_path / "trainA" / "0.png", 0)
    for i in range(20):
        save(tmp_path / "trainB" / f"{i}.png", 100 + i)
    source = unpaired(tmp_path)
    assert source.test is None
    assert [len(source.first(f, 99)) for f in ("x", "y")] == [1, 20]


# ---- domains ---------------------------------------------------------------------------------------------------------


def test_domains_have_names_and_labels(tmp_path):
    for value, name in ((1, "summer"), (2, "winter"), (3, "autumn")):
        for i in range(4):
            save(tmp_path / name / f"{i}.png", value)
    source = domains(tmp_path)
    assert source.spec == Domains(1, 4, 4, 3, names=("autumn", "summer", "winter"))
    labels = torch.cat([s.first("label", 99) for s in (source, source.test)])
    assert values(source, "image") == [(3, 1, 2)[k] for k in labels]
    assert source.found.facts["domains"] == "3: autumn, summer, winter"


def test_domains_below_train_and_val(tmp_path):
    for part in ("train", "val"):
        for name in ("cat", "dog"):
            save(tmp_path / part / name / "0.png", 5)
    source = domains(tmp_path)
    assert source.spec.names == ("cat", "dog")
    assert (source.size, source.test.size) == (2, 2)


def test_a_zip_of_domains(tmp_path):
    for name in ("cat", "dog"):
        save(tmp_path / "in" / name / "0.png", 5)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        for file in (tmp_path / "in").rglob("*.png"):
            zipped.write(file, file.relative_to(tmp_path / "in"))
    assert domains(tmp_path / "x.zip").spec.names == ("cat", "dog")


# ---- what is wrong with data -----------------------------------------------------------------------------------------


def write(path, kind):
    if kind == "square":
        save(path / "0.png", 1)
    elif kind == "no match":
        save(path / "A" / "0.png", 1)
        save(path / "B" / "1.png", 1)
    elif kind == "bad side":
        save(path / "A" / "0.png", 1)
        (path / "B").mkdir()
        (path / "B" / "0.png").write_text("junk")
    elif kind == "one domain":
        save(path / "cat" / "0.png", 1)
    elif kind == "outside":
        save(path / "cat" / "0.png", 1)
        save(path / "0.png", 1)
    return path


@pytest.mark.parametrize(
    ("reader", "kind", "sentence"),
    [
        (pairs, "empty", "holds no pictures"),
        (
            pairs,
            "square",
            r"has no folders A and B, and 0\.png is not twice as wide as high \(4 × 4\): put A on",
        ),
        (pairs, "no match", r"no picture in A has the name of one in B \(A/0\.png and B/1\.png\): give pairs the same"),
        (pairs, "bad side", r"the only picture in .*, B/0\.png, is not a picture, or a damaged one"),
        (unpaired, "empty", "holds no pictures"),
        (unpaired, "square", "has no folders trainA and trainB with pictures in them: make them, or A and B"),
        (unpaired, "bad side", r"B/0\.png, is not a picture, or a damaged one"),
        (domains, "empty", "holds no pictures"),
        (domains, "one domain", "has one folder with pictures, cat: give two or more, a folder for each"),
        (domains, "outside", r"the picture 0\.png lies in no folder of a domain: move it into one"),
    ],
)
def test_bad_input_gets_a_sentence(tmp_path, reader, kind, sentence):
    with pytest.raises(RivalsError, match=sentence) as refused:
        reader(write(tmp_path, kind))
    assert str(tmp_path) in str(refused.value)
