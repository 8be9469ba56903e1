"""Vectors of words from the company they keep."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.linalg import svds
from torch import Tensor

SMOOTHING = 0.75
"""Power of a neighbour's count, so that rare neighbours weigh less. Levy et al. 2015, section 3.2."""

UNSEEN = 3.0
"""Occurrences of each class that are added to a word's own, so that a rare word has no strong opinion."""


def word_vectors(tokens: Tensor, vocabulary: int, size: int = 50, window: int = 2) -> Tensor:
    """Rows of U √Σ of the positive mutual information of words and their neighbours, float32 (V, size), of length 1.

    max(0, log p(w, c) / (p(w) p_α(c))), where c stands at most `window` places from w. Levy & Goldberg 2014, Neural
    Word Embedding as Implicit Matrix Factorization, section 5. The filler 0, and words that are not there, have 0.

    Args:
        tokens: sentences (N, T); 0 fills up.
        vocabulary: V.
        size: of a vector, at least 1; where V - 1 is smaller, the rest is 0.
        window: places to either side.
    """
    sentences, shape = tokens.cpu().numpy(), (vocabulary, vocabulary)
    pairs = [(sentences[:, :-k].ravel(), sentences[:, k:].ravel()) for k in range(1, window + 1)]
    left, right = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    there = (left > 0) & (right > 0)
    left, right = left[there], right[there]
    both = (np.concatenate([left, right]), np.concatenate([right, left]))
    counts = coo_array((np.ones(len(both[0])), both), shape).tocsr().tocoo()
    made = np.zeros((vocabulary, size), np.float32)
    rank = min(size, vocabulary - 1)
    if counts.nnz:
        of_word = np.bincount(counts.row, counts.data, vocabulary)
        of_neighbour = of_word**SMOOTHING
        shares = counts.data * of_neighbour.sum() / (of_word[counts.row] * of_neighbour[counts.col])
        information = coo_array((np.log(shares).clip(0), (counts.row, counts.col)), shape).tocsr()
        u, s, _ = svds(information, k=rank, v0=np.ones(vocabulary))
        made[:, :rank] = u[:, ::-1] * np.sqrt(s[::-1]) * (of_word > 0)[:, None]
    return torch.nn.functional.normalize(torch.from_numpy(made), dim=1)


def leanings(tokens: Tensor, labels: Tensor, vocabulary: int, classes: int) -> Tensor:
    """How much each word speaks for each class: log p(k | w) / p(k), float32 (V, K), estimates drawn to 0 where rare.

    Args:
        tokens: sentences (N, T); 0 fills up.
        labels: their classes (N,).
        vocabulary: V.
        classes: K.
    """
    counts = torch.zeros(vocabulary, classes)
    at = labels[:, None].expand_as(tokens)
    counts.index_put_((tokens.flatten().cpu(), at.flatten().cpu()), torch.ones(tokens.numel()), accumulate=True)
    counts[0] = 0
    prior = torch.bincount(labels.cpu(), minlength=classes).clamp_min(1).float()
    prior = prior / prior.sum()
    share = (counts + UNSEEN * classes * prior) / (counts.sum(1, keepdim=True) + UNSEEN * classes)
    return (share / prior).log()
