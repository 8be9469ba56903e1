"""A classifier of sentences by convolutions over words."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.data.specs import Sentences

KERNELS = (3, 4, 5)
"""Words that a map sees; longer ones than a sentence are left out."""


class SentenceClassifier(nn.Module):
    """Sentences, int64 (N, T) -> logits (N, K): convolutions over words, each map's maximum, one dense layer.

    Kim 2014, arXiv:1408.5882, figure 1. The filler 0 has the embedding 0 and stands around the sentence, too.

    Args:
        data: what it reads.
        width: maps of each kernel length; the paper's 100.
        embedding: numbers in a word's embedding.
        dropout: share of features dropped before the last layer, in [0, 1).
    """

    def __init__(self, data: Sentences, width: int = 100, embedding: int = 64, dropout: float = 0.5) -> None:
        super().__init__()
        lengths = [k for k in KERNELS if k <= data.length] or [data.length]
        self.embedding = nn.Embedding(data.vocabulary, embedding, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, width, k, padding=k // 2) for k in lengths)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(width * len(lengths), data.classes)

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        x = self.embedding(tokens).transpose(1, 2)
        features = torch.cat([convolution(x).amax(2) for convolution in self.convolutions], 1).relu()
        logits: Tensor = self.last(self.dropout(features))
        return logits
