from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rivals import pictures
from rivals.data import named, specs, toy
from rivals.errors import UsageError

GREY = specs.Images(1, 8, 8)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((64, 1, 8, 8), (8 * 66 + 2, 8 * 66 + 2)),
        ((16, 3, 32, 32), (4 * 66 + 2, 4 * 66 + 2)),
        ((4, 1, 128, 128), (2 * 130 + 2, 2 * 130 + 2)),
        ((1, 1, 8, 8), (68, 68)),
        ((5, 1, 28, 28), (2 * 86 + 2, 3 * 86 + 2)),
    ],
)
def test_grid_sizes(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    assert pictures.grid(torch.zeros(shape)).size == size


def test_grids_are_about_square_and_bounded() -> None:
    for shape in ((60, 3, 16, 48), (60, 3, 48, 16), (1600, 1, 28, 28)):
        width, height = pictures.grid(torch.zeros(shape)).size
        assert 0.5 < width / height < 2
        assert max(width, height) < 3000


def test_tiles_are_enlarged_without_smoothing() -> None:
    x = torch.tensor([[[[-1.0, 1.0], [1.0, -1.0]]]])
    values = np.unique(np.asarray(pictures.grid(x)))
    assert values.tolist() == [0, 255]


def test_channels() -> None:
    assert pictures.grid(torch.zeros(2, 1, 4, 4)).mode == "L"
    for channels in (3, 4, 5):
        assert pictures.grid(torch.zeros(2, channels, 4, 4)).mode == "RGB"
    assert pictures.grid(torch.zeros(2, 2, 4, 4)).mode == "L"
    clear = torch.full((1, 4, 4, 4), -1.0)
    assert np.asarray(pictures.grid(clear)).min() == 255


def test_scatter_draws_points_and_modes_on_white() -> None:
    plain = pictures.scatter(torch.randn(100, 2))
    assert plain.size == (720, 720)
    assert plain.getpixel((0, 0)) == (255, 255, 255)
    source = toy.ring()
    with_modes = pictures.scatter(source.first("point", 100), source.truth)
    grey = (np.asarray(with_modes) == 0x88).all(2).sum()
    assert grey > 50
    for x in (torch.randn(50, 1), torch.randn(50, 5), torch.full((3, 2), torch.nan), toy.moved_ring().first("y", 9)):
        pictures.scatter(x, toy.moved_ring().truth)


def test_a_grid_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "samples.png"
    pictures.save_samples(torch.zeros(4, 1, 8, 8), GREY, path)
    with Image.open(path) as picture:
        assert picture.size == (134, 134)
    assert [p.name for p in path.parent.iterdir()] == ["samples.png"]


def test_arrays_load_again(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    pictures.save_samples(torch.zeros(20, 1, 8, 8), GREY, path)
    assert np.load(path)["samples"].shape == (20, 8, 8)
    assert named.load(path).spec == GREY
    pictures.save_samples(torch.ones(20, 3, 8, 6), specs.Images(3, 8, 6), path)
    assert np.load(path)["samples"].shape == (20, 8, 6, 3)
    assert np.load(path)["samples"].dtype == np.uint8
    assert named.load(path).spec == specs.Images(3, 8, 6)
    pictures.save_samples(torch.randn(20, 2), specs.Points(2), path)
    assert named.load(path).spec == specs.Points(2)
    pictures.save_samples(torch.zeros(20, 1, 8, 8), specs.Pairs(specs.Points(3), GREY), path)
    assert np.load(path)["samples"].shape == (20, 8, 8)


def test_tokens(tmp_path: Path) -> None:
    tokens, spec = torch.tensor([[1, 2, 3], [4, 5, 31]]), specs.Tokens(32, 3)
    pictures.save_samples(tokens, spec, tmp_path / "s.txt")
    assert (tmp_path / "s.txt").read_text() == "1 2 3\n4 5 31\n"
    pictures.save_samples(tokens, spec, tmp_path / "s.npz")
    assert np.load(tmp_path / "s.npz")["samples"].tolist() == tokens.tolist()


def test_a_folder_of_pictures_loads_again(tmp_path: Path) -> None:
    x = named.digits().first("image", 12)
    folder = tmp_path / "out"
    pictures.save_samples(x.float() / 127.5 - 1, GREY, folder)
    names = sorted(p.name for p in folder.iterdir())
    assert names[0] == "00000.png"
    assert len(names) == 12
    with Image.open(folder / names[3]) as picture:
        assert np.array_equal(np.asarray(picture), x[3, 0].numpy())
    assert named.load(folder).spec == GREY
    with pytest.raises(UsageError, match="not an empty folder"):
        pictures.save_samples(x.float(), GREY, folder)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (GREY, "s.txt"),
        (GREY, "s.jpg"),
        (specs.Points(2), "folder"),
        (specs.Tokens(5, 3), "s.png"),
        (specs.Points(2), "s.txt"),
    ],
)
def test_endings_that_do_not_suit(spec: specs.Spec, name: str, tmp_path: Path) -> None:
    samples = torch.zeros(2, *spec.shape)
    with pytest.raises(UsageError, match="cannot be written"):
        pictures.save_samples(samples, spec, tmp_path / name)
    assert not list(tmp_path.iterdir())
