"""Pictures of what a game can do: sizes, what stays and what changes in them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import rivals
from rivals import registry
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import UsageError
from rivals.pictures import GAP, SIDE, grid
from rivals.pictures.shown import COLUMNS, PICTURES, caption, picture, views
from rivals.run import Run

DIGITS = named.load("digits")
TILE = SIDE + GAP


def made(id: str, **options):
    return registry.create(id, DIGITS.spec, **options)


def tiles(image: Image.Image) -> np.ndarray:
    """(rows, columns, 64, 64) of a grid of digits."""
    grey = np.asarray(image.convert("L"))
    rows, columns = ((side - GAP) // TILE for side in grey.shape)
    return np.array([
        [grey[GAP + r * TILE : (r + 1) * TILE, GAP + c * TILE : (c + 1) * TILE] for c in range(columns)]
        for r in range(rows)
    ])  # fmt: skip


def draw(name: str, game, n: int = 3, seed: int = 0) -> np.ndarray:
    return tiles(picture(name, game, lambda: DIGITS, n, seed))


def test_an_interpolation_ends_where_its_latents_are():
    game = made("dcgan", width=4, latent=4)
    seen = draw("interpolation", game)
    assert seen.shape[:2] == (3, COLUMNS)
    assert (seen == draw("interpolation", game)).all()
    assert (seen != draw("interpolation", game, seed=1)).any()
    steps = np.abs(np.diff(seen.astype(float), axis=1)).mean((2, 3))
    ends = np.abs(seen[:, 0].astype(float) - seen[:, -1]).mean((1, 2))
    assert (steps.max(1) <= ends).all()  # no step is longer than the way


def test_classes_have_a_row_each():
    assert draw("classes", made("cgan", width=4, latent=4), n=2).shape[:2] == (10, 2)
    faces = named.load("faces")
    told = registry.create("cgan", faces.spec, width=4, latent=4)
    Run(told, faces, steps=1, batch=8).train()
    seen = picture("classes", told, lambda: faces, 3, 0)
    tall, wide = len(faces.spec.attributes), 3
    assert abs(seen.height / seen.width - tall / wide) < 0.05
    with pytest.raises(UsageError, match="dcgan knows neither classes nor attributes"):
        draw("classes", made("dcgan", width=4, latent=4))


def test_a_traversal_changes_the_strongest_numbers():
    game = made("vae", hidden=(8,), latent=5)
    first, second = draw("traversal", game, n=2).astype(float)
    assert first.std(0).mean() > second.std(0).mean()
    codes = made("infogan", width=4, latent=4, hidden=8, categories=10, continuous=2)
    assert draw("traversal", codes).shape[:2] == (3, 10)


def test_reconstructions_stand_under_held_out_pictures():
    seen = draw("reconstruction", made("vae", hidden=(8,), latent=2), n=4)
    assert seen.shape[:2] == (2, 4)
    first = DIGITS.test.first("image", 1)
    grid = rivals.pictures.grid(rivals.data.sources.decoded(first))
    assert (seen[0, 0] == tiles(grid)[0, 0]).all()


def test_styles_have_three_pictures():
    game = made("stylegan", width=8)
    assert draw("mixing", game).shape[:2] == (4, COLUMNS + 1)
    rows = draw("truncation", game)
    assert (rows[0, 3] == rows[1, 3]).all()  # at 0 every latent gives the mean picture
    with pytest.raises(UsageError, match="dcgan has no styles"):
        draw("mixing", made("dcgan", width=4, latent=4))


@pytest.mark.parametrize("name", [n for n, (_, needs) in PICTURES.items() if needs])
def test_what_a_game_cannot_do_is_no_picture(name):
    with pytest.raises(UsageError, match="dcgan cannot"):
        draw(name, made("dcgan", width=4, latent=4))


def test_words_are_checked():
    with pytest.raises(UsageError, match="did you mean 'traversal'"):
        draw("traversel", made("dcgan", width=4, latent=4))
    with pytest.raises(UsageError, match="at least 1 row"):
        draw("interpolation", made("dcgan", width=4, latent=4), n=0)
    with pytest.raises(UsageError, match="makes pictures"):
        picture("interpolation", registry.create("gan", named.load("ring").spec), lambda: DIGITS, 3)


def test_a_model_without_a_run_needs_data_for_real_pictures_alone(tmp_path):
    made("vae", hidden=(8,), latent=2).save_pretrained(tmp_path / "model")
    assert isinstance(rivals.picture(tmp_path / "model", "interpolation", n=1), Image.Image)
    with pytest.raises(UsageError, match="name its data"):
        rivals.picture(tmp_path / "model", "reconstruction")
    assert isinstance(rivals.picture(tmp_path / "model", "reconstruction", "digits", n=1), Image.Image)


def test_neighbours_of_training_pictures_are_themselves():
    game = made("dcgan", width=4, latent=4)
    game.sample = lambda n, seed: decoded(
        DIGITS.first(DIGITS.main, 40)[40 - n :]
    )  # a generator that knows them by heart
    seen = draw("neighbours", game, n=4)
    assert seen.shape[:2] == (2, 4)
    assert (seen[0] == seen[1]).all()


def test_a_neighbour_is_nearer_than_any_other_training_picture():
    game = made("dcgan", width=4, latent=4)
    below = draw("neighbours", game, n=2)[1]
    real = decoded(DIGITS.first(DIGITS.main, DIGITS.size))
    nearest = real[torch.cdist(game.sample(2, seed=0).flatten(1), real.flatten(1)).argmin(1)]
    assert (tiles(grid(nearest, columns=2))[0] == below).all()


def test_views_are_all_pictures_that_a_game_can_do_and_no_slow_one():
    found = views(made("cgan", width=4, latent=4), lambda: DIGITS, n=2)
    assert list(found) == ["interpolation", "classes", "traversal", "neighbours"]
    assert "projection" not in views(made("stylegan", width=4, most=8, latent=4, depth=1), lambda: DIGITS, n=1)
    assert all(caption(name).endswith(".") for name in PICTURES)
    ring = named.load("ring")
    assert views(registry.create("wgan-gp", ring.spec, width=4), lambda: ring) == {}


def test_a_finished_run_has_its_views_and_report_draws_them_again(tmp_path):
    trained = rivals.train("dcgan", "digits", steps=2, batch=8, width=4, latent=4, out=tmp_path / "run")
    drawn = tmp_path / "run" / "views" / "neighbours.png"
    assert drawn.is_file()
    drawn.unlink()
    page = rivals.report(trained.folder)
    assert drawn.is_file()
    assert "neighbours: Samples over the training pictures" in page.read_text()
    bare = rivals.train("dcgan", "digits", steps=2, batch=8, width=4, latent=4, out=tmp_path / "bare", views=False)
    assert not (bare.folder / "views").exists()
    with pytest.raises(UsageError, match="leave out --out"):
        rivals.report(bare.folder, out=tmp_path / "x.html")
    assert rivals.report(bare.folder, trained.folder, out=tmp_path / "x.html").is_file()
