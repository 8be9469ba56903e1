"""Distances between all fakes and all reals that were seen, in torchmetrics' interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from rivals.metrics import text, transport
from rivals.metrics.mean import Mean
from rivals.metrics.ngrams import Tokens
from rivals.metrics.stream import Metric


class TwoSamples(Metric):
    """Any function of a set of fakes and a set of reals; both are kept until `reset`.

    Args:
        distance: fakes (N, ...) and reals (M, ...) -> figure.
    """

    def __init__(self, distance: Callable[[Tensor, Tensor], float]) -> None:
        super().__init__()
        self.distance = distance
        self.add_state("fake", [], "cat")
        self.add_state("real", [], "cat")
        self.fake: list[Tensor]
        self.real: list[Tensor]

    def update(self, x: Tensor, real: bool) -> None:
        """Add samples (N, ...) to the reals or to the fakes."""
        (self.real if real else self.fake).append(x.detach().cpu())

    def compute(self) -> float:
        """The figure of everything since the last `reset`.

        Raises:
            UsageError: where fakes or reals were not seen yet.
        """
        return self.distance(self.joined("fake"), self.joined("real"))


class Wasserstein(TwoSamples):
    """`rivals.metrics.transport.wasserstein` with its p."""

    def __init__(self, p: int = 1) -> None:
        super().__init__(lambda fake, real: transport.wasserstein(fake, real, p))


class SlicedWasserstein(TwoSamples):
    """`rivals.metrics.transport.sliced_wasserstein` with its p, projections and seed."""

    def __init__(self, p: int = 2, projections: int = 128, seed: int = 0) -> None:
        super().__init__(lambda fake, real: transport.sliced_wasserstein(fake, real, p, projections, seed))


class MMD(TwoSamples):
    """`rivals.metrics.transport.mmd` with its bandwidths."""

    def __init__(self, bandwidths: Sequence[float] | None = None) -> None:
        super().__init__(lambda fake, real: transport.mmd(fake, real, bandwidths))


class ReferenceBLEU(TwoSamples):
    """`rivals.metrics.text.reference_bleu` of tokens (N, T), with its n."""

    def __init__(self, n: int = 4) -> None:
        super().__init__(lambda fake, real: text.reference_bleu(fake, real, n))


class Novelty(TwoSamples):
    """`rivals.metrics.text.novelty` of tokens (N, T); the reals are the training set."""

    def __init__(self) -> None:
        super().__init__(text.novelty)


class FrechetEmbeddingDistance(TwoSamples):
    """`rivals.metrics.text.frechet_embedding_distance` of tokens (N, T), with its embedding."""

    def __init__(self, embed: Callable[[Tokens], Tensor] | None = None) -> None:
        super().__init__(lambda fake, real: text.frechet_embedding_distance(fake, real, embed))


class SelfBLEU(Metric):
    """`rivals.metrics.text.self_bleu` of all tokens (N, T) seen, with its n."""

    def __init__(self, n: int = 4) -> None:
        super().__init__()
        self.n = n
        self.add_state("samples", [], "cat")
        self.samples: list[Tensor]

    def update(self, tokens: Tensor) -> None:
        """Add samples, integers (N, T)."""
        self.samples.append(tokens.detach().cpu())

    def compute(self) -> float:
        """The figure of everything since the last `reset`.

        Raises:
            UsageError: where nothing was added yet.
        """
        return text.self_bleu(self.joined("samples"), self.n)


class OracleNLL(Mean):
    """Mean of an oracle's negative log-likelihood over all tokens (N, T) seen, in nats a symbol.

    Args:
        oracle: has `nll`.
    """

    def __init__(self, oracle: text.Oracle) -> None:
        super().__init__(oracle.nll)
