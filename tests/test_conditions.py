"""What games are told besides latents: labels and attributes."""

import pytest
import torch

from rivals import conditions, registry
from rivals.conditions import Attributes, Labels
from rivals.data import named
from rivals.data.sources import Arrays
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.run import Run

NAMES = ("glasses", "smile")


def told() -> Attributes:
    condition = Attributes(NAMES)
    condition.seen[:3] = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    condition.kept.fill_(3)
    return condition


def test_data_say_what_is_known_of_a_sample() -> None:
    assert isinstance(conditions.of(Points(2, 4)), Labels)
    found = conditions.of(Images(3, 8, 8, 100, attributes=NAMES))  # attributes go before labels
    assert isinstance(found, Attributes)
    assert (found.names, found.size, found.classes, found.field) == (NAMES, 2, 0, "attribute")
    with pytest.raises(UsageError, match="needs data with labels"):
        conditions.of(Points(2))
    with pytest.raises(UsageError, match="needs data with attributes"):
        Attributes(())


def test_rows_of_labels_walk_through_the_classes() -> None:
    labels, i = Labels(3), torch.arange(5)
    assert labels.rows(i).tolist() == [0, 1, 2, 0, 1]
    assert labels.rows(i, 2).tolist() == [2] * 5
    for wrong in (3, -1, {"smile": 1.0}):
        with pytest.raises(UsageError, match="does not exist: this model has labels 0 to 2"):
            labels.rows(i, wrong)


def test_rows_of_attributes_are_the_data_with_what_is_wanted() -> None:
    condition, i = told(), torch.tensor([0, 1, 2, 3])
    assert condition.rows(i).tolist() == [[0, 1], [1, 0], [1, 1], [0, 1]]
    assert condition.rows(i, {"smile": 0.5}).tolist() == [[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]]
    assert condition.rows(i).tolist()[0] == [0, 1]  # what is kept does not change


def test_wishes_are_checked() -> None:
    condition = told()
    assert condition.asked(None) == {}
    assert condition.asked({"glasses": 1}) == {"glasses": 1.0}
    with pytest.raises(UsageError, match="there is no attribute 'smiel', did you mean 'smile'"):
        condition.asked({"smiel": 1.0})
    with pytest.raises(UsageError, match="say name=value of glasses, smile"):
        condition.asked(3)


def test_wishes_are_read_from_text() -> None:
    assert conditions.read(None) is None
    assert conditions.read("3") == 3
    assert conditions.read("long hair=1, smile=-0.5") == {"long hair": 1.0, "smile": -0.5}
    for wrong in ("three", "smile=yes", "smile=1,"):
        with pytest.raises(UsageError, match="a label is a number, or name=value"):
            conditions.read(wrong)


def few_faces() -> Arrays:
    """A source of a few small faces."""
    return named.load("faces", n=40, size=16, first=24)  # type: ignore[return-value]


def test_a_conditional_game_learns_from_faces_and_makes_what_is_wanted() -> None:
    source = few_faces()
    game = registry.create("cgan", source.spec, width=4, latent=4)
    Run(game, source, steps=2, batch=8, seed=0, save_every=10**9).train()
    assert isinstance(game.condition, Attributes)
    kept = int(game.condition.kept)
    assert kept == 24
    assert torch.equal(game.condition.seen[:kept], source.first("attribute", kept))
    told: list[torch.Tensor] = []
    generate = game.generate
    game.generate = lambda n, labels=None: (told.append(labels), generate(n, labels))[1]  # type: ignore[method-assign]
    plain, smiling = game.sample(4), game.sample(4, label={"smile": 1})
    assert plain.shape == (4, 3, 16, 16)
    assert not torch.equal(plain, smiling)
    smile = source.spec.attributes.index("smile")  # type: ignore[union-attr]
    others = [i for i in range(5) if i != smile]
    assert bool((told[1][:, smile] == 1).all())
    assert torch.equal(told[0][:, others], told[1][:, others])
    with pytest.raises(UsageError, match="there is no attribute"):
        game.sample(1, label={"grin": 1})
    with pytest.raises(UsageError, match="say name=value"):
        game.sample(1, label=0)


def test_what_samples_are_told_is_saved_with_the_game(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from rivals.store.model import load

    source = few_faces()
    game = registry.create("cgan", source.spec, width=4, latent=4)
    Run(game, source, steps=1, batch=8, seed=0, save_every=10**9).train()
    game.save_pretrained(tmp_path)
    assert torch.equal(load(tmp_path).sample(5, label={"hat": 1}), game.sample(5, label={"hat": 1}))
