"""Judges: fixed networks with fixed preprocessing. Scores of different judges are never compared.

A judge's fingerprint changes with any weight and with anything that happens to a picture before the first layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.metrics.judges import classifier, references
from rivals.metrics.judges.channels import EachChannel as EachChannel
from rivals.metrics.judges.classifier import Classifier as Classifier
from rivals.metrics.judges.judge import Judge as Judge
from rivals.metrics.judges.references import REFERENCES as REFERENCES
from rivals.metrics.judges.seeing import GREY as GREY
from rivals.metrics.judges.seeing import coloured as coloured
from rivals.metrics.judges.seeing import grey as grey
from rivals.metrics.judges.seeing import quantised as quantised
from rivals.metrics.judges.seeing import resized as resized
from rivals.options import did_you_mean

WEIGHTS = Path(__file__).parents[1] / "weights"
"""The folder of the judges that are shipped."""

FALLBACK: tuple[tuple[bool, int, str], ...] = ((False, 8, "digits"), (False, 28, "fashion"), (True, 1 << 30, "cifar10"))
"""For pictures without a judge of their own: in colour or not, longest side at most, judge; the first row that fits."""


def names() -> list[str]:
    """The judges that are shipped."""
    return sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))


def load(name: str, weights: str | Path | Sequence[str | Path] = ()) -> Judge:
    """A judge with its weights.

    Args:
        name: of a shipped judge; of one by reference ("inception", "dinov2", "clip", "lpips"), where "inception:PATH"
            names its file and "lpips:PATH,PATH" its two; or the path of a judge of one's own, a .safetensors file.
        weights: the files of a judge by reference, by default what torch hub's and Hugging Face's caches have.

    Raises:
        UsageError: for an unknown name, or files that are not there.
        RivalsError: where weights are not on this machine, saying what to download, or cannot be used.
    """
    word, colon, paths = str(name).partition(":")
    files = [Path(weights)] if isinstance(weights, str | Path) else [Path(path) for path in weights]
    if word in REFERENCES:
        return references.load(word, files or [Path(path) for path in paths.split(",") if colon])
    if files:
        raise UsageError(f"the judge '{name}' takes no weights; those that do are {', '.join(REFERENCES)}")
    if name in names():
        return classifier.read(WEIGHTS / f"{name}.safetensors")
    if str(name).endswith(".safetensors"):
        return classifier.read(Path(name))
    known = [*names(), *REFERENCES]
    raise UsageError(
        f"there is no judge '{name}'{did_you_mean(name, known) or '.'} There are {', '.join(known)}, and files that "
        "`rivals judge train` made"
    )


def judge_for(spec: Images, name: str) -> Judge:
    """The judge of a data set: its own where there is one for pictures of that size, else the row of `FALLBACK`.

    Args:
        spec: of the pictures.
        name: of their source.
    """
    if name in names() and (spec.height, spec.width) == ((own := load(name)).size, own.size):
        return own
    colour, side = spec.channels >= 3, max(spec.height, spec.width)
    fits = (judge for shade, most, judge in FALLBACK if side <= most and colour <= shade)
    return load(next(fits))
