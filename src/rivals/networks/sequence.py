"""Sequences of symbols: completions of prefixes by a language model, and a convolutional critic of whole sequences."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.nn.highway import Highway
from rivals.nn.language import Predictor, draw

KERNELS: dict[int, int] = {
    1: 100, 2: 200, 3: 200, 4: 200, 5: 200, 6: 100, 7: 100, 8: 100, 9: 100, 10: 100, 15: 160, 20: 160
}  # fmt: skip
"""SeqGAN's kernel lengths and the number of maps of each, table 1 of its appendix."""


@torch.no_grad()
def completions(model: Predictor, tokens: Tensor, copies: int) -> Tensor:
    """Each prefix y_≤t, t = 1, …, T - 1, completed `copies` times, int64 (N, T) -> (N, (T - 1) · copies, T).

    One sweep over time serves all prefixes: at step t new copies of the sequence join those under way, and all of them
    get their next symbol; so T steps of the LSTM are enough, where one prefix after the other would take T²/2.
    """
    read, walk, state = torch.zeros_like(tokens[:, :1]), None, None
    fresh = tokens[:, None].expand(-1, copies, -1)
    whole = fresh[:, :0]
    for t in range(1, tokens.shape[1]):
        _, walk = model(read, walk)  # the state after y_<t
        read = tokens[:, t - 1 : t]
        joining = walk[:, None].expand(-1, copies, *walk.shape[1:])
        state = joining if state is None else torch.cat([state, joining], 1)
        whole = torch.cat([whole, fresh], 1)
        logits, state = model(whole[:, :, t - 1 : t], state)
        whole[:, :, t] = draw(logits[:, :, 0])
    return whole


class SequenceCritic(nn.Module):
    """Convolutions over time, each map's maximum, a highway layer: int64 (N, T) -> logits (N,).

    Kim 2014, arXiv:1408.5882, with a highway layer as in arXiv:1609.05473, section 3.3 and appendix; kernels longer
    than the sequence are left out.

    Args:
        vocabulary: V.
        length: T.
        width: factor on the paper's numbers of maps, > 0.
        embedding: numbers in a symbol's embedding.
        dropout: share of features dropped before the last layer, in [0, 1).
    """

    def __init__(
        self, vocabulary: int, length: int, width: float = 1.0, embedding: int = 64, dropout: float = 0.25
    ) -> None:
        super().__init__()
        maps = {k: max(1, round(width * n)) for k, n in KERNELS.items() if k <= length}
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.convolutions = nn.ModuleList(nn.Conv1d(embedding, n, k) for k, n in maps.items())
        self.highway = Highway(sum(maps.values()))
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(sum(maps.values()), 1)
        nn.init.uniform_(self.embedding.weight, -1.0, 1.0)
        for layer in (*self.convolutions, self.last):
            nn.init.trunc_normal_(layer.weight, std=0.1, a=-0.2, b=0.2)
            nn.init.constant_(layer.bias, 0.1)

    def forward(self, tokens: Tensor) -> Tensor:
        """See the class."""
        x = self.embedding(tokens).transpose(1, 2)
        features = torch.cat([convolution(x).amax(2) for convolution in self.convolutions], 1).relu()
        logits: Tensor = self.last(self.dropout(self.highway(features)))
        return logits[:, 0]
