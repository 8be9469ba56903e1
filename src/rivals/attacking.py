"""`rivals attack`: how much of a model's accuracy an attack leaves, at what cost, and what of it to distrust."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from rivals.attacks import ATTACKS, Victim
from rivals.attacks.attack import fooled, lowered
from rivals.attacks.ball import NORMS, size
from rivals.attacks.ball import known as ball_norm
from rivals.attacks.victim import probabilities
from rivals.attacks.watch import Watch
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.metrics import judges
from rivals.metrics.judges.classifier import Classifier
from rivals.metrics.judges.seeing import coloured, grey
from rivals.nn.shapes import Scale
from rivals.options import did_you_mean
from rivals.pictures import grid
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.verbs import abilities


@dataclass
class Report:
    """What an attack left.

    Attributes:
        model, data, method, options: of what.
        samples: how many were attacked, and are accuracies' denominators.
        clean, robust: shares named rightly before and after.
        stored: the same after, when the samples are kept as 8-bit pictures in between.
        size: norm -> mean size of the perturbations of the samples that were named rightly before and wrongly after.
        queries, gradients: questions to the model and gradients of it, a sample.
        seconds: of the attack.
        wanted: share of samples that are named as the target says, where there is one.
        reached, median: of an attack that only asks, the share of the samples that were named rightly before and that
            some question of it fooled, inside the ball; and which question that was, the median over those.
        notes: what in it is strange.
    """

    model: str
    data: str
    method: str
    options: dict[str, Any]
    samples: int
    clean: float
    robust: float
    stored: float
    size: dict[str, float] = field(default_factory=dict)
    queries: float = 0.0
    gradients: float = 0.0
    seconds: float = 0.0
    wanted: float | None = None
    reached: float | None = None
    median: float | None = None
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.method} ({ATTACKS[self.method].paper}) on {self.model}, {self.samples} pictures of {self.data}",
            f"accuracy     {self.clean:.1%}",
            f"robust       {self.robust:.1%}   kept as 8-bit pictures {self.stored:.1%}",
        ]
        if self.wanted is not None:
            told.append(f"as wanted    {self.wanted:.1%}")
        if self.size:
            told.append("perturbation " + ", ".join(f"norm {norm} {value:.4g}" for norm, value in self.size.items()))
        if self.reached is not None:
            after = "" if self.median is None else f", after {self.median:,.0f} questions (median)"
            told.append(f"reached      {self.reached:.1%} of those named rightly{after}")
        told.append(f"cost         {cost(self.queries, self.gradients, 'picture', self.seconds)}")
        return [*told, *(f"note         {note}" for note in self.notes)]


def cost(queries: float, gradients: float, what: str, seconds: float) -> str:
    """What an attack asked for, for people."""
    asked = ((queries, "question"), (gradients, "gradient"))
    words = " and ".join(f"{n:,.0f} {word}{'' if round(n) == 1 else 's'}" for n, word in asked)
    return f"{words} a {what}, {seconds:.1f} s"


class OfJudge(nn.Module):
    """A shipped judge as a classifier of pictures in [0, 1], without the rounding that has no gradient.

    Args:
        judge: whose trunk and head are attacked.
    """

    def __init__(self, judge: Classifier) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [0, 1] of any size -> logits (N, classes)."""
        seen = (coloured if self.judge.colour else grey)(2 * x - 1)
        side = int(self.judge.facts["size"])
        if seen.shape[2:] != (side, side):
            seen = F.interpolate(seen, (side, side), mode="bilinear", antialias=True, align_corners=False)
        logits: Tensor = self.judge.head(self.judge.trunk(seen))
        return logits

    def unrolled(self) -> nn.Sequential:
        """The layers, for grey pictures of the judge's own size in [0, 1].

        Raises:
            UsageError: for a judge that sees colours.
        """
        if self.judge.colour:
            raise UsageError(f"the judge {self.judge.name} sees colours: a certificate takes one of grey pictures")
        return nn.Sequential(Scale(2.0, -1.0), self.judge.trunk, self.judge.head)


class OfGame(nn.Module):
    """A trained game that classifies, as a classifier of pictures in [0, 1].

    Args:
        game: with the verb `classify`.
    """

    def __init__(self, game: Any) -> None:
        super().__init__()
        self.game = game.eval()
        for player in game.players().values():
            player.presenting = True  # the averaged weights, as the verb itself does

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [0, 1] -> log probabilities (N, classes), with the verb's gradient."""
        logits: Tensor = type(self.game).classify.__wrapped__(self.game, self.seen(x))
        return logits

    def seen(self, x: Tensor) -> Tensor:
        """Samples as the game takes them."""
        return 2 * x - 1

    def unrolled(self) -> nn.Sequential:
        """The layers of a game whose `network` names pictures.

        Raises:
            UsageError: for a game that names them in another way.
        """
        network = getattr(self.game, "network", None)
        if not isinstance(network, nn.Module):
            raise UsageError(f"{type(self.game).__name__} has no plain network for a certificate to look into")
        return nn.Sequential(Scale(2.0, -1.0), network)


