import gzip
import io
import json
import os
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data import named
from rivals.data.readers.images import images
from rivals.data.sources import FEW, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError


def picture(value, size=(4, 6), mode="RGB"):
    bands = len(Image.new(mode, (1, 1)).getbands())
    array = np.full((*size, bands), value, np.uint8)
    return Image.fromarray(array[:, :, 0] if bands == 1 else array)


def folder(path, values, size=(4, 6), mode="RGB"):
    path.mkdir(parents=True, exist_ok=True)
    for i, value in enumerate(values):
        picture(value, size, mode).save(path / f"{i:03d}.png")
    return path


def whole(source, field="image"):
    """All rows, training then held out."""
    parts = [source.first(field, 10**6)] + ([source.test.first(field, 10**6)] if source.test else [])
    return torch.cat(parts)


def png(width, height, data=b""):
    """A PNG by hand: whatever its header says."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_pixels_of_one_size_are_left_as_they_are(tmp_path):
    source = images(folder(tmp_path, range(20)))
    assert source.spec == Images(3, 4, 6)
    assert (source.size, source.test.size) == (18, 2)
    assert sorted(whole(source)[:, 0, 0, 0].tolist()) == list(range(20))
    assert source.found.facts["pictures"] == "20 of 4 × 6"
    assert source.found.facts["parts"] == "18 to train with, 2 held out"
    assert source.found.bad == []


def test_folders_are_classes_in_the_order_of_their_numbers(tmp_path):
    for name in ("10", "9", "2"):
        folder(tmp_path / name, [int(name)] * 5)
    source = images(tmp_path)
    assert source.spec.classes == 3
    value, label = whole(source)[:, 0, 0, 0], whole(source, "label")
    assert torch.equal(torch.tensor([2, 9, 10])[label], value.long())
    assert source.found.facts["classes"] == "3 folders: 2, 9, 10"
    x, y = source.draw(["image", "label"], seed=0, start=5, size=40)
    assert torch.equal(torch.tensor([2, 9, 10])[y], x[:, 0, 0, 0].long())
    assert images(tmp_path, labels="none").fields == ("image",)


@pytest.mark.parametrize("without", ["unlabelled", "Unlabeled"])
def test_pictures_in_a_folder_without_labels_stand_beside_the_labelled_ones(tmp_path, without):
    for name, value in (("10", 10), ("9", 9), (without, 200)):
        folder(tmp_path / name, [value] * 20)
    source = images(tmp_path)
    assert source.spec.classes == 2
    assert source.fields == ("image", *FEW)
    assert source.found.facts["classes"] == "2 folders: 9, 10; 20 without a label"
    assert (source.size, source.test.size) == (54, 6)
    value, label = (torch.cat([part.first(name, 60) for part in (source, source.test)]) for name in FEW)
    assert len(value) == 40
    assert torch.equal(torch.tensor([9, 10])[label], value[:, 0, 0, 0].long())
    assert whole(source)[:, 0, 0, 0].unique().tolist() == [9, 10, 200]
    x, y = source.draw(FEW, seed=0, start=3, size=100)
    assert torch.equal(torch.tensor([9, 10])[y], x[:, 0, 0, 0].long())
    assert source.stream(FEW) != source.stream(["image"])
    with pytest.raises(RivalsError, match=r"no field 'label'.*some samples alone have a label"):
        source.draw(["image", "label"], seed=0, start=0, size=4)
    assert images(tmp_path, labels="none").fields == ("image",)


def test_one_label_a_class_is_enough_wherever_it_lies(tmp_path):
    for name in "abcdefghij":
        folder(tmp_path / name, [ord(name)])
    folder(tmp_path / "unlabelled", range(90))
    source = images(tmp_path)
    assert source.first(FEW[1], 20).sort().values.tolist() == list(range(10))
    assert torch.equal(source.first(FEW[1], 20) + ord("a"), source.first(FEW[0], 20)[:, 0, 0, 0].long())
    assert (source.test.size, source.test.fields) == (10, ("image",))


def test_one_class_beside_those_without_is_refused(tmp_path):
    for name in ("cats", "unlabelled"):
        folder(tmp_path / name, range(3))
    with pytest.raises(RivalsError, match="one class beside the unlabelled pictures: give folders of two or more"):
        images(tmp_path)
    folder(tmp_path / "dogs", range(3))
    assert images(tmp_path).spec.classes == 2


def test_one_folder_or_a_picture_outside_makes_no_classes(tmp_path):
    folder(tmp_path / "faces", range(3))
    assert images(tmp_path).spec.classes == 0
    folder(tmp_path / "more", range(3))
    folder(tmp_path, [1])
    assert images(tmp_path).spec.classes == 0


def test_train_and_test_folders_are_kept_apart(tmp_path):
    for part, values in (("train", (1, 2, 3)), ("val", (5,)), ("test", (7, 8))):
        for kind in ("cat", "dog"):
            folder(tmp_path / part / kind, values)
    source = images(tmp_path)
    assert source.spec.classes == 2
    assert set(source.first("image", 99)[:, 0, 0, 0].tolist()) == {1, 2, 3}
    assert set(source.test.first("image", 99)[:, 0, 0, 0].tolist()) == {7, 8}
    assert source.found.facts["parts"] == "6 in train, 4 held out in test; 2 in val are left out"


def test_a_zip_reads_as_its_folder_and_nothing_is_unpacked(tmp_path, cache_home):
    inner = folder(tmp_path / "in", range(5))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        for file in sorted(inner.iterdir()):
            zipped.write(file, f"data/{file.name}")
        zipped.writestr("data/dataset.json", json.dumps({"labels": [[f"{i:03d}.png", i % 2] for i in range(5)]}))
        zipped.writestr("__MACOSX/data/._000.png", b"junk")
    before = sorted(tmp_path.rglob("*"))
    source = images(tmp_path / "x.zip")
    assert sorted(tmp_path.rglob("*")) == before
    assert torch.equal(whole(source), whole(images(inner)))
    assert source.spec.classes == 2
    assert torch.equal(whole(source)[:, 0, 0, 0] % 2, whole(source, "label"))
    assert source.found.facts["ignored"] == "2 other files"


def test_stylegan_labels_in_a_folder(tmp_path):
    folder(tmp_path / "00000", range(4))
    labels = {"labels": [[f"00000/{i:03d}.png", 3 - i] for i in range(4)]}
    (tmp_path / "dataset.json").write_text(json.dumps(labels))
    source = images(tmp_path)
    assert source.spec.classes == 4
    assert torch.equal(3 - whole(source)[:, 0, 0, 0].long(), whole(source, "label"))
    (tmp_path / "dataset.json").write_text('{"labels": null}')
    assert images(tmp_path).spec.classes == 0


CELEBA = "4\nSmiling Young\n000.png  1 -1\n001.png -1 -1\n002.png  1  1\n003.png -1  1\n"


@pytest.mark.parametrize("where", ["inside", "beside"])
def test_celeba_attributes(tmp_path, where):
    inner = folder(tmp_path / "celeba" / "img", range(3))
    ((inner.parent if where == "inside" else tmp_path) / "list_attr_celeba.txt").write_text(CELEBA)
    source = images(inner.parent)
    assert source.spec.attributes == ("Smiling", "Young")
    known = torch.tensor([[1.0, 0], [0, 0], [1, 1]])
    assert torch.equal(whole(source, "attribute"), known[whole(source)[:, 0, 0, 0].long()])
    assert source.found.facts["attributes"] == "2: Smiling, Young"


def test_attributes_as_csv(tmp_path):
    folder(tmp_path, range(2))
    (tmp_path / "attributes.csv").write_text("file,round,red\n000.png,0,1\n001.png,1,1\n")
    source = images(tmp_path)
    assert source.spec.attributes == ("round", "red")
    assert torch.equal(whole(source, "attribute"), torch.tensor([[0.0, 1], [1, 1]])[whole(source)[:, 0, 0, 0].long()])


def test_a_file_beside_that_names_none_of_the_pictures_is_left_alone(tmp_path):
    folder(tmp_path / "a", range(2))
    (tmp_path / "attributes.csv").write_text("file,round\nother.png,0\n")
    assert images(tmp_path / "a").spec.attributes == ()


# ---- channels and bits -----------------------------------------------------------------------------------------------


def mixed(path):
    picture(10, mode="RGB").save(path / "a.png")
    picture(20, mode="L").save(path / "b.png")
    Image.new("RGBA", (6, 4), (255, 0, 0, 0)).save(path / "c.png")
    return path


def test_mixed_channels_become_colour_over_white_and_it_is_said(tmp_path):
    source = images(mixed(tmp_path))
    assert source.spec.channels == 3
    assert sorted(whole(source)[:, 1, 0, 0].tolist()) == [10, 20, 255]
    assert source.found.facts["channels"] == (
        "3, red, green and blue; 1 of 3 were grey; the opacity of 1 of 3 was laid over white"
    )


def test_channels_as_asked_for(tmp_path):
    mixed(tmp_path)
    assert images(tmp_path, channels="grey").spec.channels == 1
    four = images(tmp_path, channels="rgba")
    assert four.spec.channels == 4
    assert sorted(whole(four)[:, 3, 0, 0].tolist()) == [0, 255, 255]


def test_grey_stays_grey_and_opacity_of_all_is_kept(tmp_path):
    assert images(folder(tmp_path / "grey", [1, 2], mode="L")).spec.channels == 1
    assert images(folder(tmp_path / "clear", [1, 2], mode="RGBA")).spec.channels == 4


@pytest.mark.parametrize(
    ("mode", "ending", "value"),
    [("1", "png", 255), ("P", "gif", 40), ("CMYK", "jpg", 40), ("LA", "png", 40), ("PA", "png", 40), ("P", "bmp", 40)],
)
def test_every_mode_is_read(tmp_path, mode, ending, value):
    start = Image.new("RGB", (8, 8), (value, value, value))
    if mode in ("P", "PA"):
        # one colour more than there is, to be the clear one
        start.quantize(2).save(tmp_path / f"a.{ending}", **({"transparency": 1} if mode == "PA" else {}))
    else:
        start.convert(mode).save(tmp_path / f"a.{ending}")
    x = whole(images(tmp_path, channels="rgb"))
    assert (x.float() - value).abs().max() <= 3


def test_sixteen_bits_are_kept_where_all_have_them(tmp_path):
    for i, value in enumerate((0, 1000, 65535)):
        Image.fromarray(np.full((4, 4), value, np.uint16)).save(tmp_path / f"{i}.{'tif' if i else 'png'}")
    source = images(tmp_path)
    assert source.spec == Images(1, 4, 4, bits=16)
    assert whole(source).dtype == torch.uint16
    assert sorted(whole(source).long()[:, 0, 0, 0].tolist()) == [0, 1000, 65535]
    assert decoded(whole(source)).amin() == -1
    assert decoded(whole(source)).amax() == 1
    assert sorted(whole(images(tmp_path, bits=8))[:, 0, 0, 0].tolist()) == [0, 4, 255]
    picture(255, (4, 4), "L").save(tmp_path / "8.png")
    both = images(tmp_path)
    assert both.spec.bits == 8
    assert both.found.facts["bits"] == "8; 3 of 4 had 16 and were scaled"
    assert images(tmp_path, bits=16).spec.bits == 16


def test_floats_are_sixteen_bits_and_must_be_in_the_unit_interval(tmp_path):
    for i, value in enumerate((0.5, 1.0, 7.0, float("nan"))):
        Image.fromarray(np.full((4, 4), value, np.float32)).save(tmp_path / f"{i}.tif")
    source = images(tmp_path)
    assert sorted(whole(source).long()[:, 0, 0, 0].tolist()) == [32768, 65535]
    assert [(bad.file, bad.reason) for bad in source.found.bad] == [
        ("2.tif", "has values outside 0 to 1: 7.0 to 7.0"),
        ("3.tif", "has values outside 0 to 1: nan to nan"),
    ]


def test_a_turned_picture_is_shown_upright(tmp_path):
    array = np.zeros((8, 16, 3), np.uint8)
    array[:, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "b.png"):
        Image.fromarray(array).save(tmp_path / name, exif=exif)
    source = images(tmp_path)
    assert source.spec == Images(3, 16, 8)
    assert (whole(source)[:, :, :6] > 240).all()
    assert (whole(source)[:, :, 10:] < 15).all()


def test_of_moving_pictures_the_first_is_taken_and_it_is_said(tmp_path):
    frames = [picture(v, mode="L") for v in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    source = images(tmp_path)
    assert whole(source).unique().tolist() == [10]
    assert source.found.facts["frames"] == "1 of 1 move: their first picture was taken"


# ---- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "side"),
    [([(20, 30), (40, 33), (35, 90)], 32), ([(300, 200), (500, 400), (90, 80)], 64), ([(1, 9), (2, 2)], 1)],
)
def test_pictures_of_several_sizes_become_squares(tmp_path, sizes, side):
    for i, size in enumerate(sizes):
        picture(i, size).save(tmp_path / f"{i}.png")
    source = images(tmp_path)
    assert source.spec == Images(3, side, side)
    assert source.found.facts["size"] == f"scaled to cover {side} × {side}, and the middle cut out"


def test_fits(tmp_path):
    array = np.zeros((8, 24), np.uint8)
    array[:, 8:16], array[:, 16:] = 100, 200
    Image.fromarray(array).save(tmp_path / "a.png")
    crop = whole(images(tmp_path, size=4))[0, 0]
    assert ((crop[:, 1:3].float() - 100).abs() < 5).all()
    pad = whole(images(tmp_path, size=(12, 12), fit="pad"))[0, 0]
    assert torch.equal(pad[0], pad[4])
    assert (pad[:, 0] < 10).all()
    stretch = whole(images(tmp_path, size=(4, 12), fit="stretch"))[0, 0]
    assert (stretch[:, 1] < 15).all()
    assert (stretch[:, -2] > 185).all()
    told = [images(tmp_path, size=4, fit=fit).found.facts["size"] for fit in ("crop", "pad", "stretch")]
    assert told == [
        "scaled to cover 4 × 4, and the middle cut out",
        "scaled to fit into 4 × 4, and the edges continued",
        "stretched to 4 × 4",
    ]


def test_a_thin_strip_is_cut_and_never_becomes_something_huge(tmp_path):
    picture(7, (1, 60_000), "L").save(tmp_path / "a.png")
    assert (whole(images(tmp_path, size=64)) == 7).all()


def test_an_impossible_size_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"size is 0: give a side, or \(height, width\), from 1 to 4096"):
        images(folder(tmp_path, [1]), size=0)
    with pytest.raises(UsageError, match="option 'fit' must be one of 'crop', 'pad', 'stretch', not 'cut'"):
        named.load(tmp_path, fit="cut")


# ---- arrays ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays_have_one_to_five_channels(tmp_path, channels, dtype):
    x = np.random.default_rng(0).integers(0, 255, (6, 5, 7, channels)).astype(dtype)
    np.save(tmp_path / "x.npy", x)
    source = images(tmp_path / "x.npy")
    assert source.spec == Images(channels, 5, 7, bits=16 if dtype == np.uint16 else 8)
    assert whole(source).long().sum() == int(x.sum())
    smaller = images(tmp_path / "x.npy", size=(3, 3))
    assert smaller.spec == Images(channels, 3, 3, bits=source.spec.bits)
    assert abs(float(whole(smaller).float().mean()) - x.mean()) < 12


def test_arrays_keep_their_labels_through_scaling(tmp_path):
    x = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((6, 5, 5), np.uint8)
    np.savez(tmp_path / "x.npz", images=x, labels=np.arange(6))
    source = images(tmp_path / "x.npz", size=3, channels="rgb")
    assert source.spec == Images(3, 3, 3, 6)
    assert torch.equal(whole(source)[:, 2, 1, 1].long(), whole(source, "label"))
    assert images(tmp_path / "x.npz", labels="none").spec.classes == 0


def test_arrays_may_lack_some_labels(tmp_path):
    x = np.arange(60, dtype=np.uint8)[:, None, None] * np.ones((60, 5, 5), np.uint8)
    y = np.where(np.arange(60) % 3 < 2, np.arange(60) % 3, -1)
    np.savez(tmp_path / "x.npz", images=x, labels=y)
    for source in (images(tmp_path / "x.npz"), images(tmp_path / "x.npz", size=3)):
        assert (source.spec.classes, source.fields, source.size) == (2, ("image", *FEW), 54)
        value, label = source.first(FEW[0], 60), source.first(FEW[1], 60)
        assert torch.equal(value[:, 0, 1, 1].long() % 3, label)
        assert source.found.facts["classes"] == "2; 20 without a label"
    np.savez(tmp_path / "x.npz", images=x, labels=y - 1)
    with pytest.raises(RivalsError, match=r"one integer from 0 for each of 60.*or -1 where there is none"):
        images(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", images=x, labels=np.where(y < 0, -1, 1))
    with pytest.raises(RivalsError, match="class 0 has no labelled sample"):
        images(tmp_path / "x.npz")


def idx(array):
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def mnist(path, zipped):
    write = gzip.compress if zipped else bytes
    end = ".gz" if zipped else ""
    for stem, n in (("train", 6), ("t10k", 3)):
        x = np.arange(n, dtype=np.uint8)[:, None, None] * np.ones((n, 4, 5), np.uint8)
        (path / f"{stem}-images-idx3-ubyte{end}").write_bytes(write(idx(x)))
        (path / f"{stem}-labels-idx1-ubyte{end}").write_bytes(write(idx(np.arange(n, dtype=np.uint8))))
    return path / f"train-images-idx3-ubyte{end}"


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_with_the_labels_beside_them(tmp_path, zipped):
    source = images(mnist(tmp_path, zipped))
    assert source.spec == Images(1, 4, 5, 6)
    assert (source.size, source.test.size) == (5, 1)
    assert torch.equal(whole(source)[:, 0, 0, 0].long(), whole(source, "label"))
    both = images(tmp_path)
    assert (both.size, both.test.size) == (6, 3)
    assert torch.equal(both.test.first("image", 9)[:, 0, 0, 0].long(), both.test.first("label", 9))


def test_real_idx_files(data_home):
    source = images(data_home / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert source.spec == Images(1, 28, 28, 10)
    assert source.size + source.test.size == 10_000


# ---- what is wrong with data -----------------------------------------------------------------------------------------


def test_bad_files_among_good_ones_are_left_out_and_told(tmp_path):
    folder(tmp_path, range(4))
    whole_file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype=np.uint8)).save(whole_file, "PNG")
    (tmp_path / "cut.png").write_bytes(whole_file.getvalue()[:-40])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "page.jpg").write_text("<html>not found</html>")
    (tmp_path / "bomb.png").write_bytes(png(9000, 9000))
    (tmp_path / "header.png").write_bytes(png(60_000, 60_000))
    (tmp_path / "nothing.png").write_bytes(png(0, 5))
    (tmp_path / "program.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_text("hello")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "circle").symlink_to(tmp_path)
    source = images(tmp_path)
    assert source.size + source.test.size == 4
    told = {bad.file: (bad.reason, bad.mend) for bad in source.found.bad}
    damaged = ("is not a picture, or a damaged one", "save it again as PNG, or leave it out")
    cut = told.pop("cut.png")
    assert cut[0].startswith("is cut short or damaged (")
    assert cut[1] == "copy it again from where it came"
    assert told == {
        "empty.png": ("is empty, 0 bytes", "copy it again from where it came"),
        "page.jpg": damaged,
        "bomb.png": ("has more than 64,000,000 pixels: 9,000 × 9,000", "scale it down first"),
        "header.png": ("has more than 64,000,000 pixels", "scale it down first"),
        "nothing.png": damaged,
        "program.png": damaged,
    }
    assert source.found.facts["ignored"] == "2 other files"
    again = images(tmp_path)
    assert again.found == source.found
    assert again.fingerprint() == source.fingerprint()


def test_labels_stay_with_their_pictures_where_some_are_bad(tmp_path):
    for name, value in (("cat", 1), ("dog", 2)):
        folder(tmp_path / name, [value] * 6)
        (tmp_path / name / "000.png").write_bytes(b"junk")
        good = (tmp_path / name / "002.png").read_bytes()
        (tmp_path / name / "002.png").write_bytes(good[: len(good) // 2])
    source = images(tmp_path)
    assert len(source.found.bad) == 4
    assert torch.equal(whole(source)[:, 0, 0, 0].long() - 1, whole(source, "label"))


@pytest.mark.parametrize("entry", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:\\evil.png", "..\\evil.png"])
def test_a_zip_with_an_entry_outside_is_refused_as_a_whole(tmp_path, entry):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("a.png", png(4, 4))
        zipped.writestr(entry, png(4, 4))
    with pytest.raises(RivalsError, match=r"x.zip has an entry '.*evil.png' that lies outside of it: make the zip"):
        images(tmp_path / "x.zip")


def test_a_zip_of_a_damaged_directory_is_refused_in_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("a.png", png(4, 4))
        zipped.writestr("../two\nlines.png", png(4, 4))
    whole = (tmp_path / "x.zip").read_bytes()
    with pytest.raises(RivalsError, match=r"x.zip has an entry '\.\./two\\nlines.png' that lies outside"):
        images(tmp_path / "x.zip")
    directory = whole.index(b"PK\x01\x02")
    (tmp_path / "x.zip").write_bytes(whole[: directory + 6] + b"\xff" + whole[directory + 7 :])  # version needed
    with pytest.raises(RivalsError, match=r"x.zip cannot be read: zip file version 25.5; make the zip anew"):
        images(tmp_path / "x.zip")


def test_one_picture_works_and_nothing_is_held_out(tmp_path):
    source = images(folder(tmp_path, [9]))
    assert source.size == 1
    assert source.test is None
    assert len(source.draw(["image"], seed=0, start=0, size=4)[0]) == 4
    assert source.found.facts["parts"] == "one only, so nothing is held out"
    assert images(tmp_path / "000.png").size == 1
    np.save(tmp_path / "x.npy", np.zeros((1, 3, 3), np.uint8))
    assert images(tmp_path / "x.npy").test is None


def make(path, kind):
    rng = np.random.default_rng(0)
    if kind == "empty":
        return path
    if kind == "missing":
        return path / "nowhere"
    if kind == "text":
        (path / "a.txt").write_text("hello")
        return path / "a.txt"
    if kind in ("one bad", "all bad"):
        for i in range(1 + (kind == "all bad")):
            (path / f"{i}.png").write_text("not a picture")
        return path
    if kind in ("zip cut short", "zip without pictures"):
        with zipfile.ZipFile(path / "x.zip", "w") as zipped:
            zipped.writestr("a.txt", rng.bytes(500))
        if kind == "zip cut short":
            (path / "x.zip").write_bytes((path / "x.zip").read_bytes()[:200])
        return path / "x.zip"
    if kind in ("floats", "object", "seven channels", "no samples", "no pixels"):
        array = {
            "floats": np.full((4, 3, 3), np.nan),
            "object": np.array([{}], dtype=object),
            "seven channels": np.zeros((4, 3, 3, 7), np.uint8),
            "no samples": np.zeros((0, 3, 3), np.uint8),
            "no pixels": np.zeros((4, 0, 3), np.uint8),
        }[kind]
        np.save(path / "x.npy", array, allow_pickle=True)
        return path / "x.npy"
    if kind in ("labels short", "labels below 0", "labels huge"):
        wrong = {"short": np.arange(3), "below 0": np.arange(4) - 2, "huge": np.arange(4) * 10**9}[kind[7:]]
        np.savez(path / "x.npz", images=np.zeros((4, 3, 3), np.uint8), labels=wrong)
        return path / "x.npz"
    if kind.startswith("idx"):
        file = mnist(path, False)
        if kind == "idx cut":
            file.write_bytes(file.read_bytes()[:-5])
        elif kind == "idx huge":
            file.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12)
        elif kind == "idx ints":
            file.write_bytes(b"\0\0\x0c\x03" + b"\0" * 12)
        elif kind == "idx labels":
            (path / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(4, dtype=np.uint8)))
        elif kind == "idx no pictures":
            return path / "train-labels-idx1-ubyte"
        return file
    folder(path, range(3))
    text = {
        "json broken": "{",
        "json short": '{"labels": [["000.png", 1]]}',
        "json word": '{"labels": [["000.png", "cat"]]}',
        "csv short": "file,a\n000.png,1\n001.png,0\n",
        "csv value": "file,a\n000.png,1\n001.png,0\n002.png,2\n",
        "csv empty": "",
    }
    if kind == "celeba cut":
        (path / "list_attr_celeba.txt").write_text(CELEBA[:-20])
    else:
        (path / ("dataset.json" if kind.startswith("json") else "attributes.csv")).write_text(text[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("empty", r"holds no pictures: \.bmp, \.gif, .* are read"),
        ("missing", "there is no file or folder"),
        ("text", "is neither a folder nor a zip of pictures: give one of them, .npy, .npz or IDX"),
        ("one bad", r"the only picture in .*, 0\.png, is not a picture, or a damaged one: save it again as PNG"),
        ("all bad", r"none of the 2 pictures in .* can be read; the first, 0\.png, is not a picture"),
        ("zip cut short", "is neither a folder nor a zip of pictures"),
        ("zip without pictures", "holds no pictures"),
        ("floats", r"x.npy is float64 \(4, 3, 3\): pictures are .* of uint8 or uint16"),
        ("object", "x.npy holds Python objects"),
        ("seven channels", "x.npy has 7 channels: images are .* with 1 to 5 channels"),
        ("no samples", r"x.npy is empty: it holds an array of shape \(0, 3, 3\)"),
        ("no pixels", "x.npy holds pictures of 0 × 3 pixels: give some with pixels"),
        ("labels short", r"labels are int64 \(3,\); give one integer from 0 for each of 4"),
        ("labels below 0", "give one integer from 0 for each of 4"),
        ("labels huge", "for each of 4, below 1,000,000"),
        ("idx cut", "train-images-idx3-ubyte is cut short, 115 of 120 bytes: copy it again"),
        ("idx huge", "says that it holds .* bytes, more than 8,589,934,592: it is damaged"),
        ("idx ints", "is no IDX file of bytes"),
        ("idx labels", "holds 4 labels for 6 pictures in train-images-idx3-ubyte: put the right one beside it"),
        ("idx no pictures", r"holds an array of shape \(6,\), no pictures: give the file of images"),
        ("json broken", r"dataset.json is not read as labels \(JSONDecodeError\): give {\"labels\""),
        (
            "json short",
            "dataset.json has no label for 2 pictures, the first is 001.png: add it, or read with",
        ),
        ("json word", "dataset.json has the label cat for 000.png: give"),
        (
            "csv short",
            "attributes.csv has no line for 1 picture, the first is 002.png: add it, or read with",
        ),
        ("csv value", "has a line for 002.png that is not 1 values of 1 and 0, or 1 and -1: mend it"),
        ("csv empty", "names no attributes: give a header, file,name,name"),
        ("celeba cut", "says that it has 4 lines and has 3: copy it again, or mend the number"),
    ],
)
def test_bad_input_gets_a_sentence(tmp_path, kind, sentence):
    path = make(tmp_path, kind)
    with pytest.raises(RivalsError, match=sentence) as refused:
        images(path)
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_labels_none_reads_past_bad_labels(tmp_path):
    assert images(make(tmp_path, "json broken"), labels="none").size == 2
