"""Train the judges that the package ships, and write their weights: `python scripts/train_judges.py [NAME …]`.

A judge learns to name pictures and, from the same features, to redraw them; the decoder is thrown away. Naming alone
draws a class into one tight cluster with a few stragglers between. The samples of a collapsed generator, grey noise,
lay inside the stragglers' large balls: a precision of .997, which the second task brings to 0.

Seeded and on one core; the last weights are taken, never the best on test. The same torch on the same kind of processor
writes the same bytes. `mnist` needs RIVALS_DATA. A judge that is trained anew has another fingerprint, and no score of
the old one may be compared with its scores.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass

import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from rivals.data import named
from rivals.data.sources import Source
from rivals.metrics.judges import WEIGHTS, Judge
from rivals.pack import replace_file


@dataclass(frozen=True)
class Plan:
    """How a judge is built and trained; `shift` is how many pixels a picture is moved at random, `least` the bar."""

    size: int
    channels: tuple[int, ...]
    features: int
    epochs: int
    shift: int
    least: float


PLANS = {
    "digits": Plan(size=8, channels=(32, 64), features=32, epochs=60, shift=1, least=0.97),
    "mnist": Plan(size=28, channels=(16, 32, 64), features=64, epochs=5, shift=2, least=0.985),
}


def main(names: list[str]) -> None:
    """Train the named judges, by default all."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in names or PLANS:
        start = time.perf_counter()
        judge, plan = trained(name)
        test = named.load(name).test
        assert test is not None
        accuracy = accuracy_on(judge, test)
        assert accuracy >= plan.least, f"{name}: {accuracy:.4f} is below {plan.least}"
        facts = {
            "size": plan.size,
            "channels": plan.channels,
            "features": plan.features,
            "classes": judge.classes,
            "accuracy": round(accuracy, 4),
        }
        # one entry: safetensors keeps several in no fixed order
        blob = save({k: v.contiguous() for k, v in judge.state_dict().items()}, metadata={"judge": json.dumps(facts)})
        WEIGHTS.mkdir(exist_ok=True)
        replace_file(WEIGHTS / f"{name}.safetensors", blob)
        seconds = time.perf_counter() - start
        print(f"{name}: accuracy {accuracy:.4f}, {len(blob):,} bytes, {judge.fingerprint}, {seconds:.0f} s")


def trained(name: str) -> tuple[Judge, Plan]:
    """A judge after its whole training on the training split."""
    plan, source = PLANS[name], named.load(name)
    torch.manual_seed(0)
    classes = int(source.first("label", 10**9).max()) + 1
    judge = Judge(name, size=plan.size, channels=plan.channels, features=plan.features, classes=classes)
    decoder = nn.Sequential(nn.Linear(plan.features, 256), nn.ReLU(), nn.Linear(256, plan.size**2))
    batch, size = 64, source.size or 0
    steps = plan.epochs * size // batch
    optimizer = torch.optim.AdamW([*judge.parameters(), *decoder.parameters()], lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for step in range(steps):
        images, labels = source.draw(("image", "label"), seed=0, start=step * batch, size=batch)
        x = moved(images.float() / 127.5 - 1, plan.shift)
        features = judge.trunk(x)
        named_wrong = F.cross_entropy(judge.head(F.dropout(features, 0.3)), labels)
        drawn_wrong = F.mse_loss(decoder(features), x.flatten(1))
        optimizer.zero_grad()
        (named_wrong + 5 * drawn_wrong).backward()
        optimizer.step()
        schedule.step()
    return judge.eval(), plan


def moved(images: Tensor, most: int) -> Tensor:
    """A batch shifted by at most `most` pixels each way, on a background of -1."""
    down, right = (int(torch.randint(-most, most + 1, ())) for _ in range(2))
    return F.pad(images, (right, -right, down, -down), value=-1.0)


def accuracy_on(judge: Judge, test: Source) -> float:
    """Share of a test split that is named rightly."""
    right = judge.predict(test.first("image", 10**9)) == test.first("label", 10**9)
    return right.double().mean().item()


if __name__ == "__main__":
    main(sys.argv[1:])
