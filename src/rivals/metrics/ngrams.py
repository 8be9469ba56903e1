"""Token sequences of any notation as tuples of symbols, and their n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from rivals.errors import RivalsError, UsageError

Tokens: TypeAlias = Tensor | Sequence[Sequence[str]] | Sequence[Sequence[int]]
Sentence: TypeAlias = tuple[int | str, ...]


def sentences(*sets: Tokens) -> list[list[Sentence]]:
    """Each set as tuples.

    Args:
        sets: integer tensors (N, T), or lists of lists of symbols.

    Raises:
        RivalsError: for an empty set, what are no sequences, or symbols of several types.
    """
    found = [_listed(tokens) for tokens in sets]
    kinds = {type(symbol) for several in found for sentence in several for symbol in sentence}
    if not kinds <= {int} and not kinds <= {str}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise RivalsError(f"the symbols of all sequences are int or all are str, and these are {names}")
    return found


def grams(sentence: Sentence, k: int) -> Counter[Sentence]:
    """How often each run of k symbols is there."""
    return Counter(zip(*(sentence[i:] for i in range(k)), strict=False))


def longest(n: int) -> None:
    """Refuse n-grams of no symbols."""
    if n < 1:
        raise UsageError(f"n-grams have at least 1 symbol, not {n}")


def _listed(tokens: Tokens) -> list[Sentence]:
    if isinstance(tokens, Tensor):
        if tokens.dim() != 2 or tokens.is_floating_point() or tokens.is_complex() or tokens.dtype == torch.bool:
            raise RivalsError(f"sequences are integers (N, T), not {tokens.dtype} {tuple(tokens.shape)}")
        listed = [tuple(row) for row in tokens.tolist()]
    else:
        for sentence in tokens:
            if isinstance(sentence, str) or not isinstance(sentence, Sequence):
                what = type(sentence).__name__
                raise RivalsError(f"a sequence is a list of symbols, not {what}: split sentences into words first")
        listed = [tuple(sentence) for sentence in tokens]
    if not listed:
        raise RivalsError("there are no sequences to score")
    return listed
