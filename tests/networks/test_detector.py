"""A grid's map in words, what it descends, and which objects count as found."""

from __future__ import annotations

import torch

from rivals.networks import detector
from rivals.networks.detector import Seen

OBJECTS = torch.tensor([[[1.0, 0.1, 0.1, 0.3, 0.3], [0.0, 0.6, 0.5, 0.9, 0.9], [-1.0, -1.0, -1.0, -1.0, -1.0]]])


def perfect() -> Seen:
    """A 2 × 2 grid that sees both objects as they are."""
    box = torch.zeros(1, 4, 4)
    box[0, 0], box[0, 3] = OBJECTS[0, 0, 1:], OBJECTS[0, 1, 1:]
    classes = torch.full((1, 4, 2), -20.0)
    classes[0, 0, 1] = classes[0, 3, 0] = 20.0
    return Seen(torch.tensor([[20.0, -20.0, -20.0, 20.0]]), box, classes, (2, 2))


def test_middles_lie_in_their_cells():
    seen = detector.read(torch.zeros(1, 7, 2, 3))
    middles = (seen.box[..., :2] + seen.box[..., 2:]) / 2
    expected = [[(j + 0.5) / 3, (i + 0.5) / 2] for i in range(2) for j in range(3)]
    torch.testing.assert_close(middles[0], torch.tensor(expected))
    torch.testing.assert_close(seen.box[..., 2] - seen.box[..., 0], torch.full((1, 6), 0.5))
    assert seen.classes.shape == (1, 6, 2)


def test_a_perfect_map_costs_nothing_and_each_error_something():
    assert all(loss < 1e-5 for loss in detector.losses(perfect(), OBJECTS).values())
    for name, change in (
        ("objectness", {"objectness": torch.zeros(1, 4)}),
        ("box", {"box": perfect().box + 0.05}),
        ("class", {"classes": torch.zeros(1, 4, 2)}),
    ):
        spoilt = detector.losses(Seen(**{**vars(perfect()), **change}), OBJECTS)
        assert spoilt[name] > 0.1
        assert sum(float(loss) for key, loss in spoilt.items() if key != name) < 1e-5


def test_found_needs_certainty_place_and_class():
    assert detector.found(perfect(), OBJECTS).tolist() == [[True, True, False]]
    for change in (
        {"objectness": torch.full((1, 4), -1.0)},
        {"box": perfect().box + 0.2},
        {"classes": -perfect().classes},
    ):
        assert not detector.found(Seen(**{**vars(perfect()), **change}), OBJECTS).any()


def test_the_network_has_a_cell_for_every_eight_pixels():
    assert detector.Detector(3, 2, 2)(torch.zeros(2, 3, 32, 48)).shape == (2, 7, 4, 6)