def model(name: str | Path | nn.Module, weights: str | Path | None = None) -> nn.Module:
    """Whoever is attacked: a shipped judge, a run whose game classifies, or file.py:function for a module of one's own.

    Args:
        name: which. The function takes nothing and gives a module, pictures in [0, 1] -> logits.
        weights: a .safetensors file for such a module.

    Raises:
        UsageError: where there is none, or weights do not fit.
        RivalsError: for a function that gives no module.
    """
    if isinstance(name, nn.Module):
        return name
    text = str(name)
    file, colon, function = text.rpartition(":")
    if colon and file.endswith(".py"):
        return _weighed(_built(Path(file), function), weights)
    own_only(weights)
    if text in judges.names() or text.endswith(".safetensors"):
        judge = judges.load(text)
        if not isinstance(judge, Classifier):
            raise UsageError(f"the judge {text} does not classify")
        return OfJudge(judge)
    if Path(text).is_dir():
        return OfGame(of_run(text, "classify"))
    known = judges.names()
    raise UsageError(
        f"there is no model '{text}'{did_you_mean(text, known) or ':'} name a run's folder, file.py:function, or one "
        f"of {', '.join(known)}"
    )


def own_only(weights: str | Path | None) -> None:
    """Refuse weights for what brings its own.

    Raises:
        UsageError: for any.
    """
    if weights is not None:
        raise UsageError("weights are for a model of one's own, file.py:function: leave them out")


def of_run(name: str | Path, verb: str) -> Any:
    """The game of a run that has a verb.

    Raises:
        UsageError: for one that lacks it.
    """
    game = load(RunFolder(name).path)
    if verb not in abilities(game):
        raise UsageError(f"the game in {name} does not {verb}: attack a run of a recipe that does")
    return game


