import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data import named, toy
from rivals.data.sources import Arrays
from rivals.data.specs import Images, Points
from rivals.errors import RivalsError, UsageError


def source(n=10):
    x = torch.arange(float(n))[:, None]
    return Arrays(Points(1), {"point": x, "label": torch.arange(n)}, name="x")


def test_batches_are_a_function_of_seed_and_position():
    a, b = source(), source()
    whole = a.draw(["point"], seed=1, start=0, size=30)[0]
    parts = torch.cat([b.draw(["point"], seed=1, start=s, size=6)[0] for s in (0, 6, 12, 18, 24)])
    assert torch.equal(whole, parts)
    assert not torch.equal(whole, a.draw(["point"], seed=2, start=0, size=30)[0])


def test_every_epoch_is_one_permutation_of_the_whole():
    epochs = source().draw(["point"], seed=3, start=0, size=40)[0].view(4, 10)
    assert torch.equal(epochs.sort(1).values, torch.arange(10.0).expand(4, 10))
    assert not torch.equal(epochs[0], epochs[1])


def test_a_batch_larger_than_the_set_goes_round():
    assert len(source(3).draw(["point"], seed=0, start=1, size=8)[0]) == 8


def test_fields_of_a_group_are_aligned_and_groups_are_not():
    x, label = source().draw(["point", "label"], seed=0, start=4, size=20)
    assert torch.equal(x[:, 0].long(), label)
    apart = Arrays(
        Points(1), {"x": torch.arange(50), "y": torch.arange(50)}, groups={"x": "x", "y": "y"}, name="two"
    )  # fmt: skip
    x, y = apart.draw(["x", "y"], seed=0, start=0, size=50)
    assert not torch.equal(x, y)
    assert (apart.stream(["x"]), apart.stream(["y"])) == ("x", "y")


def test_an_unknown_field_is_named():
    with pytest.raises(RivalsError, match="has no field 'z'; it has point, label"):
        source().draw(["z"], seed=0, start=0, size=1)


def test_fingerprints_follow_the_data():
    a, b = source(), source()
    assert a.fingerprint() == b.fingerprint()
    b._arrays["point"][0] += 1
    assert a.fingerprint() != b.fingerprint()


@pytest.mark.parametrize("name", [n for n, one in named.NAMED.items() if one.origin != named.HOME])
def test_embedded_sets_load_with_a_test_split_of_the_same_spec(name):
    if name == "cartpole":
        pytest.importorskip("gymnasium")
    data = named.load(name)
    assert data.test is not None
    assert data.test.spec == data.spec
    assert data.name == name
    first = data.first(data.main, 5)
    assert torch.equal(first, named.load(name).first(data.main, 5))
    same = name in ("dirac", "bell", "ghz")  # one point each, training and held out
    assert torch.equal(first, data.test.first(data.main, 5)) == same
    assert named.load(name).fingerprint() == data.fingerprint()


@pytest.mark.parametrize(
    ("name", "size"), [("mnist", 60_000), ("fashion", 60_000), ("usps", 7291), ("cifar10", 10_000)]
)
def test_real_sets_load_from_their_folder(data_home, name, size):
    data = named.load(name)
    assert isinstance(data.spec, Images)
    assert (data.size, data.spec.classes) == (size, 10)


def test_mixtures_have_their_moments_and_translations_their_truth():
    ring = named.load("ring")
    x, mode = ring.draw(["point", "label"], seed=0, start=0, size=4000)
    for k in range(8):
        assert torch.allclose(x[mode == k].mean(0), ring.truth.means[k], atol=0.005)
    assert (x - ring.truth.means[mode]).std() == pytest.approx(0.01, rel=0.05)
    pairs = named.load("colour-digits")
    assert torch.allclose(pairs.truth.forward(decoded(pairs.first("x", 9))), decoded(pairs.first("y", 9)), atol=0.02)
    inverted = named.load("inverted-digits")
    assert torch.equal(inverted.truth.forward(torch.ones(1)), -torch.ones(1))
    x, y = (decoded(inverted.first(f, 700)).flatten(1) for f in ("x", "y"))
    assert torch.cdist(-x, y).min() > 0.1, "no digit is in both domains"


