"""Conditions as a second input: codes, widened layers, and the places where whole networks are told."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rivals import networks
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.nn.labels import EveryLayer, WithLabels, alike, beside, code, unlikelihood

DIGITS = Images(1, 8, 8, classes=3)
LABELS = torch.tensor([0, 2, 1, 2])


def test_codes_of_labels_are_one_hot_and_rows_stay() -> None:
    assert code(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    rows = torch.tensor([[0.5, 2.0]])
    assert torch.equal(code(rows, 2), rows)
    assert code(rows.double(), 2).dtype == torch.float32


def test_alike_compares_labels_and_whole_rows() -> None:
    assert alike(torch.tensor([1, 2]), torch.tensor([1, 1])).tolist() == [True, False]
    rows = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    assert alike(rows, torch.tensor([[0.0, 1.0], [1.0, 1.0]])).tolist() == [True, False]


def test_a_code_stands_beside_vectors_and_as_constant_maps() -> None:
    assert beside(torch.ones(1, 2), torch.tensor([[3.0]])).tolist() == [[1, 1, 3]]
    maps = beside(torch.zeros(1, 1, 2, 2), torch.tensor([[3.0, 4.0]]))
    assert maps[0, 1:].tolist() == [[[3, 3], [3, 3]], [[4, 4], [4, 4]]]


def test_unlikelihood_of_labels_and_of_attributes_by_hand() -> None:
    logits = torch.tensor([[0.0, 1.0], [2.0, -1.0]], dtype=torch.float64)
    labels, rows = torch.tensor([1, 0]), torch.tensor([[1.0, 0.0], [0.25, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(unlikelihood(logits, labels), -logits.log_softmax(1)[[0, 1], labels])
    p = logits.sigmoid()
    torch.testing.assert_close(unlikelihood(logits, rows), -(rows * p.log() + (1 - rows) * (1 - p).log()).sum(1))
    alone = unlikelihood(logits[:, 0], rows[:, :1])  # one attribute: a critic's logits have no second axis
    torch.testing.assert_close(alone, F.binary_cross_entropy_with_logits(logits[:, 0], rows[:, 0], reduction="none"))


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (nn.Linear(5, 4), torch.randn(2, 5)),
        (nn.Conv2d(3, 4, 3, 2, 1), torch.randn(2, 3, 6, 6)),
        (nn.ConvTranspose2d(3, 4, 4, 2, 1), torch.randn(2, 3, 5, 5)),
    ],
)
def test_a_widened_layer_is_the_plain_one_where_the_code_is_zero(layer: nn.Module, x: torch.Tensor) -> None:
    plain = layer(x)
    net = EveryLayer(nn.Sequential(layer, nn.Tanh()), 3)
    torch.testing.assert_close(net(x, torch.zeros(2, 3)), plain.tanh())
    assert (net(x, torch.eye(3)[:2]) - plain.tanh()).abs().max() > 1e-4
    torch.testing.assert_close(net(x, torch.tensor([0, 1])), net(x, torch.eye(3)[:2]))


def test_every_layer_with_weights_is_told() -> None:
    net = EveryLayer(nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)), 3)
    assert [m.in_features for m in net.modules() if isinstance(m, nn.Linear)] == [5, 7]
    told = torch.eye(3, requires_grad=True)
    net.net[2].weight.data[:, :4] = 0  # what the first layer saw no longer counts
    net(torch.randn(3, 2), told).sum().backward()
    assert told.grad is not None
    torch.testing.assert_close(told.grad, net.net[2].weight.detach()[:, 4:].expand(3, 3))
    with pytest.raises(TypeError, match="nested"):
        EveryLayer(nn.Sequential(nn.Sequential(nn.Linear(2, 2))), 3)


def test_an_input_join_is_the_network_on_both() -> None:
    net = nn.Linear(4, 2)
    x = torch.randn(4, 1)
    torch.testing.assert_close(WithLabels(net, 3)(x, LABELS), net(torch.cat([x, F.one_hot(LABELS, 3).float()], 1)))


@pytest.mark.parametrize("join", ["input", "layers", "projection"])
@pytest.mark.parametrize("norm", ["none", "spectral"])
def test_labels_and_their_codes_tell_whole_networks_the_same(join: networks.Join, norm: str) -> None:
    torch.manual_seed(0)
    g = networks.generator(DIGITS, 4, 4, condition=3, join=join).eval()
    d = networks.critic(DIGITS, 4, norm=norm, condition=3, join=join).eval()  # type: ignore[arg-type]
    for parameter in g.parameters():  # conditional norms start blind
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    z, x, rows = torch.randn(4, 4), torch.randn(4, 1, 8, 8), F.one_hot(LABELS, 3).float()
    with torch.no_grad():
        torch.testing.assert_close(g(z, LABELS), g(z, rows))
        torch.testing.assert_close(d(x, LABELS), d(x, rows))
        assert g(z, LABELS).shape == (4, 1, 8, 8)
        assert d(x, LABELS).shape == (4,)
        assert not torch.equal(g(z, LABELS), g(z, LABELS.roll(1)))
        assert not torch.equal(d(x, LABELS), d(x, LABELS.roll(1)))


def test_a_projection_of_zero_codes_leaves_out_the_label() -> None:
    d = networks.critic(DIGITS, 4, norm="none", condition=3, join="projection")
    x = torch.randn(4, 1, 8, 8)
    features = d.trunk(x).flatten(2).sum(2)
    torch.testing.assert_close(d(x, torch.zeros(4, 3)), d.judge(features)[:, 0])
    torch.testing.assert_close(d(x, LABELS) - d(x, torch.zeros(4, 3)), (d.named(LABELS) * features).sum(1))


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (Points(2, 3), {"join": "projection"}, "is for pictures"),
        (DIGITS, {"join": "projection", "dense": True}, "is for pictures"),
        (DIGITS, {"join": "projection", "body": "resnet"}, "plain bodies"),
        (DIGITS, {"join": "layers", "norm": "virtual"}, "plain bodies"),
    ],
)
def test_a_body_that_cannot_be_told_there_is_refused(
    data: Points | Images, options: dict[str, object], message: str
) -> None:
    for build in (lambda: networks.generator(data, 4, 4, condition=3, **options),  # type: ignore[arg-type]
                  lambda: networks.critic(data, 4, condition=3, **options)):  # type: ignore[arg-type]  # fmt: skip
        with pytest.raises(UsageError, match=message):
            build()
