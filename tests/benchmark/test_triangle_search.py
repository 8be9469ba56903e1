"""The measure of the table on triangles: the search's figures, and games that it cannot be made of."""

import pytest
import torch

from rivals import create
from rivals.benchmark.cells import Outcome
from rivals.benchmark.measures import find
from rivals.benchmark.measures import triangles as measure
from rivals.data import named
from rivals.errors import RivalsError
from rivals.metrics import triangles as metric
from rivals.store.folder import RunFolder


@pytest.fixture
def run(tmp_path):
    """A folder that says what was trained there, and holds no game."""
    game = {"recipe": "lsgan", "options": {"width": 4, "latent": 4}}
    RunFolder(tmp_path / "run").begin({"game": game, "steps": 2, "batch": 8})
    return tmp_path / "run"


@pytest.fixture
def little(monkeypatch):
    for name, size in (("TRIES", 4), ("SAMPLES", 8), ("TESTED", 6), ("LATENTS", 20)):
        monkeypatch.setattr(measure, name, size)
    monkeypatch.setattr(metric, "LIBRARY", 100)
    metric._library.cache_clear()
    yield
    metric._library.cache_clear()


def test_the_best_of_a_search_is_the_figure(run, monkeypatch, little):
    played = []

    def play(cells, home):
        """Two settings that came to something, and one that failed."""
        played.extend(cells)
        assert home == run / "search"
        ok = (True, True, False)
        return [
            Outcome(cell, well, "", None, {"seconds": 30.0}, home / str(i))
            for i, (cell, well) in enumerate(zip(cells, ok, strict=True))
        ]

    near, between, far = 0.7, 1.4, 1.6
    found = {run: ((between, far), (near, far)), run / "search/0": ((near, near, far), (between,))}
    found[run / "search/1"] = ((far,), (near,))
    monkeypatch.setattr(measure, "play", play)
    monkeypatch.setattr(measure, "load", lambda folder, recipe: folder)
    monkeypatch.setattr(measure, "distances", lambda game, source, seed: tuple(map(torch.tensor, found[game])))
    figure = find("triangles-f1")(run, "small-triangles", 3, None)
    best = 2 * (2 / 3) / (5 / 3)
    assert figure.value == pytest.approx(best)
    assert figure.within == (0.0, figure.value)
    assert figure.also == pytest.approx(
        {"precision": 2 / 3, "recall": 1.0, "median f1": 0.25, "own f1": 0.5, "f1 within 0.75": 0.0}
    )
    assert figure.protocol["f1 of all"] == [0.5, round(best, 4), 0.0, 0.0]
    assert figure.protocol["best options"] == played[0].options
    assert figure.protocol["minutes of the search"] == 1.5
    assert {(cell.recipe, cell.seed, cell.steps, cell.batch) for cell in played} == {("lsgan", 3, 2, 8)}
    for cell in played:
        assert set(cell.options) == {"width", "latent", "rate", "beta"}
        assert (cell.options["width"], cell.options["latent"]) == (4, 4), "what is not searched stays the claim's"


def test_it_is_for_triangles(run):
    with pytest.raises(RivalsError, match="'digits' is no manifold of triangles"):
        find("triangles-f1")(run, "digits", 3, None)


def test_a_game_that_has_learnt_nothing_is_near_nothing(little):
    source = named.load("small-triangles")
    found = measure.distances(create("lsgan", source.spec, width=4, latent=4), source, 0)
    assert [len(each) for each in found] == [8, 6]
    assert measure.shares(found, metric.DELTA) == (0.0, 0.0)
    assert measure.shares(found, 16.0) == (1.0, 1.0)


def test_who_makes_samples_of_latents():
    spec = named.load("small-triangles").spec
    for recipe, options in (("vae", {"hidden": (8,), "latent": 4}), ("unrolled-gan", {"width": 4, "latent": 4})):
        generate, prior = measure.maker(create(recipe, spec, **options))
        z = prior(3).requires_grad_()
        made = generate(z)
        assert tuple(made.shape) == (3, 1, 16, 16)
        assert torch.autograd.grad(made.sum(), z)[0].abs().sum() > 0  # the search descends along it
    with pytest.raises(RivalsError, match="no generator of latents alone"):
        measure.maker(create("cgan", named.load("digits").spec))
