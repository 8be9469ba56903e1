"""An oracle: sequences drawn from a known language model, so that samples can be scored by their true likelihood.

Yu et al. 2017, arXiv:1609.05473, section 4: a randomly initialised LSTM is the real distribution, and a generator is
judged by its samples' negative log-likelihood under it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rivals import noise
from rivals.data.sources import Arrays, Source
from rivals.data.specs import Tokens
from rivals.errors import RivalsError
from rivals.nn import language
from rivals.nn.language import LanguageModel

SAMPLES, HELD_OUT, CHUNK = 10_000, 2_000, 1_000


class Oracle:
    """A fixed language model that is the truth.

    Args:
        model: p(y_t | y_<t).
        length: T.
    """

    def __init__(self, model: LanguageModel, length: int) -> None:
        self.model, self.length = model.eval().requires_grad_(False), length

    @torch.no_grad()
    def nll(self, tokens: Tensor) -> Tensor:
        """-(1/T) Σ_t log p(y_t | y_<t) in nats a symbol, eq. 9: int64 (N, T) -> (N,), on the CPU."""
        parts = tokens.cpu().split(CHUNK)
        return -torch.cat([language.log_likelihood(self.model, part).mean(1) for part in parts])

    def sample(self, n: int, *parts: object) -> Tensor:
        """New sequences, int64 (n, T), a function of `parts` (a name, a seed) alone."""
        with noise.seeded(torch.device("cpu"), "oracle", *parts):
            sizes = [min(CHUNK, n - i) for i in range(0, n, CHUNK)]
            return torch.cat([language.sample(self.model, size, self.length) for size in sizes])

    def source(self, name: str) -> Source:
        """A training set of 10,000 sequences, as in the paper, and 2,000 held out."""
        spec = Tokens(self.model.embedding.num_embeddings, self.length)
        test = Arrays(spec, {"token": self.sample(HELD_OUT, "test")}, truth=self, name=name)
        return Arrays(spec, {"token": self.sample(SAMPLES, "train")}, test=test, truth=self, name=name)


def small(vocabulary: int = 32, length: int = 8) -> Source:
    """Sequences from an LSTM of 32 units with weights from N(0, 1), the paper's oracle at a smaller size."""
    with noise.seeded(torch.device("cpu"), "oracle", "weights", vocabulary, length):
        model = LanguageModel(vocabulary)
        for weight in model.parameters():
            if weight.requires_grad:
                nn.init.normal_(weight)
    return Oracle(model, length).source("tokens")


def from_file(path: str | Path, length: int = 20) -> Source:
    """Sequences from SeqGAN's own oracle; see `read`."""
    return read(path, length).source("oracle")


def read(path: str | Path, length: int = 20) -> Oracle:
    """SeqGAN's own oracle, 5,000 symbols, from its weights as an npz file.

    The file holds the arrays g_embeddings (V, E); for the gates i, f, og and the candidate c: W (E, H), U (H, H),
    b (H,); Wo (H, V) and bo (V,), where gate = σ(x W + h U + b).

    Raises:
        RivalsError: where the file is missing or lacks an array.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: torch.from_numpy(file[name]) for name in file.files if name != "order"}
        gates = ("i", "f", "c", "og")  # torch's order
        weights = {
            "embedding.weight": arrays["g_embeddings"],
            "lstm.weight_ih_l0": torch.cat([arrays[f"W{gate}"].T for gate in gates]),
            "lstm.weight_hh_l0": torch.cat([arrays[f"U{gate}"].T for gate in gates]),
            "lstm.bias_ih_l0": torch.cat([arrays[f"b{gate}"] for gate in gates]),
            "lstm.bias_hh_l0": torch.zeros(4 * len(arrays["bi"])),
            "output.weight": arrays["Wo"].T,
            "output.bias": arrays["bo"],
        }
    except (OSError, ValueError, KeyError) as error:
        raise RivalsError(f"{path} cannot be read as SeqGAN's oracle: {error}") from error
    model = LanguageModel(len(arrays["bo"]), arrays["g_embeddings"].shape[1], hidden=len(arrays["bi"]))
    model.load_state_dict(weights)
    return Oracle(model, length)
