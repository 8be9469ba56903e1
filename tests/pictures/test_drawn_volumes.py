from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data.made.graphs import communities
from rivals.data.made.volumes import clouds, moving_digits, solids
from rivals.data.readers import graphs, volumes
from rivals.data.sources import decoded
from rivals.data.specs import Cloud, Graph, Video, Voxels
from rivals.pictures.volumes import GAP, ROWS, SHOWN, SOLID, TILE, WRITERS


def opened(blob: bytes) -> Image.Image:
    return Image.open(io.BytesIO(blob))


def arrays(blob: bytes) -> np.ndarray:
    with np.load(io.BytesIO(blob), allow_pickle=False) as data:
        return data["samples"]


@pytest.mark.parametrize("channels", [1, 3])
def test_clips_as_animation_strips_and_arrays(tmp_path, channels):
    spec = Video(channels, 8, 16, 16)
    x = decoded(moving_digits().first("video", 20)).repeat(1, channels, 1, 1, 1)
    if channels == 3:
        x[:, 0] = -1
    film = opened(WRITERS[Video][".gif"](x, spec))
    assert film.n_frames == 8
    assert film.size == (5 * 66 + GAP, 4 * 66 + GAP)
    film.seek(5)
    frame = np.asarray(film.convert("RGB"))[GAP : GAP + 64 : 4, GAP : GAP + 64 : 4].astype(int)
    expected = ((x[0, :, 5] + 1) * 127.5).round().numpy().transpose(1, 2, 0)
    assert np.abs(frame - expected).max() <= 8
    strip = opened(WRITERS[Video][".png"](x, spec))
    assert strip.size == (8 * 66 + GAP, ROWS * 66 + GAP)
    blob = WRITERS[Video][".npz"](x, spec)
    assert arrays(blob).shape == ((20, 8, 16, 16, 3) if channels == 3 else (20, 8, 16, 16))
    (tmp_path / "x.npz").write_bytes(blob)
    back = volumes.video(tmp_path / "x.npz", frames=8)
    assert back.spec == spec
    known = {one.numpy().tobytes() for one in ((x + 1) * 127.5).round().to(torch.uint8)}
    assert {one.numpy().tobytes() for one in back.first("video", 99)} <= known


def test_solids_are_drawn_where_they_are():
    spec = Voxels(1, 16, 16, 16)
    x = torch.full((3, 1, 16, 16, 16), -1.0)
    x[1] = 1
    x[2, :, 4:12, 4:12, 8:] = 1
    picture = np.asarray(opened(WRITERS[Voxels][".png"](x, spec)).convert("L"))
    assert picture.shape == (2 * (SOLID + GAP) + GAP, 2 * (SOLID + GAP) + GAP)
    step = SOLID + GAP
    empty, full, upper = (
        picture[GAP + r : GAP + r + SOLID, GAP + c : GAP + c + SOLID] < 255 for r, c in ((0, 0), (0, step), (step, 0))
    )
    assert not empty.any()
    # a whole cube's outline has no part outside the tile, and is convex: no row of it has a hole
    assert 0.5 < full.mean() < 0.9
    assert full[1:-1, 1:-1].sum() == full.sum()
    for row in full[full.any(1)]:
        (places,) = np.nonzero(row)
        assert len(places) == np.ptp(places) + 1
    rows = np.nonzero(upper)[0]
    assert rows.mean() < SOLID / 2
    assert upper.sum() < full.sum() / 3
    # three sides of a cube, three brightnesses
    grey = picture[GAP : GAP + SOLID, GAP + step : GAP + step + SOLID][full]
    counts = np.histogram(grey, bins=12)[0]
    assert (counts > 0.1 * counts.sum()).sum() >= 2


def test_solids_are_written_as_the_reader_takes_them(tmp_path):
    source = solids()
    x = decoded(source.first("voxels", 10))
    (tmp_path / "x.npz").write_bytes(WRITERS[Voxels][".npz"](x, source.spec))
    assert arrays((tmp_path / "x.npz").read_bytes()).dtype == bool
    back = volumes.voxels(tmp_path / "x.npz")
    assert back.spec == Voxels(1, 16, 16, 16)
    assert sorted(torch.cat([back.first("voxels", 9), back.test.first("voxels", 9)]).flatten(1).tolist()) == sorted(
        source.first("voxels", 10).flatten(1).tolist()
    )


@pytest.mark.parametrize("dim", [2, 3])
def test_points_are_drawn_where_they_are(dim):
    x = torch.zeros(2, 50, dim)
    x[0, :, -1] = 1.0
    x[1, :, 0] = torch.nan
    picture = np.asarray(opened(WRITERS[Cloud][".png"](x, Cloud(50, dim))).convert("L"))
    assert picture.shape == (TILE + 2 * GAP, 2 * (TILE + GAP) + GAP)
    rows, columns = np.nonzero(picture[GAP:-GAP, GAP : GAP + TILE] < 200)
    assert len(rows) > 0
    assert rows.mean() < TILE * 0.15
    assert abs(columns.mean() - TILE / 2) < 2
    assert picture[GAP:-GAP, GAP + TILE + GAP : -GAP].min() == 255


def test_sets_of_points_and_many_samples(tmp_path):
    source = clouds()
    x = source.first("cloud", SHOWN + 6)
    assert opened(WRITERS[Cloud][".png"](x, source.spec)).size == (8 * (TILE + GAP) + GAP, 8 * (TILE + GAP) + GAP)
    assert np.array_equal(arrays(WRITERS[Cloud][".npz"](x, source.spec)), x.numpy())
    (tmp_path / "x.npz").write_bytes(WRITERS[Cloud][".npz"](x, source.spec))
    assert volumes.cloud(tmp_path / "x.npz").spec == Cloud(256, 3)


def test_walks_as_text_and_edges(tmp_path):
    spec = Graph(3, 4, symbols=("Oslo", "New York", "Rome"), joined="\t")
    walks = torch.tensor([[0, 1, 0, 1], [2, 1, 0, 1]])
    assert WRITERS[Graph][".txt"](walks, spec).decode().splitlines() == [
        "Oslo\tNew York\tOslo\tNew York",
        "Rome\tNew York\tOslo\tNew York",
    ]
    assert WRITERS[Graph][".csv"](walks, spec).decode().splitlines() == [
        "source,target,count",
        "Oslo,New York,3",
        "New York,Oslo,2",
        "Rome,New York,1",
    ]
    assert np.array_equal(arrays(WRITERS[Graph][".npz"](walks, spec)), walks)
    assert WRITERS[Graph][".txt"](walks, Graph(3, 4)).decode().splitlines()[0] == "0 1 0 1"


def test_edges_of_many_walks_give_the_graph_back(tmp_path):
    source = communities()
    (tmp_path / "g.csv").write_bytes(WRITERS[Graph][".csv"](source.test.first("tokens", 4000), source.spec))
    back = graphs.graph(tmp_path / "g.csv")
    assert back.spec == source.spec
    assert (back.truth - source.truth).nnz == 0


@pytest.mark.parametrize("kind", [Video, Voxels, Cloud])
def test_what_is_not_finite_is_no_error(kind):
    spec = {Video: Video(1, 2, 4, 4), Voxels: Voxels(1, 4, 4, 4), Cloud: Cloud(5)}[kind]
    x = torch.full((2, *spec.shape), torch.nan)
    for write in WRITERS[kind].values():
        assert write(x, spec)
