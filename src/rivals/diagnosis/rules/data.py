"""Illnesses of the data, and of what is learnt of it by heart."""

from __future__ import annotations

from rivals.diagnosis.history import NOTE, SERIOUS, WARNING, History, Symptom
from rivals.diagnosis.rules.common import grown, recent, rule

BOUND = 1.5
"""Largest value of pictures: rounding and filters overshoot 1 a little, a forgotten scaling by far."""

UNSCALED, UNEVEN = 30.0, 1000.0
"""Spread of points, and ratio of their coordinates' spreads, that the first steps of Adam take hundreds to reach."""

FEW = 500
"""Samples below which a critic soon knows them by heart (Karras et al. 2020, arXiv:2006.06676, figure 1)."""

WORN = 300
"""Epochs after which a sure critic of few samples counts as one that knows them, whatever it says of others."""

BY_HEART, COPIED = 0.8, 0.3
"""Rank of a training sample above a held-out one (½ without memory); nearest distance as a share of the data's."""


@rule("wrong range", persist=1)
def wrong_range(h: History) -> Symptom | None:
    """Data that no network reaches: a tanh ends at ±1, and weights start for inputs about 0 with a spread near 1."""
    if "data/largest" not in h.facts:
        return None
    low, high, std, offset = (h.get(f"data/{name}") for name in ("lowest", "highest", "std", "offset"))
    signals = {"lowest": low, "highest": high, "std": std}
    values = f"values lie in [{low:.3g}, {high:.3g}]"
    if h.get("data/bounded"):
        if h.get("data/largest") > BOUND:
            return Symptom(SERIOUS, f"{values}, the networks' in [-1, 1]", signals)
        if (low >= -0.01 and high > 0.5) or (high <= 0.01 and low < -0.5):
            return Symptom(WARNING, f"{values}, half of the networks' [-1, 1]", signals)
        if high - low < 2 / UNSCALED:
            return Symptom(WARNING, f"{values}, a small part of the networks' [-1, 1]", signals)
        return None
    if std > UNSCALED or 0 < std < 1 / UNSCALED or offset > UNSCALED * max(std, 1.0):
        return Symptom(SERIOUS, f"{values} with a standard deviation of {std:.3g}; networks start near 1", signals)
    if h.get("data/widest") > UNEVEN * h.get("data/narrowest") > 0:
        wide, narrow = h.get("data/widest"), h.get("data/narrowest")
        return Symptom(WARNING, f"coordinates' standard deviations lie between {narrow:.3g} and {wide:.3g}", signals)
    return None


@rule("memorising")
def memorising(h: History) -> Symptom | None:
    """The critic, or the samples, know the training set by heart."""
    size = h.get("data/size")
    if not size or not grown(h, 0.2):
        return None
    held, near = recent(h, "critic, held out"), recent(h, "nearest trained")
    loose, side = h.get("data/nearest"), recent(h, "nearer to trained")
    if held is not None and held >= BY_HEART and h.get("data/held out") >= 20:
        severity = SERIOUS if held >= 0.9 else WARNING
        told = f"the critic ranks a training sample above a held-out one in {held:.0%} of pairs (healthy: about 50%)"
        return Symptom(severity, f"{told}; there are {size:,.0f} training samples", {"critic, held out": held})
    if near is not None and near < COPIED * loose and (side is None or side >= 0.7):
        told = f"samples lie {near:.2g} from the nearest training sample, training samples {loose:.2g} from each other"
        return Symptom(SERIOUS, told, {"nearest trained": near, "data": loose})
    epochs = h.now.get("reals", 0.0) / size
    knows = recent(h, "critic")
    unseen = h.get("data/held out") < 20 or (recent(h, "critic, held out", 5) or 0.5) > 0.55
    if (unseen or epochs >= WORN) and size < FEW / 2 and epochs >= 100 and knows is not None and knows >= 0.98:
        told = f"{size:,.0f} training samples were seen {epochs:,.0f} times, and the critic knows them ({knows:.0%})"
        return Symptom(WARNING, told, {"epochs": epochs, "critic": knows})
    return None


@rule("few samples", persist=1)
def few_samples(h: History) -> Symptom | None:
    """A set that a critic soon knows."""
    size = h.get("data/size")
    return Symptom(NOTE, f"{size:,.0f} training samples are few", {"size": size}) if 0 < size < FEW else None
