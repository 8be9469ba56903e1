"""Attacks on classifiers of sentences: the flips of the gradient, the ranking of words, bounds of likeness, reports."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import Tensor, nn
from typer.testing import CliRunner

from rivals import attacking_words, registry
from rivals.attacks.hotflip import hotflip
from rivals.attacks.textfooler import textfooler
from rivals.attacks.words import Meaning, Reading, places
from rivals.cli.main import app
from rivals.data import named
from rivals.data.made.sentiments import value
from rivals.errors import RivalsError, UsageError
from rivals.nn.cooccurrence import leanings, word_vectors
from rivals.run import Run


class Bag(nn.Module):
    """Logits (-s, s), s the sum of one number a word."""

    def __init__(self, worth: list[float]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(worth), 1)
        self.embedding.weight.data = torch.tensor(worth)[:, None]

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        s = self.embedding(tokens).sum((1, 2))
        return torch.stack([-s, s], 1)


# words: 0 filler; 1, 2 strong and weak good; 3 weak bad; 4 neutral, and 5 that means the same as 1 but is read as bad
WORTH = [0.0, 2.0, 0.5, -0.5, 0.0, -3.0]
ALIKE = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.9, 0.4], [-1.0, 0.1], [0.0, 1.0], [0.95, 0.3]])


def test_a_flip_is_the_best_single_exchange_where_the_model_is_linear():
    bag = Bag(WORTH)
    x = torch.tensor([[1, 4, 2, 0]])
    made = hotflip(bag, x, torch.tensor([1]), vectors=ALIKE, similarity=0.8)
    assert made.tolist() == [[5, 4, 2, 0]]  # the only word like 1 that lowers the sum enough
    assert (hotflip(bag, x, torch.tensor([1]), vectors=ALIKE, similarity=0.999) == x).all()


def test_flips_are_as_many_as_they_may_be_and_words_like_the_original():
    torch.manual_seed(0)
    bag, x = Bag([0.0, *torch.randn(30).tolist()]), torch.randint(1, 31, (20, 10))
    with torch.no_grad():
        y = bag(x).argmax(1)
    vectors = torch.cat([torch.zeros(1, 4), torch.randn(30, 4)])
    made = hotflip(bag, x, y, vectors=vectors, similarity=0.5, flips=0.2)
    moved = made != x
    assert moved.any()
    assert moved.sum(1).max() <= 2
    like = torch.nn.functional.cosine_similarity(vectors[x], vectors[made], dim=2)
    assert like[moved].min() >= 0.5
    with torch.no_grad():
        assert ((bag(made).argmax(1) != y) == moved.any(1)).all()


def test_the_gradient_is_that_of_one_hot_words():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(7, 5), nn.Flatten(), nn.Linear(15, 3)).double()
    x, y = torch.randint(7, (4, 3)), torch.tensor([0, 1, 2, 0])
    slopes, _ = Reading(net).slopes(x, y)
    hot = torch.nn.functional.one_hot(x, 7).double().requires_grad_()
    loss = torch.nn.functional.cross_entropy(net[2](net[1](hot @ net[0].weight)), y, reduction="sum")
    (exact,) = torch.autograd.grad(loss, hot)
    torch.testing.assert_close(slopes @ net[0].weight.T, exact)
    assert net[0].weight.grad is None


def test_the_most_important_word_is_replaced_by_the_synonym_that_is_most_alike():
    worth = [0.0, 2.0, 0.5, -2.5, 0.1, -3.0]
    alike = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.9, 0.45], [0.1, -1.0], [0.97, 0.25]])
    x = torch.tensor([[2, 1, 4, 0]])
    made = textfooler(Bag(worth), x, torch.tensor([1]), vectors=alike, similarity=0.7, sentence=0.5)
    assert made.tolist() == [[2, 5, 4, 0]]
    assert textfooler(Bag(worth), x, torch.tensor([1]), vectors=alike, candidates=1).tolist() == [[2, 5, 4, 0]]
    for bound in ({"similarity": 0.98}, {"sentence": 0.999}):
        assert textfooler(Bag(worth), x, torch.tensor([1]), vectors=alike, **bound).tolist() == x.tolist()


def test_several_words_are_replaced_where_one_is_not_enough():
    worth = [0.0, 1.0, 1.2, -0.2, -0.3]
    alike = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [0.1, 0.9]])
    x = torch.tensor([[1, 2]])
    assert textfooler(Bag(worth), x, torch.tensor([1]), vectors=alike, sentence=0.0).tolist() == [[3, 4]]
    wrong = torch.tensor([0])
    assert (textfooler(Bag(worth), x, wrong, vectors=alike) == x).all(), "who is named wrongly stays"


def test_function_words_stay_and_are_not_taken():
    symbols = ("", "not", "good", "fine", "The")
    assert places(symbols).tolist() == [0, 1, 4]
    like = Meaning(torch.ones(5, 2), places(symbols)).words(torch.tensor([[1, 2]]))
    assert like[0, 0].max() == -1
    assert [i for i, v in enumerate(like[0, 1].tolist()) if v > -1] == [3]


def test_likeness_of_sentences():
    meaning = Meaning(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    a, b = torch.tensor([[1, 0], [1, 0], [1, 0]]), torch.tensor([[1, 0], [2, 0], [3, 0]])
    torch.testing.assert_close(meaning.sentences(a, b), torch.tensor([1.0, 0.5, 0.75]))


def test_models_and_sentences_that_do_not_fit_are_refused():
    x, y = torch.tensor([[1, 2]]), torch.tensor([1])
    two = nn.Sequential(nn.Embedding(3, 2), nn.Embedding(3, 2))
    for call, kind, sentence in (
        (lambda: hotflip(two, x, y), RivalsError, "not exactly one nn.Embedding"),
        (lambda: hotflip(Bag(WORTH), x.float(), y), UsageError, r"int64 \(N, T\), not torch.float32"),
        (lambda: hotflip(Bag(WORTH), x, y[:0]), UsageError, r"labels are int64 \(1,\)"),
        (lambda: hotflip(Bag(WORTH), x + 9, y), UsageError, "symbols reach from 10 to 11, and 6 have vectors"),
    ):
        with pytest.raises(kind, match=sentence):
            call()


def test_words_in_the_same_company_have_like_vectors():
    torch.manual_seed(0)
    n = 4000  # 1 and 2 stand before 5 to 7, 3 and 4 before 8 to 10
    first = torch.randint(1, 5, (n,))
    second = torch.where(first < 3, 5, 8) + torch.randint(3, (n,))
    vectors = word_vectors(torch.stack([first, second], 1), 12, size=6)
    like = vectors @ vectors.T
    assert like[1, 2] > 0.9
    assert like[3, 4] > 0.9
    assert like[1, 3].abs() < 0.2
    torch.testing.assert_close(vectors[1:11].norm(dim=1), torch.ones(10))
    assert not vectors[0].any()
    assert not vectors[11].any()
    told = leanings(torch.tensor([[1, 2], [1, 3]] * 500), torch.tensor([0, 1] * 500), 5, 2)
    assert told[1].abs().max() < 1e-6
    assert told[2, 0] == pytest.approx(math.log(2), abs=0.02)
    assert told[2, 1] < -3
    assert not told[4].any()


def test_the_grammar_knows_the_class_of_its_sentences():
    for sentence, worth in (
        ("the food was good", 1.0),
        ("the food was not really good", -2.0),
        ("the food was good but the staff was rather rude", 1 - 2 * 0.5),
        ("we never liked the room , the view was nice though the bed was bad", -1 + 1 - 0.5),
        ("we came on monday", 0.0),
    ):
        assert value(sentence.split()) == worth
    source = named.load("sentiments", n=400)
    x, y = source.first("token", 300), source.first("label", 300)
    assert (source.truth.label(x) == y).all()
    assert 0.4 < y.float().mean() < 0.6


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with a small classifier of opinions."""
    source = named.load("sentiments")
    game = registry.create("text-attack", source.spec, seed=100, width=24, embedding=32, dropout=0.1, rate=5e-3)
    Run(game, source, steps=300, batch=50, seed=100).train()
    folder = tmp_path_factory.mktemp("words") / "model"
    game.save_pretrained(folder)
    return folder


