"""How a judge is trained: to name pictures and, from the same features, to redraw them.

Naming alone draws a class into one tight cluster with a few stragglers between. To `digits`, the samples of a collapsed
generator, grey noise, lay inside the stragglers' large balls: a precision of .997, which the second task brings to 0.
The decoder is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivals.data.sources import Source, decoded
from rivals.data.specs import Images, kind_of
from rivals.errors import RivalsError, UsageError
from rivals.metrics.judges.classifier import Classifier, folded

ENDLESS = 10_000
"""Pictures in an epoch of a source that has no end."""


@dataclass(frozen=True)
class Plan:
    """How a judge is built and trained.

    Attributes:
        size: height and width of what it sees.
        channels: of its blocks, each followed by a halving.
        features: numbers in its penultimate layer.
        epochs: passes over the training split.
        shift: pixels that a batch is moved by at random, at most.
        colour: whether it sees colour.
        depth: convolutions in a block.
        norm: batch norm in training, folded afterwards.
        flip: mirror every other picture.
        cutout: side of the square that is blanked in each picture (DeVries and Taylor 2017, arXiv:1708.04552).
        rate: highest learning rate of the one cycle.
        decay: weight decay.
        draw: weight of the decoder's mean squared error.
        bf16: train in bfloat16 where autocast has it.
        half: store float16.
    """

    size: int
    channels: tuple[int, ...]
    features: int
    epochs: int
    shift: int
    colour: bool = False
    depth: int = 1
    norm: bool = False
    flip: bool = False
    cutout: int = 0
    rate: float = 2e-3
    decay: float = 1e-2
    draw: float = 5.0
    bf16: bool = False
    half: bool = False


SHIPPED = {
    "digits": Plan(size=8, channels=(32, 64), features=32, epochs=60, shift=1),
    "mnist": Plan(size=28, channels=(16, 32, 64), features=64, epochs=5, shift=2),
    "fashion": Plan(
        size=28, channels=(24, 48, 96), features=64, epochs=5, shift=2, depth=2, norm=True, flip=True, bf16=True,
        half=True,
    ),
    "usps": Plan(size=16, channels=(32, 64), features=64, epochs=15, shift=1, depth=2, norm=True, half=True),
    "cifar10": Plan(
        size=32, channels=(24, 48, 96, 128), features=128, epochs=30, shift=4, colour=True, depth=2, norm=True,
        flip=True, cutout=8, rate=4e-3, decay=5e-2, bf16=True, half=True,
    ),
}  # fmt: skip
"""The judges that the package ships, and how they are made."""

Told = Callable[[int, int, float], None]
"""Called with the epoch that is done, their number, and the mean loss."""


def plan_for(spec: Images, epochs: int = 15) -> Plan:
    """A plan for pictures of any kind: at most 64 pixels wide, halved until 2 or 3 are left.

    Pictures are not mirrored: for letters and digits that would be wrong.

    Args:
        spec: of the pictures.
        epochs: passes over them.
    """
    size = min(max(8, spec.height, spec.width), 64)
    channels = (24, 48, 96, 128, 128)[: size.bit_length() - 2]
    return Plan(
        size=size, channels=channels, features=64, epochs=epochs, shift=max(1, size // 14), colour=spec.channels == 3,
        depth=2, norm=True, bf16=True, half=True,
    )  # fmt: skip


def train(name: str, source: Source, plan: Plan, tell: Told | None = None) -> Classifier:
    """A judge after its whole training on a training split; seeded, and the last weights, never the best on test.

    Args:
        name: of the judge.
        source: pictures with labels.
        plan: how.
        tell: hears of the progress.

    Returns:
        The judge, without batch norm, with its accuracy on the test split where there is one.

    Raises:
        UsageError: for data that are no labelled pictures.
        RivalsError: where there are too few classes or pictures, or the training diverges.
    """
    classes, size = _classes(source, pictures(source)), source.size or ENDLESS
    torch.manual_seed(0)
    judge = Classifier(
        name, size=plan.size, channels=plan.channels, features=plan.features, classes=classes, colour=plan.colour,
        depth=plan.depth, norm=plan.norm,
    )  # fmt: skip
    seen = (3 if plan.colour else 1) * plan.size**2
    decoder = nn.Sequential(nn.Linear(plan.features, 256), nn.ReLU(), nn.Linear(256, seen))
    batch = min(64, size)
    steps = plan.epochs * size // batch
    optimizer = torch.optim.AdamW([*judge.parameters(), *decoder.parameters()], lr=plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=plan.rate, total_steps=steps)
    losses: list[Tensor] = []
    for step in range(steps):
        images, labels = source.draw(("image", "label"), seed=0, start=step * batch, size=batch)
        x = augmented(judge.see(decoded(images)), plan).clone(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=plan.bf16):
            features = judge.trunk(x)
            logits, drawn = judge.head(F.dropout(features, 0.3)), decoder(features)
        named_wrong = F.cross_entropy(logits.float(), labels)
        loss = named_wrong + plan.draw * F.mse_loss(drawn.float(), x.flatten(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(named_wrong.detach())
        if tell is not None and (step + 1) * plan.epochs // steps > step * plan.epochs // steps:
            tell((step + 1) * plan.epochs // steps, plan.epochs, torch.stack(losses).mean().item())
            losses.clear()
    if not all(weight.isfinite().all() for weight in judge.state_dict().values()):
        raise RivalsError("the judge's training diverged: its weights are not finite")
    judge = folded(judge.eval())
    if plan.half:
        judge.load_state_dict({key: weight.half().float() for key, weight in judge.state_dict().items()})
    if source.test is not None:
        judge.accuracy = round(accuracy_on(judge, source.test), 4)
    return judge


def augmented(x: Tensor, plan: Plan) -> Tensor:
    """A batch (N, C, H, W), moved, mirrored and blanked at random as the plan says, on a background of -1."""
    down, right = (int(torch.randint(-plan.shift, plan.shift + 1, ())) for _ in range(2))
    x = F.pad(x, (right, -right, down, -down), value=-1.0)
    if plan.flip:
        x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    if plan.cutout:
        first = torch.randint(1 - plan.cutout, plan.size, (2, len(x), 1))
        rows, columns = (torch.arange(plan.size) >= first) & (torch.arange(plan.size) < first + plan.cutout)
        x = x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)
    return x


def accuracy_on(judge: Classifier, test: Source) -> float:
    """Share of the first pictures of a split, at most `ENDLESS`, that is named rightly."""
    n = test.size or ENDLESS
    right = judge.predict(test.first("image", n)) == test.first("label", n)
    return right.double().mean().item()


def pictures(source: Source) -> Images:
    """The spec of data that a judge can be trained on.

    Raises:
        UsageError: for data that are no pictures, or have no labels.
    """
    if not isinstance(source.spec, Images):
        raise UsageError(f"a judge is trained on pictures with labels, and '{source.name}' is {kind_of(source.spec)}")
    if "image" not in source.fields or "label" not in source.fields:
        raise UsageError(
            f"a judge is trained on pictures with labels, and '{source.name}' has none: put the pictures of each class "
            "into a folder of its own"
        )
    return source.spec


def _classes(source: Source, spec: Images) -> int:
    """How many classes the labels have.

    Raises:
        RivalsError: for too few classes or pictures.
    """
    labels = source.first("label", source.size or ENDLESS)
    counts = torch.bincount(labels)
    classes = max(spec.classes, len(counts))
    if (counts > 0).sum() < 2:
        raise RivalsError(f"all pictures of '{source.name}' are of one class: a judge needs two or more to tell apart")
    if len(labels) < 2 * classes:
        few = f"{len(labels)} pictures of '{source.name}' are too few for {classes} classes"
        raise RivalsError(f"{few}: a judge needs at least {2 * classes}")
    return classes
