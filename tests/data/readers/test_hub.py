import sys

import numpy as np
import pytest
import torch

from rivals.data.readers.hub import hub
from rivals.data.specs import Images, Points
from rivals.errors import RivalsError, UsageError


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(RivalsError, match=r"hub: needs the extra 'hub': pip install 'rivals\[hub\]'"):
        hub(tmp_path)


@pytest.fixture
def datasets(monkeypatch):
    library = pytest.importorskip("datasets", reason="the extra 'hub' is not installed")
    library.disable_progress_bars()
    return library


def pictures(datasets, n, size=(6, 5), colour=True):
    from PIL import Image

    rng = np.random.default_rng(n)
    arrays = [rng.integers(0, 256, (size[1], size[0], 3) if colour else (size[1], size[0]), np.uint8) for _ in range(n)]
    features = datasets.Features({"img": datasets.Image(), "kind": datasets.ClassLabel(names=["a", "b", "c"])})
    rows = {"img": [Image.fromarray(a) for a in arrays], "kind": [i % 2 for i in range(n)]}
    return datasets.Dataset.from_dict(rows, features=features), np.stack(arrays)


def test_pictures_with_classes_and_the_own_test_split(datasets, tmp_path):
    train, x = pictures(datasets, 12)
    test, y = pictures(datasets, 4)
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk(str(tmp_path / "d"))
    source = hub(tmp_path / "d")
    assert source.spec == Images(3, 5, 6, classes=3)
    for part, arrays in ((source, x), (source.test, y)):
        images, labels = part.first("image", 99), part.first("label", 99)
        assert len(images) == len(arrays)
        for image, label in zip(images, labels, strict=True):
            (place,) = np.flatnonzero((arrays.transpose(0, 3, 1, 2) == image.numpy()).all((1, 2, 3)))
            assert label == place % 2
    assert source.found.facts["held out"] == "the split 'test', 4"
    limited = hub(tmp_path / "d", limit=3, size=8, split="test")
    assert limited.first("image", 9).shape == (2, 3, 8, 8)
    assert limited.test.size == 1
    with pytest.raises(RivalsError, match="has no split 'valid': it has train, test"):
        hub(tmp_path / "d", split="valid")
    with pytest.raises(RivalsError, match="has no column 'photo': it has img, kind"):
        hub(tmp_path / "d", image="photo")
    with pytest.raises(RivalsError, match="the column 'kind' holds no pictures"):
        hub(tmp_path / "d", image="kind")


def test_grey_pictures_in_a_tenth(datasets, tmp_path):
    pictures(datasets, 20, colour=False)[0].save_to_disk(str(tmp_path / "d"))
    source = hub(tmp_path / "d")
    assert source.spec == Images(1, 5, 6, classes=3)
    assert (source.size, source.test.size) == (18, 2)


def test_columns_of_floats_are_points(datasets, tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    columns = {"a": x[:, 0], "b": x[:, 1], "n": np.arange(20)}
    datasets.Dataset.from_dict(columns).save_to_disk(str(tmp_path / "d"))
    source = hub(tmp_path / "d", label="n")
    assert source.spec == Points(2, classes=20)
    points, label = source.first("point", 99), source.first("label", 99)
    assert torch.equal(points, torch.from_numpy(x)[label])


def test_a_folder_of_files_that_the_library_understands(datasets, tmp_path, monkeypatch):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.csv").write_text("a,b\n" + "".join(f"{i}.5,{i}.25\n" for i in range(10)))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    assert hub(tmp_path / "d").spec == Points(2)


def test_lists_of_floats_are_points(datasets, tmp_path):
    x = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)
    datasets.Dataset.from_dict({"v": x.tolist()}).save_to_disk(str(tmp_path / "d"))
    assert hub(tmp_path / "d").spec == Points(3)
    datasets.Dataset.from_dict({"v": [[1.0], [1.0, 2.0]]}).save_to_disk(str(tmp_path / "e"))
    with pytest.raises(RivalsError, match="several lengths"):
        hub(tmp_path / "e")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"text": ["a", "b"]},
            r"has no pictures and no floats \(text: string\): columns of pictures or floats are read",
        ),
        ({"a": [1.0, float("nan")]}, "has NaN or infinity in 1 rows, first in row 1: leave them out"),
    ],
)
def test_bad_columns(datasets, tmp_path, columns, says):
    datasets.Dataset.from_dict(columns).save_to_disk(str(tmp_path / "d"))
    with pytest.raises(RivalsError, match=says):
        hub(tmp_path / "d")


def test_an_empty_set(datasets, tmp_path, monkeypatch):
    empty = datasets.Dataset.from_dict({"a": np.zeros(0, np.float32)})
    monkeypatch.setattr(datasets, "load_dataset", lambda *given: empty)
    with pytest.raises(RivalsError, match="is empty: name another split"):
        hub(tmp_path)


def test_pictures_of_several_sizes_need_one(datasets, tmp_path):
    rows = [pictures(datasets, 3, size)[0] for size in ((6, 5), (7, 5))]
    datasets.concatenate_datasets(rows).save_to_disk(str(tmp_path / "d"))
    with pytest.raises(RivalsError, match="several sizes, 6×5 and 7×5: give one, --read size=64"):
        hub(tmp_path / "d")
    assert hub(tmp_path / "d", size=4).spec == Images(3, 4, 4, classes=3)


def test_what_cannot_be_reached(datasets, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RivalsError, match=r"empty cannot be read as a data set \(.*\): see what the folder holds"):
        hub(tmp_path / "empty")

    def unreachable(*given):
        raise ConnectionError("no route\nmore")

    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    says = r"nobody/nothing cannot be read as a data set \(no route\): see its name, and that this machine is on line"
    with pytest.raises(RivalsError, match=says):
        hub(tmp_path.__class__("nobody/nothing"))
    with pytest.raises(UsageError, match="size and limit are at least 0"):
        hub(tmp_path, limit=-1)
