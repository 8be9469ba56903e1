"""Measures of what samples were asked to be, and of what codes mean, on games whose answers are known."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import registry
from rivals.benchmark.measures import codes, conditions
from rivals.conditions import Attributes, Labels, Wanted
from rivals.data import named
from rivals.data.made.discs import ATTRIBUTES, RADIUS, SHADE, SIDE
from rivals.data.sources import Arrays, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.game import Game

RUN = Path("run")


class Drawn(Game):
    """Draws discs as they are asked for, held within `low` and `high`."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.condition = Attributes(ATTRIBUTES)
        self.condition.seen[:64] = torch.rand(64, 2, generator=torch.Generator().manual_seed(0))
        self.condition.kept.fill_(64)
        self.low, self.high, self.weight = low, high, torch.nn.Parameter(torch.zeros(()))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        asked = labels.clamp(self.low, self.high)
        radius, shade = (a + (b - a) * v for (a, b), v in zip((RADIUS, SHADE), asked.T[..., None, None], strict=True))
        place = torch.arange(SIDE) + 0.5 - SIDE / 2
        apart = torch.hypot(place[:, None], place[None])
        return (2 * shade * (radius - apart + 0.5).clamp(0, 1) - 1)[:, None]


class Shown(Game):
    """Shows given pictures, one after the other."""

    def __init__(self, x: Tensor, condition: Attributes | Labels) -> None:
        super().__init__()
        self.x, self.condition = x, condition

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def sample(self, n: int, *, seed: int = 0, label: Wanted = None) -> Tensor:
        return self.x[torch.arange(n) % len(self.x)]


def played(monkeypatch: pytest.MonkeyPatch, game: Game) -> None:
    for module in (codes, conditions):
        monkeypatch.setattr(module, "load", lambda run, recipe=None: game)
        monkeypatch.setattr(module, "SAMPLES", 128)


@pytest.mark.parametrize(("low", "high", "above", "below"), [(-1, 2, 1, 1), (0, 1, 0, 0), (0, 2, 1, 0)])
def test_extrapolation_is_one_where_samples_go_all_the_way(
    monkeypatch: pytest.MonkeyPatch, low: float, high: float, above: float, below: float
) -> None:
    played(monkeypatch, Drawn(low, high))
    figure = conditions.extrapolation(RUN, "discs", 0)
    for name in ATTRIBUTES:
        assert figure.also[f"{name}, above"] == pytest.approx(above, abs=0.2)
        assert figure.also[f"{name}, below"] == pytest.approx(below, abs=0.2)
    assert figure.value == pytest.approx((above + below) / 2, abs=0.2)
    assert figure.also["error"] < 0.05


def test_attributes_of_real_faces_are_named_as_well_as_held_out_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = named.load("faces", n=300, size=16)
    n, names = 128, faces.spec.attributes  # type: ignore[union-attr]
    condition = Attributes(names)
    condition.seen[:n] = faces.first("attribute", n)
    condition.kept.fill_(n)
    monkeypatch.setattr(conditions.named, "load", lambda data: faces)
    monkeypatch.setattr(conditions, "JUDGED", 40)
    conditions._judge.cache_clear()
    played(monkeypatch, Shown(decoded(faces.first("image", n)), condition))
    figure = conditions.attribute_accuracy(RUN, "faces", 0)
    conditions._judge.cache_clear()
    assert figure.value == pytest.approx(sum(figure.also[name] for name in names) / len(names))
    assert figure.value > 0.6
    assert abs(figure.value - figure.also["real"]) < 0.2


def test_data_are_as_alike_as_the_data_and_one_picture_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = named.load("digits").test
    assert digits is not None
    x, label = decoded(digits.first("image", 450)), digits.first("label", 450)
    rows = torch.stack([x[label == k][i] for i in range(30) for k in range(10)])
    played(monkeypatch, Shown(rows, Labels(10)))
    assert abs(conditions.ms_ssim_excess(RUN, "digits", 0).value) < 0.03
    played(monkeypatch, Shown(rows[:10], Labels(10)))
    figure = conditions.ms_ssim_excess(RUN, "digits", 0)
    assert figure.also["samples"] == pytest.approx(1)
    assert figure.value > 0.6


def test_a_game_that_is_not_told_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    played(monkeypatch, registry.create("gan", Images(1, 8, 8, 10)))
    for name in (conditions.extrapolation, conditions.attribute_accuracy, conditions.ms_ssim_excess):
        with pytest.raises(RivalsError, match="is measured of a game that is told"):
            name(RUN, "digits", 0)
    with pytest.raises(RivalsError, match="codes are measured of infogan"):
        codes.code_error(RUN, "digits", 0)
    played(monkeypatch, Drawn(0, 1))
    with pytest.raises(RivalsError, match="use discs"):
        conditions.extrapolation(RUN, "digits", 0)


def test_slant_and_width_of_a_sheared_bar() -> None:
    place = torch.arange(28).double() - 13.5
    row, column = torch.meshgrid(place, place, indexing="ij")

    def bar(slant: float, wide: float) -> Tensor:
        upright = column - slant * row
        return (2 * ((wide - upright.abs() + 0.5).clamp(0, 1) * (row.abs() < 8)) - 1)[None]

    slants, widths = codes.shapes(torch.stack([bar(0.5, 3), bar(0, 3), bar(-0.5, 3), bar(0, 1.5), bar(0.5, 1.5)])).T
    torch.testing.assert_close(slants, torch.tensor([0.5, 0, -0.5, 0, 0.5]).double(), atol=0.03, rtol=0)
    torch.testing.assert_close(widths[[0, 2]], widths[[1, 1]], atol=0.02, rtol=0)  # whatever the slant
    assert widths[3] / widths[1] == pytest.approx(0.5, abs=0.1)


def test_correlations_are_taken_within_a_category() -> None:
    code = torch.tensor([[-1.0], [0.0], [1.0], [-1.0], [0.0], [1.0]])
    shape = torch.tensor([[1.0], [2.0], [3.0], [30.0], [20.0], [10.0]])
    category = F.one_hot(torch.tensor([0, 0, 0, 1, 1, 1]), 2)
    torch.testing.assert_close(codes.correlations(code, shape, category), torch.ones(1, 1).double())


def test_codes_that_name_classes_in_another_order_make_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    label = torch.arange(40) % 4
    x = F.one_hot(label, 4).float().view(40, 1, 2, 2)
    source = Arrays(Images(1, 2, 2, 4), {"image": x, "label": label})
    game = registry.create("infogan", source.spec, width=4, latent=2, categories=4, hidden=4)
    order = torch.tensor([2, 0, 3, 1])
    monkeypatch.setattr(conditions.named, "load", lambda data: source)
    played(monkeypatch, game)
    game.terms[0].read = lambda x: (F.one_hot(order[x.flatten(1).argmax(1)], 4).float(), None, None)
    figure = codes.code_error(RUN, "any", 0)
    assert (figure.value, figure.also["any code"]) == (0, 0)
    order[:] = torch.tensor([0, 0, 1, 1])  # two classes share a code: half of each pair is lost
    assert codes.code_error(RUN, "any", 0).value == 0.5
    assert 0 <= codes.code_shapes(RUN, "any", 0).value <= 1
