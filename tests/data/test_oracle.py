"""The oracle's likelihood by hand, its samples, and SeqGAN's own weights where they are there."""

import math

import numpy as np
import pytest
import torch

from rivals.data.oracle import Oracle, from_file, read, small
from rivals.data.specs import Tokens
from rivals.errors import RivalsError
from rivals.nn.language import LanguageModel

GATES = ("i", "f", "og", "c")


def tiny_arrays(vocabulary=3, embedding=2, hidden=2, seed=0):
    rng = np.random.default_rng(seed)

    def array(*shape):
        return rng.normal(size=shape).astype(np.float32)

    arrays = {"g_embeddings": array(vocabulary, embedding), "Wo": array(hidden, vocabulary), "bo": array(vocabulary)}
    for gate in GATES:
        arrays |= {f"W{gate}": array(embedding, hidden), f"U{gate}": array(hidden, hidden), f"b{gate}": array(hidden)}
    return arrays


def nll_by_hand(a, tokens):
    """The README's formulas, one number after the other."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    h, c, read, total = np.zeros(len(a["bi"])), np.zeros(len(a["bi"])), 0, 0.0
    for token in tokens:
        x = a["g_embeddings"][read].astype(np.float64)
        i, f, o = (sigmoid(x @ a[f"W{g}"] + h @ a[f"U{g}"] + a[f"b{g}"]) for g in ("i", "f", "og"))
        c = f * c + i * np.tanh(x @ a["Wc"] + h @ a["Uc"] + a["bc"])
        h = o * np.tanh(c)
        logits = h @ a["Wo"] + a["bo"]
        total -= logits[token] - math.log(np.exp(logits).sum())
        read = token
    return total / len(tokens)


def test_nll_is_the_hand_computation(tmp_path):
    arrays = tiny_arrays()
    np.savez(tmp_path / "oracle.npz", **arrays)
    truth = read(tmp_path / "oracle.npz", length=4)
    for tokens in ([0, 1, 2, 1], [2, 2, 0, 0]):
        found = truth.nll(torch.tensor([tokens]))
        assert found.shape == (1,)
        assert float(found) == pytest.approx(nll_by_hand(arrays, tokens), abs=1e-5)


def test_probabilities_of_all_sequences_sum_to_one():
    torch.manual_seed(0)
    oracle = Oracle(LanguageModel(3, 2, 2), 4)
    every = torch.cartesian_prod(*[torch.arange(3)] * 4)
    assert float((-4 * oracle.nll(every)).exp().sum()) == pytest.approx(1.0, abs=1e-5)


def test_samples_follow_the_oracle():
    torch.manual_seed(0)
    model = LanguageModel(3, 2, 2)
    for weight in model.parameters():
        weight.data.mul_(10)
    oracle = Oracle(model, 2)
    every = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    drawn = oracle.sample(4000, "test")
    shares = torch.bincount(drawn[:, 0] * 3 + drawn[:, 1], minlength=9) / 4000
    torch.testing.assert_close(shares, (-2 * oracle.nll(every)).exp(), atol=0.03, rtol=0)


def test_small_is_fixed_and_known():
    source = small()
    assert source.spec == Tokens(32, 8)
    assert source.main == "token"
    assert (source.size, source.test.size) == (10_000, 2_000)
    assert source.fingerprint() == small().fingerprint() != source.test.fingerprint()
    tokens = source.first("token", 10_000)
    assert tokens.dtype == torch.int64
    assert 0 <= int(tokens.min()) <= int(tokens.max()) < 32
    own, uniform = source.truth.nll(tokens).mean(), source.truth.nll(torch.randint(32, (2000, 8))).mean()
    assert own < math.log(32) - 1 < uniform, "its own samples are far likelier than uniform ones"


def test_a_file_that_is_no_oracle_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(RivalsError, match="cannot be read as SeqGAN's oracle"):
        from_file(tmp_path / "other.npz")
    with pytest.raises(RivalsError, match="cannot be read"):
        read(tmp_path / "absent.npz")


def test_seqgans_own_oracle(data_home):
    """The figures that the data's README gives: 5.76 nats a token on its own samples, 11.4 on uniform ones."""
    path = data_home / "text" / "seqgan_oracle_lstm.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    oracle = read(path)
    assert oracle.model.embedding.num_embeddings == 5000
    assert float(oracle.nll(oracle.sample(1000, "test")).mean()) == pytest.approx(5.76, abs=0.06)
    uniform = torch.randint(5000, (1000, 20), generator=torch.Generator().manual_seed(0))
    assert float(oracle.nll(uniform).mean()) == pytest.approx(11.4, abs=0.1)
