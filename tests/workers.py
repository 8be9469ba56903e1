"""What test_processes.py starts under torchrun: `workers.py equal OUT`, `workers.py train OUT [DIE_AT [RANK]]`."""

import os
import signal
import sys

import torch

from rivals import processes, registry, training
from rivals.data import named
from rivals.metrics.evaluate import evaluate
from rivals.run import Run

# recipe, data, options: no batch statistics; in float64, since Adam turns a rounding error's sign into a whole step
GAMES = [
    ("wgan-gp", "ring", {"width": 8}),
    ("r3gan", "ring", {"width": 4, "average": 100.0}),
    ("cyclegan", "moved-ring", {"width": 8, "pool": 20}),
    ("sngan", "ring", {"width": 8}),
    ("relativistic-gan", "grid", {"width": 8, "loss": "relativistic"}),
]


def played(name, data, options, steps=20, batch=16):
    """Tensors of a game after some steps, and its samples."""
    torch.set_default_dtype(torch.float64)
    source = named.load(data)
    game = registry.create(name, source.spec, **options)
    Run(game, source, steps=steps, batch=batch).train()
    tensors = {k: v for k, v in game.state_dict().items() if isinstance(v, torch.Tensor)}
    return tensors | {"samples": game.sample(min(70, game.most or 70))}


def scored():
    """Scores of a game that nobody trained."""
    source = named.load("digits")
    return evaluate(registry.create("gan", source.spec, hidden=(8, 8)), source, samples=300).values


class Deadly(training.Progress):
    """Kills its process after a step."""

    def __init__(self, step):
        self.step = step

    def stepped(self, run):
        if run.counters.step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def main(what, out, *rest):
    torch.set_num_threads(1)
    if what == "equal":
        with processes.joined("cpu"):
            results = [played(*game) for game in GAMES]
            torch.set_default_dtype(torch.float32)
            scores = scored()
            if processes.first():
                torch.save((results, scores), out)
        return
    progress = None
    if rest and os.environ["RANK"] == (*rest, "1")[1] and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        progress = Deadly(int(rest[0]))
        training._Session.__init__.__globals__["Progress"] = lambda: progress
    # dropout draws from each process's own random state, and batch norms keep statistics of their own
    facts = {"steps": 16, "batch": 8, "save_every": 4, "device": "cpu", "width": 8}
    training.train("pix2pix", "edge-digits", out=out, progress=progress, **facts)


if __name__ == "__main__":
    main(*sys.argv[1:])
