"""Loggers are guests: opened by the first record, closed at the end, dropped when they fail."""

import sys
from types import SimpleNamespace

import pytest

from rivals import loggers, training
from rivals.errors import UsageError
from rivals.store.folder import RunFolder

TINY = {"width": 8, "latent": 8, "batch": 4}
RECORD = {"step": 4, "stage": "train", "reals": 16, "updates": {"critic": 4}, "loss/a+b": 0.5}
CONFIG = {"seed": 0, "game": {"recipe": "gan", "options": {"width": 8}}}


class Fake:
    """A tracker that remembers what it was told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        def call(*arguments, **named):
            self.told.append((name, arguments, named))
            return self

        return call


@pytest.fixture
def fake(monkeypatch):
    tracker = Fake()
    for name in ("mlflow", "wandb"):
        monkeypatch.setitem(sys.modules, name, tracker)
    return tracker


def test_mlflow_gets_parameters_and_figures(fake, tmp_path):
    logger = loggers.make("mlflow", tmp_path / "run", CONFIG)
    assert not fake.told  # nothing before the first record
    logger(RECORD)
    logger(RECORD | {"step": 8})
    logger.close()
    logger.close()
    names = [name for name, _, _ in fake.told]
    assert names == ["set_experiment", "start_run", "log_params", "log_metrics", "log_metrics", "end_run"]
    assert fake.told[2][1][0] == {"seed": "0", "game.recipe": "gan", "game.options.width": "8"}
    assert fake.told[3] == ("log_metrics", ({"reals": 16.0, "updates/critic": 4.0, "loss/a-b": 0.5},), {"step": 4})


def test_wandb_resumes_the_same_run(fake, tmp_path):
    for _ in range(2):
        logger = loggers.make("wandb", tmp_path / "run", CONFIG)
        logger(RECORD)
        logger.close()
    first, second = (named for name, _, named in fake.told if name == "init")
    assert first == second
    assert first["resume"] == "allow"
    assert first["config"] == CONFIG
    assert [name for name, _, _ in fake.told] == ["init", "log", "finish"] * 2


def test_a_missing_package_names_its_extra_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"needs the extra: pip install 'rivals\[wandb\]'"):
        training.train("gan", "nowhere/", steps=2, loggers=["wandb"])
    with pytest.raises(UsageError, match="no logger 'wandbb', did you mean 'wandb'"):
        training.train("gan", "ring", steps=2, loggers=["wandbb"])
    assert loggers.make("none", tmp_path, {}) is None
    assert not list(tmp_path.iterdir())


def test_a_logger_that_fails_never_stops_a_run(monkeypatch, tmp_path):
    def broken(*_, **__):
        raise OSError("no network")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(set_experiment=broken))
    with pytest.warns(UserWarning, match="dropped: OSError: no network") as warned:
        done = training.train("wgan-gp", "ring", steps=4, out=tmp_path / "run", loggers=["mlflow"], **TINY)
    assert done.step == 4
    assert len(warned) == 1
    fine = Fake()
    fine.end_run = broken
    monkeypatch.setitem(sys.modules, "mlflow", fine)
    with pytest.warns(UserWarning, match="when it was closed: OSError"):
        training.train("wgan-gp", "ring", steps=6, out=tmp_path / "run", loggers=["mlflow"], **TINY)
    assert RunFolder(tmp_path / "run").status()["status"] == "finished"


def test_a_logger_gets_losses_and_scores(tmp_path, fake):
    mine = []
    training.train(
        "wgan-gp", "ring", steps=4, eval_every=2, out=tmp_path / "run", loggers=[mine.append, "mlflow", "none"], **TINY
    )
    assert [r["step"] for r in mine if any(k.startswith("loss/critic/") for k in r)] == [1, 2, 3, 4]
    assert [r["step"] for r in mine if any(k.startswith("score/") for k in r)] == [2, 4]
    assert sum(name == "log_metrics" for name, _, _ in fake.told) == len(mine)


def test_tensorboard_writes_beside_the_run(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for steps in (4, 6):
        training.train("wgan-gp", "ring", steps=steps, out=tmp_path / "run", loggers=["tensorboard"], **TINY)
    read = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    read.Reload()
    tags = read.Tags()["scalars"]
    assert {"reals", "updates/critic", "score/modes"} <= set(tags)
    steps = [event.step for event in read.Scalars("updates/critic")]
    assert steps == [1, 2, 3, 4, 5, 6]
