"""Attacks on recognisers: the loss of a transcript, what is heard, bounds on loudness, reports and files."""

from __future__ import annotations

import itertools
import json

import pytest
import torch
from scipy.io import wavfile
from torch import Tensor, nn
from typer.testing import CliRunner

from rivals import attacking_speech, registry
from rivals.attacks.ctc import ctc, decibels
from rivals.attacks.transcripts import ctc_loss, heard, same
from rivals.cli.main import app
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.run import Run


def collapsed(path: tuple[int, ...]) -> list[int]:
    return [k for k, _ in itertools.groupby(path) if k]


def test_the_loss_sums_over_all_alignments():
    torch.manual_seed(0)
    logits, said = torch.randn(1, 4, 3, dtype=torch.float64), [1, 2]
    chances = logits.softmax(2)[0]
    total = sum(
        torch.stack([chances[t, k] for t, k in enumerate(path)]).prod()
        for path in itertools.product(range(3), repeat=4)
        if collapsed(path) == said
    )
    torch.testing.assert_close(ctc_loss(logits, torch.tensor([[1, 2, 0]])), -total.log()[None])


def test_what_is_heard_is_the_path_without_repetitions_and_blanks():
    path = torch.tensor([[0, 1, 1, 0, 1, 2], [3, 3, 3, 0, 0, 0], [0, 0, 0, 0, 0, 0], [1, 2, 1, 2, 1, 2]])
    logits = torch.nn.functional.one_hot(path, 4).float()
    assert heard(logits, 4).tolist() == [[1, 1, 2, 0], [3, 0, 0, 0], [0, 0, 0, 0], [1, 2, 1, 2]]
    assert same(logits, torch.tensor([[1, 1, 2], [3, 0, 0], [0, 0, 0], [1, 2, 1]])).tolist() == [
        True,
        True,
        True,
        False,
    ]


class Levels(nn.Module):
    """Four moments; a letter is heard where the mean of its quarter is above .1 (1) or below -.1 (2)."""

    def forward(self, x: Tensor) -> Tensor:
        """Sounds (N, 1, T) -> logits (N, 4, 3)."""
        mean = 50 * x[:, 0].unflatten(1, (4, -1)).mean(2)
        return torch.stack([torch.full_like(mean, 5.0), mean, -mean], 2)


def test_the_quietest_noise_is_found_where_it_is_known():
    x = torch.zeros(2, 1, 32)
    x[:, :, ::2], x[:, :, 1::2] = 0.5, -0.5
    made = ctc(Levels(), x, torch.tensor([1, 2]), loudness=0.0, steps=200, rate=0.03)
    assert same(Levels()(made), torch.tensor([[1, 2], [1, 2]])).all()
    loudest = (made - x).abs().amax((1, 2))
    assert (loudest >= 0.1 - 1e-6).all()  # no less moves a quarter's mean so far
    assert (loudest <= 0.13).all()
    torch.testing.assert_close(decibels(made - x, x), 20 * (loudest / 0.5).log10())
    assert made.abs().max() <= 1


def test_a_bound_that_is_too_tight_leaves_the_sound_as_it_is():
    x = 0.5 * torch.ones(1, 1, 32) * torch.tensor([1.0, -1.0]).repeat(16)
    made = ctc(Levels(), x, torch.tensor([1]), loudness=-20.0, steps=50)
    assert torch.equal(made, x)


def test_models_targets_and_sounds_that_do_not_fit_are_refused():
    x, word = torch.zeros(1, 1, 32), torch.tensor([1])

    class Flat(nn.Module):
        def forward(self, sound: Tensor) -> Tensor:
            return sound[:, 0]

    for call, kind, sentence in (
        (lambda: ctc(Levels(), x[0], word), UsageError, r"sounds \(N, channels, T\)"),
        (lambda: ctc(Levels(), x, word * 0), UsageError, "none empty"),
        (lambda: ctc(Levels(), x, word + 9), UsageError, "up to 4 letters numbered below 3"),
        (lambda: ctc(Flat(), x, word), RivalsError, r"finite logits \(N, moments, letters\)"),
    ):
        with pytest.raises(kind, match=sentence):
            call()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with a small recogniser of keywords."""
    source = named.load("keywords")
    game = registry.create("audio-attack", source.spec, seed=100, width=48, rate=6e-3, attack_steps=60)
    Run(game, source, steps=350, batch=16, seed=100).train()
    folder = tmp_path_factory.mktemp("speech") / "model"
    game.save_pretrained(folder)
    return folder


def test_a_recogniser_hears_the_word_that_was_chosen(run, tmp_path):
    command = ["attack", str(run), "--data", "keywords", "--method", "ctc", "-n", "10", "--set", "steps=150"]
    done = CliRunner().invoke(app, [*command, "--target", "hedge", "--json", "--out", str(tmp_path / "wav")])
    report = json.loads(done.stdout)
    assert report["clean"] > 0.5
    assert report["heard"] >= 0.8
    assert report["stored"] > 0.5
    assert report["decibels"] < -10
    assert report["loudest"] <= -10 + 1e-3
    files = [sorted((tmp_path / "wav" / part).iterdir()) for part in ("original", "adversarial")]
    assert [f.name for f in files[0]] == [f.name for f in files[1]]
    assert wavfile.read(files[0][0])[0] == 4000
    pairs = [[wavfile.read(file)[1].astype(int) for file in both] for both in zip(*files, strict=True)]
    shares = [abs(after - before).max() / abs(before).max() for before, after in pairs]
    assert len(shares) == 8
    assert sum(share > 0 for share in shares) >= 6
    assert max(shares) < 0.33


def test_the_game_transcribes_and_shows_sounds_that_are_heard_as_the_target(run):
    from rivals.store.model import load

    game = load(run)
    source = named.load("keywords")
    x, said = source.test.draw(("audio", "transcript"), seed=5, start=0, size=50)
    assert (game.transcribe(x) == said).all(1).float().mean() > 0.5
    made = game.sample(16)
    assert (game.transcribe(made)[:, :3] == torch.tensor([1, 2, 3])).all(1).float().mean() > 0.5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "ctc"], "name the word"),
        (["--method", "ctc", "--target", "xyz"], "1 to 6 letters of 'abcdefgh'"),
        (["--method", "pgd", "--target", "abc"], "there is no attack 'pgd' on speech: there are ctc"),
        (["--method", "ctc", "--target", "abc", "--suite"], "--suite is for pictures"),
    ],
)
def test_what_does_not_fit_is_refused(run, words, sentence):
    done = CliRunner().invoke(app, ["attack", str(run), "--data", "keywords", *words])
    assert done.exit_code != 0
    assert sentence in (str(done.exception) + done.output).replace("\n", " ")


def test_a_run_of_another_kind_is_refused(tmp_path):
    spec = named.load("sentiments", n=100).spec
    registry.create("text-attack", spec, width=2, embedding=4, size=4).save_pretrained(tmp_path / "model")
    with pytest.raises(UsageError, match="does not transcribe"):
        attacking_speech.model(tmp_path / "model", None, named.load("keywords").spec)


def test_options_of_the_recipe_are_checked():
    spec = named.load("keywords").spec
    for options, sentence in (
        ({"target": "xyz"}, "the target is 1 to 6 letters"),
        ({"window": 4}, "window is 8 to"),
        ({"window": 1024}, "choose a smaller window"),
    ):
        with pytest.raises(UsageError, match=sentence):
            registry.create("audio-attack", spec, **options)
