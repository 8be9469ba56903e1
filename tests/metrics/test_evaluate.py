from __future__ import annotations

import json
import math
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from rivals import noise, registry
from rivals.conditions import Labels
from rivals.data import named, specs, toy
from rivals.data.sources import Arrays, Generated, Source
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.metrics import card as cards
from rivals.metrics.evaluate import HEADLINE, Scores, evaluate, headline
from rivals.metrics.protocols import MEASURES
from rivals.translator import Translator


class Copies(Game):
    """Plays back given samples, in chunks."""

    def __init__(self, samples: Tensor, classes: int = 0, own: dict[str, float] | None = None) -> None:
        super().__init__()
        self.weight, self.samples, self.at = nn.Parameter(torch.zeros(1)), samples, 0
        self.condition = Labels(classes) if classes else None
        self.own = own or {}

    def sample(self, n: int, *, seed: int = 0, label: int | None = None) -> Tensor:
        return self.samples[torch.arange(n) % len(self.samples)]

    def scores(self, source: Any) -> dict[str, float]:
        assert torch.is_grad_enabled()
        assert not self.training
        noise.normal(3)
        return self.own


class Silent(Game):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def scores(self, source: Any) -> dict[str, float]:
        return {"return": 12}


class Doubled(Translator):
    factor: ClassVar[float] = 2.0

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self.weight = nn.Parameter(torch.zeros(1))

    def translate(self, x: Tensor) -> Tensor:
        noise.normal(len(x))
        return self.factor * x


def decoded(x: Tensor) -> Tensor:
    return x.float() / 127.5 - 1


def test_real_pictures_score_like_the_floor() -> None:
    source = named.digits()
    scores = evaluate(Copies(decoded(source.first("image", 10**6))), source)
    assert scores.values["fid"] == pytest.approx(scores.values["fid floor"])
    assert scores.values["precision"] > 0.8
    assert scores.values["recall"] > 0.8
    assert next(iter(scores.values)) == "fid"
    facts = scores.protocol
    assert facts["judge"] == "digits"
    assert len(facts["fingerprint"]) == 12
    assert (facts["samples"], facts["references"], facts["reference"]) == (1347, 450, "test")
    assert facts["seed"] == 0
    assert facts["seconds"] > 0


def test_fewer_samples_have_a_floor_of_as_many() -> None:
    source = named.digits()
    scores = evaluate(Copies(decoded(source.first("image", 100))), source, samples=100)
    assert scores.protocol["samples"] == 100
    assert scores.protocol["floor"] == "100 of train"
    assert scores.values["fid"] == pytest.approx(scores.values["fid floor"])


def test_conditional_games_are_asked_for_their_labels() -> None:
    source = named.digits()
    images, labels = source.first("image", 10**6), source.first("label", 10**6)
    right = torch.stack([images[labels == i][0] for i in range(10)])
    values = evaluate(Copies(decoded(right), classes=10), source, samples=50).values
    assert values["label accuracy"] == 1
    assert values["real label accuracy"] > 0.97
    assert evaluate(Copies(decoded(right.roll(1, 0)), classes=10), source, samples=50).values["label accuracy"] == 0


