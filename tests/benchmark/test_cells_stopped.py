import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rivals.benchmark.cells import Cell, play, stored

TINY = {"hidden": (16, 16), "latent": 8}

GRID = """
import signal
import sys
from pathlib import Path
from rivals.benchmark.cells import Cell, play
from rivals.errors import Interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born deaf to it
tiny = {"hidden": (16, 16), "latent": 8}
cells = [Cell("gan", "ring", seed, steps=int(sys.argv[2]), options=tiny) for seed in (0, 1)]
try:
    play(cells, Path(sys.argv[1]), report=lambda outcome: print(outcome.cell.seed, outcome.fresh, flush=True))
except Interrupted as stop:
    print(stop, flush=True)
    sys.exit(128 + stop.signal)
"""


def grid(home, steps):
    path = os.pathsep.join(sys.path)
    arguments = [sys.executable, "-c", GRID, str(home), str(steps)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})


def until(found, seconds=60):
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_grid_that_is_killed_goes_on_and_ends_as_the_uninterrupted_one(tmp_path, inline):
    running = grid(tmp_path / "killed", 200)
    first = Cell("gan", "ring", 0, steps=200, options=TINY)
    folder = tmp_path / "killed" / first.key
    until(lambda: len(list((folder / "checkpoints").glob("step-*"))) >= 1)
    running.kill()
    running.wait()
    running.stdout.close()
    until(lambda: unlocked(folder), 20)  # the orphan ends by itself
    assert stored(folder) is None
    cells = [Cell("gan", "ring", seed, steps=200, options=TINY) for seed in (0, 1)]
    resumed, whole = (play(cells, tmp_path / name) for name in ("killed", "whole"))
    assert all(o.ok and o.fresh for o in resumed)
    assert [o.scores.values for o in resumed] == [o.scores.values for o in whole]


def unlocked(folder: Path) -> bool:
    import fcntl

    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_after_saving_and_says_how_to_go_on(tmp_path, number):
    running = grid(tmp_path, 100_000)
    folder = tmp_path / Cell("gan", "ring", 0, steps=100_000, options=TINY).key
    until(lambda: (folder / "metrics.jsonl").is_file() and (folder / "metrics.jsonl").stat().st_size)
    running.send_signal(number)
    out, _ = running.communicate(timeout=240)
    assert running.returncode == 128 + number
    assert out.endswith("stopped; what was running has saved: the same command goes on from there\n")
    assert json.loads((folder / "state.json").read_text())["status"] == "interrupted"
    assert len(list((folder / "checkpoints").glob("step-*"))) >= 1
