from __future__ import annotations

import pytest
import torch

from rivals.data.oracle import small
from rivals.errors import UsageError
from rivals.metrics import text, transport, two_samples


def points(n: int, seed: int) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def tokens(n: int, seed: int) -> torch.Tensor:
    return torch.randint(0, 4, (n, 6), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("metric", "function", "draw"),
    [
        (two_samples.Wasserstein(2), lambda x, y: transport.wasserstein(x, y, 2), points),
        (two_samples.SlicedWasserstein(1, 9, 3), lambda x, y: transport.sliced_wasserstein(x, y, 1, 9, 3), points),
        (two_samples.MMD([0.3]), lambda x, y: transport.mmd(x, y, [0.3]), points),
        (two_samples.ReferenceBLEU(3), lambda x, y: text.reference_bleu(x, y, 3), tokens),
        (two_samples.Novelty(), text.novelty, tokens),
        (two_samples.FrechetEmbeddingDistance(), text.frechet_embedding_distance, tokens),
    ],
    ids=lambda x: type(x).__name__,
)
def test_pieces_give_the_figure_of_the_whole(metric, function, draw) -> None:
    fake, real = draw(20, 0), draw(20, 1)
    metric.update(fake[:7], real=False)
    metric.update(real, real=True)
    metric(fake[7:], real=False)
    assert metric.compute() == pytest.approx(function(fake, real), rel=1e-12)
    metric.reset()
    with pytest.raises(UsageError, match="has seen no fake yet: call update first"):
        metric.compute()


def test_self_bleu_and_oracle_nll_of_pieces() -> None:
    source = small()
    x = source.first("token", 30)
    diversity, likelihood = two_samples.SelfBLEU(2), two_samples.OracleNLL(source.truth)
    for part in x.split(8):
        diversity.update(part)
        likelihood.update(part)
    assert diversity.compute() == text.self_bleu(x, 2)
    assert likelihood.compute() == pytest.approx(text.oracle_nll(x, source.truth), rel=1e-6)
    with pytest.raises(UsageError, match="SelfBLEU has seen no samples yet: call update first"):
        two_samples.SelfBLEU().compute()
