"""The operator norm of a convolution, against its dense matrix."""

import pytest
import torch
import torch.nn.functional as F

from rivals.nn.spectrum import operator_norm


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_it_is_the_largest_singular_value_of_the_dense_matrix(stride: int, padding: int) -> None:
    kernel = torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    basis = torch.eye(2 * 6 * 6).double().view(-1, 2, 6, 6)
    dense = F.conv2d(basis, kernel, stride=stride, padding=padding).flatten(1)
    exact = torch.linalg.matrix_norm(dense, 2).item()
    assert operator_norm(kernel, (2, 6, 6), stride=stride, padding=padding) == pytest.approx(exact, rel=1e-6)


def test_a_kernel_of_one_pixel_is_its_matrix() -> None:
    matrix = torch.diag(torch.tensor([0.5, 2.0, 1.0]))
    assert operator_norm(matrix[:, :, None, None], (3, 4, 4)) == pytest.approx(2.0)
