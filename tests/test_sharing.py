"""Models that others load: the card, what goes to the hub, what is read of it, and sentences where that fails."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from typer.testing import CliRunner

import rivals
from rivals import registry, sharing
from rivals.cli.main import app
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.store import hub

huggingface_hub = pytest.importorskip("huggingface_hub")
pytest.importorskip("huggingface_hub.errors")


def gone() -> Exception:
    """What the hub says of a repository that is not there, without an answer of a server around it."""
    kind = huggingface_hub.errors.RepositoryNotFoundError
    error = kind.__new__(kind)
    error.args = ("404 gone",)
    return error


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "cgan"
    rivals.train("cgan", "digits", steps=3, width=4, latent=4, out=out)
    return out


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A hub in a folder."""

    class Api:
        def create_repo(self, name, private, exist_ok):
            assert exist_ok
            return SimpleNamespace(repo_id=name, __str__=lambda self: name)

        def upload_folder(self, folder_path, repo_id, commit_message):
            shutil.copytree(folder_path, tmp_path / repo_id)

    def download(name, revision, allow_patterns):
        assert not any(pattern.endswith((".bin", ".pt", ".pkl", "*")) for pattern in allow_patterns)
        return str(tmp_path / name)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return tmp_path


def test_what_is_pushed_is_what_is_loaded(run, shelf):
    sharing.push(run, "me/digits")
    assert sorted(p.name for p in (shelf / "me/digits").iterdir()) == sorted(hub.FILES)
    again = rivals.load("hub:me/digits")
    assert torch.equal(again.sample(4), rivals.load(run).sample(4))


def test_a_card_says_recipe_paper_data_scores_and_cost(run):
    card = sharing.card(run)
    for word in (
        "# cgan on digits",
        "arXiv:1411.1784",
        "| fid |",
        "judge digits",
        "width=4",
        "3 steps of",
        "library_name",
    ):
        assert word in card, word


def test_a_saved_model_has_a_card_without_scores(tmp_path):
    registry.create("vae", named.load("digits").spec, hidden=(4,), latent=2).save_pretrained(tmp_path / "model")
    card = sharing.card(tmp_path / "model")
    assert "It can also encode, decode, reconstruct, log_prob." in card
    assert "Scores" not in card
    with pytest.raises(UsageError, match="neither a run nor a saved model"):
        sharing.card(tmp_path / "no")


def test_weights_in_other_forms_are_not_read(shelf):
    (shelf / "me/old").mkdir(parents=True)
    (shelf / "me/old/config.json").write_text("{}")
    (shelf / "me/old/pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UsageError, match=r"has no model\.safetensors with a config\.json: weights in other forms"):
        rivals.load("hub:me/old")


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (huggingface_hub.errors.HFValidationError("x"), UsageError, "hub:USER/NAME, not 'hub:a b'"),
        (huggingface_hub.errors.LocalEntryNotFoundError("no net"), RivalsError, "cannot be reached for 'a b' .no net"),
        (
            gone(),
            UsageError,
            "no model 'a b' on the hub that you may read",
        ),
    ],
)
def test_the_hubs_troubles_are_sentences(monkeypatch, error, kind, sentence):
    def fail(*args, **named):
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(kind, match=sentence):
        rivals.load("hub:a b")


def test_nobody_logged_in_is_said(run, monkeypatch):
    class Api:
        def create_repo(self, *args, **named):
            raise huggingface_hub.errors.LocalTokenNotFoundError("no token")

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    with pytest.raises(UsageError, match="nobody is logged in"):
        sharing.push(run, "me/x")


def test_the_command_prints_the_card(run):
    done = CliRunner().invoke(app, ["push", str(run), "me/digits", "--card"])
    assert done.exit_code == 0
    assert "# cgan on digits" in done.stdout
