"""The language model's state, its samples and its completions; the sequence critic's shapes."""

import pytest
import torch

from rivals import noise
from rivals.networks import sequence
from rivals.networks.sequence import SequenceCritic
from rivals.nn import language
from rivals.nn.language import LanguageModel

CPU = torch.device("cpu")


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = LanguageModel(7, 4, 5)
    for weight in model.parameters():
        weight.data.mul_(10)
    return model.requires_grad_(False)


def test_reading_in_pieces_is_reading_at_once(model):
    tokens = torch.randint(7, (3, 6))
    logits, state = model(tokens)
    first, middle = model(tokens[:, :2])
    second, last = model(tokens[:, 2:], middle)
    torch.testing.assert_close(torch.cat([first, second], 1), logits)
    torch.testing.assert_close(last, state)
    assert logits.shape == (3, 6, 7)
    assert state.shape == (3, 2, 5)


def test_leading_sizes_are_free(model):
    tokens = torch.randint(7, (3, 2, 4))
    logits, state = model(tokens)
    flat, _ = model(tokens.flatten(0, 1))
    torch.testing.assert_close(logits.flatten(0, 1), flat)
    assert state.shape == (3, 2, 2, 5)


def test_log_likelihood_sums_to_one_over_all_sequences(model):
    every = torch.cartesian_prod(*[torch.arange(7)] * 3)
    each = language.log_likelihood(model, every)
    assert each.shape == (343, 3)
    torch.testing.assert_close(each.sum(1).exp().sum(), torch.tensor(1.0))


def test_every_weight_that_trains_gets_a_gradient():
    model = LanguageModel(7, 4, 5)
    language.log_likelihood(model, torch.randint(7, (8, 4))).mean().backward()
    trained = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert trained == {name for name, _ in model.named_parameters()} - {"lstm.bias_hh_l0"}
    assert not model.lstm.bias_hh_l0.any()


def test_draws_follow_their_distribution():
    shares = torch.tensor([0.5, 0.0, 0.3, 0.2])
    with noise.seeded(CPU, "draw"):
        drawn = language.draw(shares.log().expand(5000, 2, 4))
    assert drawn.shape == (5000, 2)
    found = torch.bincount(drawn.flatten(), minlength=4) / 10_000
    torch.testing.assert_close(found, shares, atol=0.02, rtol=0)
    assert found[1] == 0, "what has no probability is never drawn"


def test_samples_are_as_likely_as_the_model_says(model):
    with noise.seeded(CPU, "sample"):
        drawn = language.sample(model, 4000, 2)
    every = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    shares = torch.bincount(drawn[:, 0] * 7 + drawn[:, 1], minlength=49) / 4000
    torch.testing.assert_close(shares, language.log_likelihood(model, every).sum(1).exp(), atol=0.03, rtol=0)


def test_completions_keep_their_prefix_and_follow_the_model(model):
    tokens = torch.tensor([[3, 1, 4, 1], [2, 6, 5, 3]])
    copies = 2000
    with noise.seeded(CPU, "completions"):
        whole = sequence.completions(model, tokens, copies)
    assert whole.shape == (2, 3 * copies, 4)
    for t in range(1, 4):
        block = whole[:, (t - 1) * copies : t * copies]
        assert (block[..., :t] == tokens[:, None, :t]).all()
        logits, _ = model(torch.cat([torch.zeros(2, 1, dtype=torch.long), tokens[:, :t]], 1))
        for i in range(2):
            found = torch.bincount(block[i, :, t], minlength=7) / copies
            torch.testing.assert_close(found, logits[i, -1].softmax(0), atol=0.05, rtol=0)
    # the last symbol of the longest free part: its distribution given what was drawn before it
    rolled = whole[0, :copies]
    logits, _ = model(torch.cat([torch.zeros(copies, 1, dtype=torch.long), rolled[:, :3]], 1))
    expected = logits[:, -1].softmax(1).mean(0)
    torch.testing.assert_close(torch.bincount(rolled[:, 3], minlength=7) / copies, expected, atol=0.05, rtol=0)


def test_one_sample_does_not_depend_on_the_others(model):
    tokens = torch.randint(7, (4, 5))
    with noise.seeded(CPU, "one"):
        four = sequence.completions(model, tokens, 3)
    changed = tokens.clone()
    changed[2:] = (changed[2:] + 1) % 7
    with noise.seeded(CPU, "one"):
        other = sequence.completions(model, changed, 3)
    assert torch.equal(four[:2], other[:2])


def test_completions_of_a_single_symbol_are_none(model):
    assert sequence.completions(model, torch.tensor([[3]]), 2).shape == (1, 0, 1)


@pytest.mark.parametrize("length", [1, 8, 20])
def test_critic_bounds_its_kernels_by_the_length(length):
    critic = SequenceCritic(32, length, width=0.05)
    tokens = torch.randint(32, (6, length))
    logits = critic(tokens)
    assert logits.shape == (6,)
    assert max(c.kernel_size[0] for c in critic.convolutions) <= length
    logits.sum().backward()
    assert all(weight.grad is not None for weight in critic.parameters())


def test_critic_has_the_papers_maps():
    critic = SequenceCritic(10, 20)
    assert critic.last.in_features == 1720
    assert len(critic.convolutions) == 12