def pictures(n: int, channels: int = 3, labels: bool = False) -> Arrays:
    x = torch.randint(0, 256, (n, channels, 12, 10), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    fields = {"image": x} | ({"label": torch.arange(n) % 5} if labels else {})
    return Arrays(specs.Images(channels, 12, 10, classes=5 if labels else 0), fields, name="mine")


def test_other_pictures_fall_back_and_say_so() -> None:
    source = pictures(40, labels=True)
    scores = evaluate(Copies(decoded(source.first("image", 40)), classes=5), source)
    assert scores.values["fid"] == pytest.approx(0, abs=1e-6)
    assert "'mine' has no judge of its own" in scores.protocol["note"]
    assert scores.protocol["reference"].startswith("train, since")
    assert "label accuracy" not in scores.values
    assert "does not know these classes" in scores.protocol["left out"]["label accuracy"]


def test_what_cannot_be_computed_is_left_out_with_the_reason() -> None:
    source = pictures(1)
    scores = evaluate(Copies(decoded(source.first("image", 1))), source)
    assert scores.values == {}
    assert "at least 2 samples" in scores.protocol["left out"]["fid"]
    json.dumps(scores.to_json(), allow_nan=False)


def test_wrong_samples_are_refused() -> None:
    source = named.digits()
    with pytest.raises(RivalsError, match=r"samples are \(1, 9, 9\) each"):
        evaluate(Copies(torch.zeros(4, 1, 9, 9)), source)
    with pytest.raises(RivalsError, match="hold NaN or infinity"):
        evaluate(Copies(torch.full((4, 1, 8, 8), math.nan)), source)
    with pytest.raises(UsageError, match="at least 2"):
        evaluate(Copies(torch.zeros(4, 1, 8, 8)), source, samples=1)


def test_points_with_known_modes() -> None:
    source = toy.ring()
    truth = source.truth
    scores = evaluate(Copies(truth.means, classes=8), source, samples=800)
    assert scores.protocol["judge"] == "known truth"
    assert scores.values["modes"] == 8
    assert scores.values["label accuracy"] == 1
    assert next(iter(scores.values)) == "modes"
    one = evaluate(Copies(toy.gaussian().first("point", 5000)), toy.gaussian(), samples=5000)
    assert next(iter(one.values)) == "mean error"
    assert one.values["mean error"] < 0.02


def test_points_without_truth() -> None:
    x = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    source = Arrays(specs.Points(3), {"point": x[:300]}, test=Arrays(specs.Points(3), {"point": x[300:]}))
    scores = evaluate(Copies(x[:300]), source)
    assert scores.protocol["judge"] == "raw coordinates"
    assert scores.values["frechet"] == pytest.approx(scores.values["frechet floor"])
    assert set(scores.values) == {"frechet", "frechet floor", "precision", "recall"}


def test_pairs_and_hidden_maps() -> None:
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    pair = specs.Pairs(specs.Points(2), specs.Points(2))
    game = Doubled((2,))
    scores = evaluate(game, Arrays(pair, {"x": x, "y": 3 * x}))
    assert scores.values["l1 to truth"] == pytest.approx(x.abs().mean().item(), rel=1e-5)
    assert scores.values["l1 of input"] == pytest.approx(2 * x.abs().mean().item(), rel=1e-5)
    unpaired = specs.Unpaired(specs.Points(2), specs.Points(2))
    truth = toy.Translation(lambda x: 2 * x)
    source = Arrays(unpaired, {"x": x, "y": x + 9}, groups={"x": "x", "y": "y"}, truth=truth)
    assert evaluate(game, source).values["l1 to truth"] == 0
    assert evaluate(game, source).protocol["judge"] == "the truth"
    assert evaluate(game, Arrays(unpaired, {"x": x, "y": x})).values == {}
    pictures = evaluate(Doubled((1, 16, 16)), named.load("inverted-digits"), samples=20)
    assert pictures.protocol["samples"] == 20
    assert set(pictures.values) == {"l1 to truth", "l1 of input"}
    more = evaluate(Doubled((1, 16, 16)), named.load("inverted-digits"), samples=20, metrics="all").values
    assert set(more) == {"l1 to truth", "l1 of input"}  # twice the input leaves the range of pictures


class Uniform:
    def nll(self, tokens: Tensor) -> Tensor:
        return tokens.float().mean(1)


def test_tokens_by_an_oracle() -> None:
    tokens = torch.arange(40).view(10, 4) % 7
    source = Arrays(specs.Tokens(7, 4), {"token": tokens}, truth=Uniform())
    scores = evaluate(Copies(torch.zeros(5, 4).long()), source)
    assert scores.values == {"oracle nll": 0, "oracle nll floor": pytest.approx(tokens.float().mean().item())}


def test_games_without_samples_have_their_own_scores() -> None:
    source = Generated(specs.Environment("x", 4, 2, 10), lambda n, g: (torch.zeros(n, 4),), fields=("state",))
    scores = evaluate(Silent(), source)
    assert scores.values == {"return": 12.0}
    assert scores.protocol["judge"] == "the game itself"
    assert evaluate(Silent(), named.digits()).values == {"return": 12.0}


def test_own_scores_are_added_and_never_replace() -> None:
    source = toy.ring()
    assert evaluate(Copies(source.truth.means, own={"bound": 3}), source, samples=9).values["bound"] == 3
    with pytest.raises(RivalsError, match="repeats modes"):
        evaluate(Copies(source.truth.means, own={"modes": 3}), source, samples=9)


def test_an_evaluation_leaves_no_trace() -> None:
    source = toy.ring()
    game = Copies(source.truth.means, own={"bound": 3}).train()
    before = torch.get_rng_state()
    first = evaluate(game, source, samples=50)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        second = evaluate(game, source, samples=50)
    assert torch.equal(before, torch.get_rng_state())
    assert game.training
    assert first.values == second.values


def test_scores_survive_json() -> None:
    scores = Scores({"fid": 1.5, "bound": -math.inf, "broken": math.nan}, {"judge": "digits", "seed": 0})
    back = Scores.from_json(json.loads(json.dumps(scores.to_json(), allow_nan=False)))
    assert back.protocol == scores.protocol
    assert back.values["fid"] == 1.5
    assert back.values["bound"] == -math.inf
    assert math.isnan(back.values["broken"])


def test_a_number_that_is_too_large_is_no_score():
    with pytest.raises(ValueError, match="too large"):
        Scores.from_json({"values": {"fid": 10**400}, "protocol": {}})


def test_every_kind_has_a_measure_and_a_headline() -> None:
    assert set(MEASURES) == set(HEADLINE)
    for kind, lines in HEADLINE.items():
        if kind is not specs.Environment:  # its game alone knows
            assert {h.name for h in lines} <= {name for m in MEASURES[kind] for name in m.names}
    for kind in specs.KINDS.values():
        assert set(kind.__mro__) & set(MEASURES), f"{kind.__name__} has no measure"
    assert headline(specs.Points(2), {"modes": 1, "frechet": 2}).name == "modes"  # type: ignore[union-attr]
    assert headline(specs.Points(2), {}) is None


def test_sources_of_every_named_toy_can_be_scored() -> None:
    for name in ("gaussian", "ring", "grid"):
        source: Source = named.load(name)
        assert evaluate(Copies(source.first("point", 50)), source, samples=50).values


def test_all_scores_of_pictures() -> None:
    source = named.digits()
    real = decoded(source.first("image", 300))
    scores = evaluate(Copies(real), source, samples=300, metrics="all")
    names = {name for m in MEASURES[specs.Images] for name in m.names}
    conditional = {"label accuracy", "real label accuracy", "intra fid", "diversity", "real diversity"}
    of_stacks = {"modes", "reverse kl", "real modes", "real reverse kl"}
    assert set(scores.values) == names - conditional - of_stacks
    assert "left out" not in scores.protocol
    v = scores.values
    assert v["kid"] == pytest.approx(v["kid floor"])
    assert v["inception score"] > 7
    assert min(v["density"], v["coverage"], v["prd f8"], v["prd f1/8"]) > 0.8
    assert v["nearer than held-out"] > 0.95  # all of them are copies
    assert v["separability of the data"] > 0.95
    assert v["ms-ssim"] < 0.5


def test_named_scores_and_none_else() -> None:
    source = named.digits()
    game = Copies(decoded(source.first("image", 100)), own={"bound": 1})
    assert set(evaluate(game, source, samples=50, metrics="kid, recall").values) == {
        "kid", "kid floor", "precision", "recall",
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"there is no score 'fidd' of images.*did you mean 'fid'\?"):
        evaluate(game, source, samples=50, metrics="fidd")
    assert evaluate(game, source, samples=50, metrics="bound").values == {"bound": 1}
    asked = evaluate(game, source, samples=50, metrics=["label accuracy"])
    assert asked.protocol["left out"]["label accuracy"] == "the game knows no classes"


class Random:
    """A judge of one's own."""

    name = "mine"

    def __init__(self, fingerprint: str = "f0") -> None:
        self.fingerprint, self.seen = fingerprint, 0

    def features(self, images: Tensor) -> Tensor:
        self.seen += len(images)
        mixing = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
        return images.float().flatten(1) @ mixing


def test_another_judge_and_what_it_saw_of_real_data_is_kept() -> None:
    source, judge = named.digits(), Random()
    game = Copies(decoded(source.first("image", 60)))
    scores = evaluate(game, source, samples=60, judge=judge)
    assert (scores.protocol["judge"], scores.protocol["fingerprint"]) == ("mine", "f0")
    assert "note" not in scores.protocol
    assert judge.seen == 60 + 60 + 450
    judge.seen = 0
    assert evaluate(game, source, samples=60, judge=judge).values == scores.values
    assert judge.seen == 60  # only the samples are looked at again
    other = Random("f1")
    evaluate(game, source, samples=60, judge=other)
    assert other.seen == 60 + 60 + 450
    with pytest.raises(UsageError, match="judges look at pictures, and this data is points"):
        evaluate(Copies(torch.zeros(5, 2)), toy.ring(), judge="digits")


def test_what_the_game_was_before_training() -> None:
    source = toy.ring()
    game = registry.create("gan", source.spec, hidden=(8, 8), latent=2)
    before = evaluate(game, source, samples=50, untrained=True).values
    assert before["modes untrained"] == before["modes"]
    with torch.no_grad():
        for weight in game.parameters():
            weight.zero_()
    after = evaluate(game, source, samples=50, untrained=True).values
    assert after["modes untrained"] == before["modes"]
    assert "modes untrained" not in evaluate(Copies(source.truth.means), source, samples=50, untrained=True).values


def test_intervals_hold_the_figure() -> None:
    source = named.digits()
    game = Copies(decoded(source.first("image", 400)))
    scores = evaluate(game, source, samples=400, metrics="fid", intervals=40)
    low, high = scores.protocol["intervals"]["fid"]
    assert low < scores.values["fid"] < high
    assert high - low < 5
    json.dumps(scores.to_json(), allow_nan=False)


def test_text_has_a_score_without_an_oracle() -> None:
    tokens = torch.randint(0, 9, (60, 6), generator=torch.Generator().manual_seed(0))
    test = Arrays(specs.Tokens(9, 6), {"token": tokens[40:]})
    source = Arrays(specs.Tokens(9, 6), {"token": tokens[:40]}, test=test)
    scores = evaluate(Copies(tokens[:40]), source, metrics="all")
    assert next(iter(scores.values)) == "frechet embedding"
    assert scores.values["frechet embedding"] == pytest.approx(scores.values["frechet embedding floor"])
    assert scores.protocol["judge"] == "hashed n-grams"
    assert scores.values["novelty"] == 0
    assert 0 < scores.values["bleu-2"] <= 1


def test_directions_where_samples_are_long() -> None:
    x = torch.randn(80, 3, 40, generator=torch.Generator().manual_seed(0))
    source = Arrays(specs.Series(40, 3), {"series": x.transpose(1, 2)})
    scores = evaluate(Copies(x.transpose(1, 2)), source)
    assert scores.protocol["judge"] == f"{cards.DIRECTIONS} fixed random directions"


def test_what_a_game_can_do_is_scored_beside_its_samples_whose_judge_stays() -> None:
    data = named.load("digits")
    game = registry.create("vae", data.spec, hidden=(8,), latent=2)
    both = evaluate(game, data, samples=50)
    assert {"fid", "reconstruction", "nats", "bits per dimension"} <= set(both.values)
    assert both.protocol["judge"] == "digits"
    alone = evaluate(game, data, samples=50, metrics="nats")
    assert set(alone.values) == {"nats", "bits per dimension"}
    assert alone.values["nats"] == both.values["nats"]
    assert alone.protocol["judge"] == "the game itself"
    assert "samples" not in alone.protocol
    assert both.values["bits per dimension"] == pytest.approx(both.values["nats"] / 64 / math.log(2))