def test_a_classifier_of_opinions_falls_to_words_that_mean_the_same(run, tmp_path):
    out = tmp_path / "attacked.txt"
    command = ["attack", str(run), "--data", "sentiments", "-n", "100", "--json", "--out", str(out), "--method"]
    found = {name: json.loads(CliRunner().invoke(app, [*command, name]).stdout) for name in ("hotflip", "textfooler")}
    for report in found.values():
        assert report["clean"] > 0.8
        assert report["robust"] < report["clean"]
        assert 0 < report["changed"] <= 0.5
        assert report["alike"] > 0.7
    assert found["hotflip"]["gradients"] >= 1
    assert found["textfooler"]["gradients"] == 0
    assert found["textfooler"]["queries"] > found["hotflip"]["queries"]
    before, after = out.read_text().split("\n\n")[0].splitlines()[:2]
    assert before != after
    assert before == after.lower()[: len(before)] or any(word.isupper() for word in after.split())
    shown = CliRunner().invoke(app, ["attack", str(run), "--data", "sentiments", "-n", "9", "--method", "textfooler"])
    assert "robust" in shown.stdout


def test_samples_are_attacked_training_sentences(run):
    from rivals.store.model import load

    game = load(run)
    made = game.sample(30)
    moved = made != game.kept[:30]
    assert moved.any()
    assert not moved.all()
    assert (game.classify(made).argmax(1) != game.labels[:30])[moved.any(1)].all()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "pgd"], "there is no attack 'pgd' on sentences: there are hotflip, textfooler"),
        (["--method", "hotflip", "--target", "1"], "leave the target out"),
        (["--method", "hotflip", "--epsilon", "0.1"], "--epsilon is for pictures"),
        (["--method", "hotflip", "--set", "flops=1"], "hotflip has no option 'flops', did you mean 'flips'"),
    ],
)
def test_what_does_not_fit_is_refused(run, words, sentence):
    done = CliRunner().invoke(app, ["attack", str(run), "--data", "sentiments", *words])
    assert done.exit_code != 0
    assert sentence in (str(done.exception) + done.output).replace("\n", " ")


def test_a_run_of_other_words_is_refused(run):
    spec = named.load("sentiments", n=100).spec
    with pytest.raises(UsageError, match="was trained on other words"):
        attacking_words.model(run, None, spec)
