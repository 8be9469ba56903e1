"""Words flipped where the gradient says that it hurts most."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.attacks.attack import fooled
from rivals.attacks.words import Meaning, Reading, asked


def hotflip(
    model: nn.Module | Reading,
    tokens: Tensor,
    y: Tensor,
    *,
    vectors: Tensor | Meaning | None = None,
    similarity: float = 0.8,
    flips: float = 0.3,
) -> Tensor:
    """Replace one word after the other by the one that raises the loss most, to first order; sections 3 and 5.

    The derivative of the loss along the flip of word a at place i to b is (e_b - e_a) · ∂L/∂e_i, the difference of two
    entries of the gradient of one-hot words (eq. 1); the largest over all places and allowed words is taken (eq. 10),
    and again until the class has changed. Ebrahimi et al. 2017, arXiv:1712.06751.

    Args:
        model: sentences, int64 (N, T) -> logits (N, K), with one `nn.Embedding`; or a `Reading` of it.
        tokens: sentences (N, T); 0 fills up.
        y: their labels (N,).
        vectors: of words, (V, D), or a `Meaning`, in which they are compared; by default the model's embedding.
        similarity: least cosine of a word and what replaces it; the paper's .8.
        flips: at most, as a share of a sentence's words, rounded up; no place is flipped twice.

    Returns:
        Sentences (N, T): those that the model names wrongly as soon as it does, the others as they were.

    Raises:
        UsageError: for other types and shapes.
        RivalsError: for a model without exactly one `nn.Embedding`.

    Deviations: 1. Greedy where the paper has a beam of characters. 2. Instead of a tagger for parts of speech, the
    vectors decide which words are of a kind.
    """
    with asked(model, tokens, y, vectors) as (victim, x, label, meaning):
        near, result = x.clone(), x.clone()
        left = torch.nonzero(~fooled(victim.logits(x), label, None))[:, 0]
        most = (flips * (x > 0).sum(1)).ceil()
        for done in range(int(most.max())):
            left = left[most[left] > done]
            if not len(left):
                break
            gradient, _ = victim.slopes(near[left], label[left])
            table = victim.table
            own = (gradient * table[near[left]]).sum(2, keepdim=True)
            gain = gradient @ table.T - own  # (N, T, V)
            allowed = (meaning.words(x[left]) >= similarity) & (near[left] == x[left])[..., None]
            gain = gain.masked_fill(~allowed, -torch.inf).flatten(1)
            worth, best = gain.max(1)
            left, best = left[worth > -torch.inf], best[worth > -torch.inf]
            near[left, best // len(table)] = best % len(table)
            if not len(left):
                break
            met = fooled(victim.logits(near[left]), label[left], None)
            result[left[met]] = near[left[met]]
            left = left[~met]
        return result.to(tokens.device)