def decoded(x):
    return x.float() / 127.5 - 1


def test_edges_and_colours():
    x = -torch.ones(1, 1, 4, 4)
    x[..., 2:] = 1
    assert (toy.edges(x)[0, 0, 0] == torch.tensor([-1.0, 1, 1, -1])).all()
    assert torch.equal(toy.colours(torch.full((1, 1, 3, 1), -1.0)), torch.full((1, 3, 3, 1), -1.0))


# ---- files -----------------------------------------------------------------------------------------------------------


def test_arrays_by_path(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", rng.normal(size=(20, 3)))
    assert named.load(tmp_path / "p.npy").spec == Points(3)
    np.savez(tmp_path / "i.npz", data=rng.integers(0, 255, (20, 6, 5, 3), dtype=np.uint8), labels=np.arange(20) % 4)
    images = named.load(str(tmp_path / "i.npz"))
    assert images.spec == Images(3, 6, 5, 4)
    assert images.size == 18
    assert images.test.size == 2
    assert named.load(rng.integers(0, 255, (9, 6, 5), dtype=np.uint8)).spec == Images(1, 6, 5)


def test_options_reach_arrays_by_path(tmp_path):
    np.save(tmp_path / "i.npy", np.random.default_rng(0).integers(0, 255, (20, 6, 6, 3), dtype=np.uint8))
    assert named.load(tmp_path / "i.npy", size=3).spec == Images(3, 3, 3)
    with pytest.raises(UsageError, match="nonsense"):
        named.load(tmp_path / "i.npy", nonsense=3)
    np.savez(tmp_path / "bad.npz", x=np.zeros((20, 6, 6), np.uint8), labels=np.arange(3))
    with pytest.raises(RivalsError, match="one integer from 0 for each of 20"):
        named.load(tmp_path / "bad.npz")
    assert named.load(tmp_path / "bad.npz", labels="none").spec == Images(1, 6, 6)
    np.save(tmp_path / "p.npy", np.zeros((20, 3)))
    with pytest.raises(UsageError, match="size"):
        named.load(tmp_path / "p.npy", size=3)


@pytest.mark.parametrize("word", ["", "images:"])
@pytest.mark.parametrize("read", [{}, {"size": 3}])
def test_arrays_that_cannot_be_samples_are_left_aside_and_named(tmp_path, word, read):
    pictures = np.random.default_rng(0).integers(0, 255, (20, 6, 6, 4), dtype=np.uint8)
    np.savez(tmp_path / "i.npz", names=np.array(["a"] * 20), pictures=pictures, labels=np.arange(20) % 2)
    data = named.load(f"{word}{tmp_path}/i.npz", **read)
    side = read.get("size", 6)
    assert data.spec == Images(4, side, side, 2)
    assert data.found.facts["left aside"] == "names"
    np.savez(tmp_path / "y.npz", x=pictures, y=np.arange(20))
    told = named.load(f"{word}{tmp_path}/y.npz", **read).found.facts["left aside"]
    assert told == "y; classes are an array named 'labels'"


def test_a_folder_of_images(tmp_path):
    for i in range(5):
        Image.fromarray(np.full((4, 6, 3), i * 20, np.uint8)).save(tmp_path / f"{i}.png")
    data = named.load(tmp_path)
    assert data.spec == Images(3, 4, 6)
    assert data.size == 4


def test_arrays_share_one_tensor_between_training_and_test(tmp_path):
    np.save(tmp_path / "i.npy", np.arange(10, dtype=np.uint8)[:, None, None] * np.ones((10, 2, 2), np.uint8))
    data = named.load(tmp_path / "i.npy")
    assert data._arrays["image"] is data.test._arrays["image"]
    assert (data.size, data.test.size) == (9, 1)
    assert data.fingerprint() == named.load(tmp_path / "i.npy").fingerprint() != data.test.fingerprint()
    seen = torch.cat([s.first("image", 99) for s in (data, data.test)])[:, 0, 0, 0]
    assert sorted(seen.tolist()) == list(range(10))


def test_rows_of_an_index_are_all_that_is_drawn():
    x, rows = torch.arange(10), torch.tensor([7, 2, 5])
    part = Arrays(Points(1), {"point": x, "label": x + 100}, index={"point": rows, "label": rows})
    assert part.size == 3
    assert part.first("point", 2).tolist() == [7, 2]
    a, b = part.draw(["point", "label"], seed=0, start=0, size=6)
    assert sorted(a.tolist()) == [2, 2, 5, 5, 7, 7]
    assert torch.equal(a + 100, b)
    other = Arrays(Points(1), {"point": x, "label": x + 100}, index={"point": rows.flip(0), "label": rows})
    assert part.fingerprint() != other.fingerprint()
    known = [Arrays(Points(1), {"point": x}, digests={"point": digest}).fingerprint() for digest in "aab"]
    assert known[0] == known[1] != known[2]


def test_arrays_of_every_memory_layout_load():
    frozen = np.zeros((4, 3, 3), np.uint8)
    frozen.flags.writeable = False
    for x in (
        frozen,
        frozen[:, ::-1],
        np.zeros((4, 3, 3), ">u2"),
        np.zeros((4, 2), ">f8"),
        np.zeros((3, 3, 4), np.uint8).T,
    ):
        assert named.load(x).size == 3
    with pytest.raises(RivalsError, match="array is empty"):
        named.load(np.array(1.0))


def test_one_sample_is_all_training():
    assert named.load(np.zeros((1, 3, 3), np.uint8)).test is None


def write(path, kind):
    rng = np.random.default_rng(0)
    arrays = {
        "empty": np.zeros((0, 2)),
        "nan": np.where(np.arange(8).reshape(4, 2) == 3, np.nan, 1.0),
        "object": np.array([{}], dtype=object),
        "ints": np.arange(8).reshape(4, 2),
        "channels": rng.integers(0, 9, (4, 5, 5, 7), dtype=np.uint8),
    }
    if kind in arrays:
        np.save(path / "x.npy", arrays[kind], allow_pickle=True)
        return path / "x.npy"
    if kind == "labels":
        np.savez(path / "x.npz", data=np.zeros((4, 2)), labels=np.arange(3))
        return path / "x.npz"
    if kind == "two arrays":
        np.savez(path / "x.npz", a=np.zeros((4, 2)), b=np.zeros((4, 2)))
        return path / "x.npz"
    if kind == "cut short":
        np.save(path / "x.npy", np.zeros((400, 2)))
        (path / "x.npy").write_bytes((path / "x.npy").read_bytes()[:200])
        return path / "x.npy"
    if kind == "no image":
        (path / "a.png").write_text("not a picture")
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("empty", "is empty"),
        ("nan", "NaN or infinity in 1 rows, the first is row 1"),
        ("object", "holds Python objects"),
        ("ints", "give N×D floats for points"),
        ("channels", "has 7 channels"),
        ("labels", "one integer from 0 for each of 4"),
        ("two arrays", "give one array"),
        ("cut short", "cannot be read as an array"),
        ("no image", "a.png, is not a picture, or a damaged one: save it again as PNG, or leave it out"),
        ("folder without images", "holds no pictures: .bmp, .gif"),
    ],
)
def test_bad_files_get_a_sentence_that_names_them(tmp_path, kind, sentence):
    with pytest.raises(RivalsError, match=sentence) as refused:
        named.load(write(tmp_path, kind))
    assert str(tmp_path) in str(refused.value)


def test_what_is_no_data_is_refused(tmp_path):
    (tmp_path / "x.what").write_text("hello")
    with pytest.raises(
        UsageError, match=r"it is not clear what .*x\.what is: write what it is before it, one of images:"
    ):
        named.load(tmp_path / "x.what")
    with pytest.raises(UsageError, match="did you mean 'digits'"):
        named.load("digit")
