"""Connectionist temporal classification: the loss of a transcript, and what a recogniser has heard."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def ctc_loss(logits: Tensor, transcript: Tensor) -> Tensor:
    """-log p(transcript | logits), summed over all alignments, (N,). Graves et al. 2006, eq. 8.

    Args:
        logits: of each moment, (N, T, K); symbol 0 is the blank.
        transcript: int64 (N, L), symbols from 1; 0 fills up.
    """
    n, moments, _ = logits.shape
    times = torch.full((n,), moments, dtype=torch.long)
    sizes = (transcript > 0).sum(1).cpu()
    chances = logits.log_softmax(2).transpose(0, 1)
    loss: Tensor = F.ctc_loss(chances, transcript.cpu(), times, sizes, reduction="none")
    return loss


def heard(logits: Tensor, letters: int) -> Tensor:
    """The likeliest path, repetitions drawn together and blanks left out: int64 (N, letters), cut or filled up with 0.

    Args:
        logits: of each moment, (N, T, K); symbol 0 is the blank.
        letters: room of a transcript.
    """
    path = logits.argmax(2)
    before = F.pad(path[:, :-1], (1, 0))
    new = (path > 0) & (path != before)
    place = new.cumsum(1) - 1
    written = torch.zeros(len(path), max(letters, path.shape[1]), dtype=torch.long, device=path.device)
    rows = torch.arange(len(path), device=path.device)[:, None].expand_as(path)
    written[rows[new], place[new]] = path[new]
    return written[:, :letters]


def same(logits: Tensor, transcript: Tensor) -> Tensor:
    """Whether exactly the transcript (N, L) has been heard, boolean (N,)."""
    room = max(logits.shape[1], transcript.shape[1])
    return (heard(logits, room) == F.pad(transcript, (0, room - transcript.shape[1]))).all(1)