def _built(file: Path, function: str) -> nn.Module:
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    spec = importlib.util.spec_from_file_location(f"rivals_model_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, function, None)):
        raise UsageError(f"{file} has no function '{function}'")
    made = getattr(module, function)()
    if not isinstance(made, nn.Module):
        raise RivalsError(f"{file}:{function} gives {type(made).__name__}, not a torch.nn.Module")
    return made


def _weighed(made: nn.Module, weights: str | Path | None) -> nn.Module:
    if weights is not None:
        if not Path(weights).is_file():
            raise UsageError(f"there is no file {weights}")
        try:
            made.load_state_dict(load_file(weights))
        except RuntimeError as error:
            raise UsageError(f"the weights in {weights} do not fit the model: {error}") from None
        except Exception as error:  # safetensors has its own, which is no subclass of much
            raise UsageError(f"{weights} is no .safetensors file: {error}") from None
    return made


def labelled(data: str | Path | Source, n: int) -> tuple[Tensor, Tensor, str]:
    """The first n held-out pictures in [0, 1], (n, C, H, W), their labels (n,), and the data's name.

    Raises:
        UsageError: for data that are no labelled pictures.
    """
    source = data if isinstance(data, Source) else named.load(data)
    if not isinstance(source.spec, Images) or "label" not in source.fields:
        raise UsageError("an attack needs pictures with labels")
    test = source.test or source
    n = min(n, test.size or n)
    return (decoded(test.first(test.main, n)) + 1) / 2, test.first("label", n).long(), source.name


def attack(
    victim: nn.Module,
    x: Tensor,
    y: Tensor,
    method: str = "pgd",
    *,
    target: int | None = None,
    preprocessing: tuple[Sequence[float], Sequence[float]] | None = None,
    within: float | None = None,
    seed: int = 0,
    model_name: str = "",
    data_name: str = "",
    **options: Any,
) -> tuple[Report, Tensor]:
    """Attack a model, and say what that left.

    Args:
        victim: pictures (N, C, H, W) in [0, 1] -> logits.
        x, y: pictures and labels.
        method: a name of `rivals.attacks.ATTACKS`.
        target: the class that all shall be named.
        preprocessing: (mean, std) a channel, where the model does not normalise itself.
        within: of an attack that only asks, the largest perturbation that counts as success, in the attack's norm (2
            where it has none); by default its ε, and where it has none every one.
        seed: of the attack.
        model_name, data_name: for the report.
        **options: of the attack.

    Returns:
        The report, and the adversarial samples.

    Raises:
        UsageError: for an unknown attack or option, a model that gives probabilities, or `within` of an attack that
            has gradients.
    """
    known(method)
    counted = Victim(victim, preprocessing=preprocessing)
    before = _logits(counted, x)
    if probabilities(before):
        raise RivalsError(
            "the model gives probabilities, not logits: attacks on them stall where they are near 0 or 1; leave out "
            "its softmax"
        )
    if len(y) and int(y.max()) >= before.shape[1]:
        raise UsageError(f"the data have labels up to {int(y.max())}, and the model {before.shape[1]} classes")
    counted.queries, counted.watch, began = 0, watched(method, within, options), time.perf_counter()
    made = ATTACKS[method].function(counted, x, y, target, seed=seed, **options)
    seconds, asked = time.perf_counter() - began, counted.queries
    watch, counted.watch = counted.watch, None
    every = ATTACKS[method].options | options
    first = watch.first[~fooled(before, y, None)] if watch is not None else None
    took = first[first > 0].double() if first is not None else torch.zeros(0)
    report = Report(
        model_name, data_name, method, {k: v for k, v in every.items() if isinstance(v, int | float | str)}, len(x),
        **left(counted, x, y, made), queries=asked / len(x), gradients=counted.gradients / len(x),
        seconds=round(seconds, 3),
        wanted=None if target is None else share(_logits(counted, made).argmax(1) == target),
        reached=None if first is None or not len(first) else len(took) / len(first),
        median=float(took.quantile(0.5)) if len(took) else None, notes=list(_strange(before, y)),
    )  # fmt: skip
    return report, made


def left(victim: Victim, x: Tensor, y: Tensor, made: Tensor) -> dict[str, Any]:
    """What samples that were made leave of a model: `clean`, `robust`, `stored` and `size` of a `Report`.

    Args:
        victim: who is shown them.
        x, y: pictures and labels.
        made: what an attack made of the pictures, in their order.
    """
    right = ~fooled(_logits(victim, x), y, None)
    wrong, kept = (fooled(_logits(victim, samples), y, None) for samples in (made, lowered(made)))
    delta = (made - x)[right & wrong]
    return {
        "clean": share(right), "robust": share(right & ~wrong), "stored": share(right & ~kept),
        "size": {norm: float(size(delta, norm).mean()) for norm in NORMS if len(delta)},
    }  # fmt: skip


def _logits(victim: Victim, x: Tensor) -> Tensor:
    with victim.still():
        return torch.cat([victim.logits(part.to(victim.device)).cpu() for part in x.split(250)])


def _strange(logits: Tensor, y: Tensor) -> Iterator[str]:
    """Sentences on a model that hardly knows the data."""
    classes, right = logits.shape[1], share(logits.argmax(1) == y)
    if right <= min(0.5, 1.5 / classes):
        yield (
            f"the model names {right:.1%} of the pictures rightly, no more than chance: are its {classes} classes in "
            "the order of the data's labels (folders count in alphabetical order), and is the preprocessing its own, "
            "once?"
        )


def known(method: str, of: Mapping[str, Any] = ATTACKS, on: str = "pictures") -> None:
    """Refuse what is no attack on a kind of samples.

    Args:
        method: its name.
        of: those that there are.
        on: the kind, in words.

    Raises:
        UsageError: with the nearest name.
    """
    if method not in of:
        raise UsageError(
            f"there is no attack '{method}' on {on}{did_you_mean(method, of) or ':'} there are {', '.join(of)}"
        )


def watched(method: str, within: float | None, options: Mapping[str, Any]) -> Watch | None:
    """Who counts the questions of an attack; nobody where it has gradients.

    Raises:
        UsageError: for `within` of an attack that has gradients.
    """
    entry = ATTACKS[method]
    if entry.white:
        if within is not None:
            raise UsageError(f"{method} has gradients, so its questions are not counted: leave within out")
        return None
    every = {**entry.options, **options}
    reach = every.get("epsilon") if within is None else within
    return Watch(reach, ball_norm(every.get("norm", "inf" if "epsilon" in every else "2")))


def share(of: Tensor) -> float:
    """Of a condition (N,), how often it holds."""
    return float(of.double().mean())


def picture(x: Tensor, made: Tensor, n: int = 8) -> Image.Image:
    """The first n samples, ten times what was added, and what came of it, one row each."""
    n = min(n, len(x))
    rows = [2 * x[:n] - 1, (10 * (made - x)[:n]).clamp(-1, 1), 2 * made[:n] - 1]
    return grid(torch.cat(rows), columns=n)
