"""Several processes: the same numbers as one, exact resume, and an end when one of them dies."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import workers
from rivals import processes
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.training import train

HERE = Path(__file__).parent


def torchrun(n, *arguments, restarts=0):
    """Run workers.py in n processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n}"]
    command += [f"--max-restarts={restarts}"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command += [str(HERE / "workers.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)


@pytest.fixture(scope="module")
def alone():
    before = torch.get_default_dtype()
    try:
        return [workers.played(*game) for game in workers.GAMES]
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("n", [2, 4])
def test_processes_play_the_game_that_one_would_play(n, alone, tmp_path):
    done = torchrun(n, "equal", tmp_path / "results.pt")
    assert done.returncode == 0, done.stderr[-2000:]
    results, scores = torch.load(tmp_path / "results.pt")
    assert scores == pytest.approx(workers.scored(), rel=1e-6)
    for (name, *_), one, many in zip(workers.GAMES, alone, results, strict=True):
        assert one.keys() == many.keys()
        worst = max((one[k].double() - many[k].double()).abs().max().item() for k in one if one[k].numel())
        assert worst < 1e-9, f"{name} with {n} processes: {worst}"


def weights(folder):
    return hashlib.sha256((folder / "model" / "model.safetensors").read_bytes()).hexdigest()


def test_a_dead_process_ends_the_run_and_the_same_command_goes_on_exactly(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert torchrun(2, "train", whole).returncode == 0
    began = time.monotonic()
    died = torchrun(2, "train", cut, 10)
    assert died.returncode != 0
    assert time.monotonic() - began < 120
    state = RunFolder(cut).newest()
    assert state is not None
    assert state["counters"]["step"] == 8
    assert len(state["processes"]) == 2
    assert not torch.equal(state["processes"][0]["random"]["global"], state["processes"][1]["random"]["global"])
    again = torchrun(2, "train", cut)
    assert again.returncode == 0, again.stderr[-2000:]
    assert weights(cut) == weights(whole)
    restarted = torchrun(2, "train", tmp_path / "restarted", 10, 0, restarts=1)
    assert restarted.returncode == 0, restarted.stderr[-2000:]
    assert weights(tmp_path / "restarted") == weights(whole)
    with pytest.warns(UserWarning, match="had 2 processes and has 1 now"):
        longer = train("pix2pix", "edge-digits", steps=20, batch=8, out=cut, save_every=4, device="cpu", width=8)
    assert longer.step == 20


def test_a_batch_that_processes_cannot_share_is_refused(monkeypatch):
    from rivals import registry

    source = named.load("ring")
    game = registry.create("gan", source.spec, hidden=(8, 8))
    monkeypatch.setattr(processes, "count", lambda: 3)
    with pytest.raises(UsageError, match="multiple of 3 processes × 2 microbatches"):
        Run(game, source, steps=1, batch=64, accumulate=2)


def test_alone_nothing_is_exchanged():
    x = torch.randn(3, 2)
    assert processes.total(x) is x
    assert processes.joint(x) is x
    assert processes.gather(5) == [5]
    assert processes.from_first(lambda: 7) == 7
    assert processes.in_turn(lambda: 8) == 8
    assert [t.item() for t in processes.shared(3, torch.tensor)] == [0, 1, 2]
    assert processes.first()
