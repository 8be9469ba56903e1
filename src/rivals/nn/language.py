"""A language model over symbols: an LSTM that predicts the next one.

A sequence is y₁, …, y_T in {0, ..., V - 1}; before y₁ a model reads the symbol 0, as SeqGAN's (arXiv:1609.05473).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise

Predictor: TypeAlias = Callable[..., Any]
"""A `LanguageModel`, or a player that holds one."""


class LanguageModel(nn.Module):
    """p(y_t | y_<t) = softmax(W h_t + b), h_t = LSTM(h_{t-1}, e(y_{t-1})). arXiv:1609.05473, section 3.4.

    Args:
        vocabulary: V, number of symbols.
        embedding: numbers in e(y).
        hidden: numbers in h.
    """

    def __init__(self, vocabulary: int, embedding: int = 32, hidden: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocabulary)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.1)
        second = self.lstm.get_parameter("bias_hh_l0")  # torch's LSTM adds two biases where the paper has one
        nn.init.zeros_(second).requires_grad_(False)

    def forward(self, tokens: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read on from a state: logits of what follows each symbol read, and the state after the last.

        Args:
            tokens: int64 (..., T).
            state: h and c, (..., 2, hidden) with the same leading sizes; zeros by default.

        Returns:
            logits (..., T, V) and state (..., 2, hidden).
        """
        read = self.embedding(tokens.flatten(0, -2))
        given = (
            None if state is None else (state[..., 0, :].flatten(0, -2)[None], state[..., 1, :].flatten(0, -2)[None])
        )
        out, (h, c) = self.lstm(read, given)
        after = torch.stack([h[0], c[0]], 1)
        return self.output(out).view(*tokens.shape, -1), after.view(*tokens.shape[:-1], *after.shape[1:])


def log_likelihood(model: Predictor, tokens: Tensor) -> Tensor:
    """The log-probability of each symbol given those before it, int64 (N, T) -> (N, T)."""
    logits, _ = model(F.pad(tokens[:, :-1], (1, 0)))
    return -F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), reduction="none").view_as(tokens)


def draw(logits: Tensor) -> Tensor:
    """One symbol from each distribution, (N, ..., V) -> int64 (N, ...)."""
    edges = logits.softmax(-1).cumsum(-1)
    at = noise.uniform(*logits.shape[:-1]).to(edges) * edges[..., -1]
    return torch.searchsorted(edges, at[..., None], right=True)[..., 0].clamp_max(logits.shape[-1] - 1)


@torch.no_grad()
def sample(model: Predictor, n: int, length: int, device: torch.device | None = None) -> Tensor:
    """New sequences, int64 (n, length), one step of the LSTM a symbol."""
    nothing = torch.zeros(n, length, dtype=torch.long, device=device)
    return completed(model, nothing, nothing.bool())


@torch.no_grad()
def completed(model: Predictor, tokens: Tensor, known: Tensor) -> Tensor:
    """Sequences int64 (N, T) whose places that are not known, bool (N, T), are drawn, each from all before it."""
    token, state, drawn = torch.zeros_like(tokens[:, :1]), None, []
    for t in range(tokens.shape[1]):
        logits, state = model(token, state)
        token = torch.where(known[:, t : t + 1], tokens[:, t : t + 1], draw(logits))
        drawn.append(token)
    return torch.cat(drawn, 1)
