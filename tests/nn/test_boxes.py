"""Areas, overlaps and lines of boxes."""

from __future__ import annotations

import torch

from rivals.nn import boxes


def test_overlap_is_shared_area_over_that_of_both():
    a = torch.tensor([[0.0, 0.0, 0.5, 0.5]])
    b = torch.tensor([[0.25, 0.0, 0.75, 0.5], [0.0, 0.0, 0.5, 0.5], [0.6, 0.6, 0.9, 0.9], [0.5, 0.5, 0.2, 0.2]])
    torch.testing.assert_close(boxes.iou(a, b), torch.tensor([1 / 3, 1.0, 0.0, 0.0]))


def test_a_box_is_its_middle_and_size():
    middle, size = torch.tensor([0.3, 0.6]), torch.tensor([0.2, 0.4])
    box = boxes.around(middle, size)
    torch.testing.assert_close(box, torch.tensor([0.2, 0.4, 0.4, 0.8]))
    torch.testing.assert_close(boxes.middle(box), middle)
    torch.testing.assert_close(boxes.area(box), torch.tensor(0.08))


def test_lines_are_one_pixel_wide_and_only_where_they_are_asked_for():
    box = torch.tensor([[[0.1875, 0.1875, 0.8125, 0.8125], [0.0, 0.0, 1.0, 1.0]]])  # pixels 1 to 6
    drawn = boxes.outlined(torch.zeros(1, 1, 8, 8), box, torch.tensor([[True, False]]))
    assert drawn.sum() == 20
    assert drawn[0, 0, 1, 1:7].tolist() == [1.0] * 6
    assert drawn[0, 0, 3, 3] == 0
    assert drawn[0, 0, 0, 0] == 0
