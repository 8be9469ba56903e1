"""Masked layers see exactly what comes before, whole maps equal a walk through all places, and a sweep equals both."""

import pytest
import torch
import torch.nn.functional as F

from rivals.nn.raster import DiagonalBiLSTM, MaskedConv, RowLSTM, mask, skewed, straight, sweeping


def seen_by(layer, row, column, size=(7, 9)):
    """The places of an input that one place of a layer's output depends on, by its gradient."""
    torch.manual_seed(0)
    x = torch.randn(1, 2, *size, dtype=torch.double, requires_grad=True)
    layer.double()(x)[0, :, row, column].sum().backward()
    return {tuple(at) for at in x.grad[0].abs().sum(0).nonzero().tolist()}


def test_kernels_are_masked_by_place_and_channel():
    a, b = (mask(torch.Size((3, 3, 3, 3)), own=own, channels=3) for own in (False, True))
    assert a[0, 0].tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert b[0, 0].tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    assert a[:, :, 1, 1].tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]  # red, green from red, blue from both
    assert b[:, :, 1, 1].tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    twice = mask(torch.Size((6, 3, 1, 1)), own=True, channels=3, copies=2)
    assert torch.equal(twice[:3], twice[3:])
    assert torch.equal(twice[:3, :, 0, 0], b[:, :, 1, 1])


def test_a_row_lstm_sees_a_triangle():
    for row, column in ((5, 4), (6, 8), (0, 0)):
        triangle = {
            (row - d, c) for d in range(row + 1) for c in range(column - d - 1, column + d + 1) if 0 <= c < 9
        }  # the kernel of three in its own row is masked: the place beside it and itself
        assert seen_by(RowLSTM(2, 3), row, column) == triangle


def test_a_diagonal_bilstm_sees_all_before_and_nothing_else():
    for row, column in ((5, 4), (6, 8), (0, 0), (3, 0)):
        before = {(r, c) for r in range(7) for c in range(9) if (r, c) <= (row, column)}
        assert seen_by(DiagonalBiLSTM(2, 3), row, column) == before


def gated(gates, c):
    o, f, i, g = gates.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def test_rows_equal_a_walk_through_all_places():
    torch.manual_seed(0)
    layer, x = RowLSTM(2, 3, kernel=3).double(), torch.randn(4, 2, 5, 6).double()
    weight, bias = layer.see.conv.weight, layer.see.conv.bias
    zero = torch.zeros(4, 3).double()
    h, c, out = {}, {}, layer(x)
    for row in range(5):
        for j in range(6):
            gates = bias + x[:, :, row, j] @ weight[:, :, 0, 1].T
            if j:
                gates = gates + x[:, :, row, j - 1] @ weight[:, :, 0, 0].T
            for k in range(3):
                gates = gates + h.get((row - 1, j + k - 1), zero) @ layer.recall.weight[:, :, k].T
            h[row, j], c[row, j] = gated(gates, c.get((row - 1, j), zero))
    torch.testing.assert_close(out.flatten(2), torch.stack(list(h.values()), 2))


def test_diagonals_equal_a_walk_through_all_places():
    torch.manual_seed(0)
    layer, x = DiagonalBiLSTM(2, 3).double(), torch.randn(4, 2, 5, 6).double()
    weight, bias = layer.see.conv.weight[:, :, 0, 0], layer.see.conv.bias
    zero = torch.zeros(4, 3).double()

    def walk(columns, beside, part, recall):
        h, c = {}, {}
        for row in range(5):
            for j in columns:
                before = torch.cat([h.get((row, j + beside), zero), h.get((row - 1, j), zero)], 1)
                gates = x[:, :, row, j] @ weight[part].T + bias[part] + before @ recall
                h[row, j], c[row, j] = gated(gates, c.get((row, j + beside), zero))
        return h

    left = walk(range(6), -1, slice(0, 12), layer.recall[0])
    right = walk(list(reversed(range(6))), 1, slice(12, 24), layer.recall[1])
    both = [left[row, j] + right.get((row - 1, j), zero) for row in range(5) for j in range(6)]
    torch.testing.assert_close(layer(x).flatten(2), torch.stack(both, 2))


def test_skewing_moves_each_row_by_one_more_and_back():
    x = torch.arange(1.0, 7).view(1, 2, 3)
    assert skewed(x)[0].tolist() == [[1, 2, 3, 0], [0, 4, 5, 6]]
    assert torch.equal(straight(skewed(x), 3), x)


@pytest.mark.parametrize(
    "layer", [MaskedConv(2, 3, 3), MaskedConv(2, 3, (1, 5)), RowLSTM(2, 3), DiagonalBiLSTM(2, 3)], ids=repr
)
def test_a_sweep_gives_each_place_what_the_whole_map_has(layer):
    torch.manual_seed(0)
    layer.double()
    x = torch.randn(2, 2, 4, 5).double()
    with torch.no_grad(), sweeping(layer, 4, 5) as sweep:
        made = torch.zeros(2, 3, 4, 5).double()
        for row, column in sweep.places():
            layer(torch.randn(2, 2, 1, 1).double())  # what a place was given before does not matter
            made[:, :, row, column] = layer(x[:, :, row : row + 1, column : column + 1])[:, :, 0, 0]
    torch.testing.assert_close(made, layer(x))
    torch.testing.assert_close(layer(x), layer(F.pad(x, (0, 0, 0, 1)))[:, :, :4])  # and it is itself again
