"""Measures of structure on tiny games, and what they refuse."""

from pathlib import Path

import pytest
import torch

from rivals import registry
from rivals.benchmark import measures
from rivals.benchmark.measures import masks, structure
from rivals.data import named
from rivals.errors import RivalsError
from rivals.run import Run


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few samples, and a segmenter that has hardly learnt."""
    monkeypatch.setattr(structure, "SAMPLES", 200)
    monkeypatch.setattr(masks, "SAMPLES", 40)
    monkeypatch.setattr(masks, "STEPS", 3)


def saved(path: Path, recipe: str, data: str, **options: object) -> Path:
    game = registry.create(recipe, named.load(data).spec, width=8, latent=4, **options)
    Run(game, named.load(data), steps=2, batch=8, seed=0, save_every=10**9).train()
    game.save_pretrained(path / "model")
    return path / "model"


def test_overlap_is_intersection_over_union_and_nothing_for_two_empty_masks() -> None:
    a = torch.tensor([[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]).bool()
    b = torch.tensor([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]).bool()
    assert masks.overlap(a, b) == pytest.approx((1 / 3 + 0 + 1) / 3)


def test_clusters_are_named_by_their_most_frequent_class() -> None:
    train, labels = torch.tensor([0, 0, 0, 2]), torch.tensor([1, 1, 0, 3])
    assert structure._named(train, labels, torch.tensor([0, 0, 2, 2]), torch.tensor([1, 0, 3, 1])) == 0.5


@pytest.mark.parametrize(
    ("name", "recipe", "data", "options", "also"),
    [
        ("mode-shares", "nemgan", "unbalanced", {}, {"samples", "named"}),
        ("time-steps", "gran", "digits", {"times": 2}, {"fid 1", "fid 2"}),
        ("style-entropy", "creative-gan", "digits", {}, {"fid"}),
        ("memory-clusters", "memorygan", "digits", {"slots": 8, "features": 4}, {"slots", "k-means"}),
        ("mask-iou", "lr-gan", "composed-digits", {}, {"segmenter", "shuffled", "covered", "fid"}),
    ],
)
def test_each_measure_gives_its_figures(tmp_path, name, recipe, data, options, also) -> None:
    figure = measures.find(name)(saved(tmp_path, recipe, data, **options), data, 0, None)
    assert set(figure.also) == also
    assert torch.tensor([figure.value, *figure.also.values()]).isfinite().all()


def test_another_game_is_refused(tmp_path) -> None:
    model = saved(tmp_path, "deligan", "digits", components=2)
    for name in ("mode-shares", "time-steps", "style-entropy", "memory-clusters", "mask-iou"):
        with pytest.raises(RivalsError, match=r"measured of|are no|holds"):
            measures.find(name)(model, "digits", 0, None)
