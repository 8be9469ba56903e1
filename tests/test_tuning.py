import json
from pathlib import Path

import pytest
import torch

import rivals
from rivals import training, tuning
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run
from rivals.tuning import Way


def test_a_way_is_taken_where_it_is_clearly_faster():
    costs = {Way(): 10.0, Way(("generator",)): 9.9, Way(("critic",)): 8.0, Way(("critic",), compiled=True): 7.0}
    game = rivals.create("dcgan", "digits", width=8)
    found = tuning.tune(game, costs.__getitem__)
    assert found.best == Way(("critic",), compiled=True)
    assert list(found.measured) == list(costs)
    assert Way.from_json(found.to_json()) == found.best


def test_dense_networks_have_no_layout_to_choose():
    found = tuning.tune(rivals.create("gan", "ring", hidden=(8,)), lambda way: 1.0, compiled=False)
    assert list(found.measured) == [Way()]


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # the compiler looks at inputs that are no leaves
def test_compiled_networks_train_as_eager_ones_penalties_too():
    def weights(way: Way) -> list[torch.Tensor]:
        game = rivals.create("wgan-gp", "ring", width=4, latent=2, critic_updates=2, seed=1)
        Run(way.apply(game), named.load("ring"), steps=3, batch=8).train()
        return [w.detach() for p in game.players().values() for w in p.weights]

    compiled, eager = weights(Way(compiled=True)), weights(Way())
    for a, b in zip(compiled, eager, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_what_is_measured_stays_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cheap = {Way(): 10.0, Way(("generator",)): 5.0, Way(("generator", "critic")): 5.0}

    def estimate(*args: object, way: Way, **facts: object) -> object:
        return type("Estimate", (), {"ms": cheap.get(way, 99.0)})

    monkeypatch.setattr(training.planning, "estimate", estimate)
    facts = {"steps": 2, "batch": 8, "width": 4, "latent": 4, "out": tmp_path / "run"}
    folder, found = training.tuned("dcgan", "digits", **facts)
    assert found.best == Way(("generator",))
    trained = rivals.train("dcgan", "digits", **facts)
    kernels = [w for w in trained.game.generator.parameters() if w.dim() == 4 and w.shape[1] > 1]
    assert all(w.is_contiguous() for w in kernels)
    assert json.loads((folder.path / "config.json").read_text())["tuned"]["first"] == ["generator"]
    with pytest.raises(UsageError, match="has begun"):
        training.tuned("dcgan", "digits", **facts)
    with pytest.raises(UsageError, match="--compile was False and is now True"):
        rivals.train("dcgan", "digits", compile=True, **facts)


def test_a_processor_without_half_precision_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tuning.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True}, raising=False)
    assert "no bf16" in tuning.slow_half(torch.device("cpu"))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    assert tuning.slow_half(torch.device("cpu")) == ""
    assert tuning.slow_half(torch.device("cuda")) == ""
