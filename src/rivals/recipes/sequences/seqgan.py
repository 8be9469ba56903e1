"""Policy gradient with rollouts."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Tokens
from rivals.game import Game, Player
from rivals.networks import sequence
from rivals.nn import language
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run
from rivals.verbs import verb


class SeqGAN(Game):
    """A language model is rewarded for what a critic takes for real. Yu et al. 2017, arXiv:1609.05473, algorithm 1."""

    followed: Tensor

    def __init__(
        self, policy: Player, critic: Player, data: Tokens, rollouts: int, memory: float, decay: float,
        shares: tuple[float, float], critic_updates: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.policy, self.critic, self.length = policy, critic, data.length
        self.rollout = copy.deepcopy(policy.net).requires_grad_(False)
        self.register_buffer("followed", torch.zeros((), dtype=torch.long))
        self.rollouts, self.memory, self.decay = rollouts, memory, decay
        self.shares, self.critic_updates = shares, critic_updates

    def stages(self, budget: int) -> dict[str, int]:
        """Shares of the budget, at least one step each."""
        policy, critic = (max(1, round(share * budget)) for share in self.shares)
        rest = max(1, budget - policy - critic)
        return {"pretrain policy": policy, "pretrain critic": critic, "adversarial": rest}

    def program(self, run: Run) -> None:
        """Algorithm 1."""
        for _ in run.stage("pretrain policy"):
            run.descend((self.policy, -language.log_likelihood(self.policy, run.real()).sum(1)))
            self.follow(memory=0.0)
        for _ in run.stage("pretrain critic"):
            self.judge(run)
        for _ in run.stage("adversarial"):
            tokens = self.generate(run.batch)
            reward = self.reward(tokens)
            run.log(reward=reward)
            run.descend((self.policy, -(language.log_likelihood(self.policy, tokens) * reward).sum(1)))
            self.follow(self.memory)
            for _ in range(self.critic_updates):
                self.judge(run)

    def judge(self, run: Run) -> None:
        """One move of the critic on new reals and new fakes, eq. 5."""
        real = run.real()
        fake = self.generate(len(real))
        last = torch.cat([w.flatten() for w in self.critic.net.get_submodule("last").parameters()])
        loss = {
            "objective": non_saturating().critic(self.critic(real), self.critic(fake)) / 2,
            "decay": self.decay / 4 * last.square().sum(),
        }
        run.descend((self.critic, loss))

    @torch.no_grad()
    def reward(self, tokens: Tensor) -> Tensor:
        """Q(y_<t, y_t), eq. 4: the critic's mean probability over completions of y_≤t, (N, T) -> (N, T)."""
        whole = torch.cat([sequence.completions(self.rollout, tokens, self.rollouts), tokens[:, None]], 1)
        self.critic.eval()
        q = torch.cat([self.critic(part) for part in whole.flatten(0, 1).split(1024)]).sigmoid().view(len(tokens), -1)
        self.critic.train()
        return torch.cat([q[:, :-1].unflatten(1, (self.length - 1, self.rollouts)).mean(2), q[:, -1:]], 1)

    @torch.no_grad()
    def follow(self, memory: float) -> None:
        """β ← memory · β + (1 - memory) · θ, once after each update of θ, however many shards pass here."""
        if int(self.followed) < self.policy.updates:
            self.followed.fill_(self.policy.updates)
            torch._foreach_lerp_(list(self.rollout.parameters()), list(self.policy.net.parameters()), 1 - memory)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Sequences from the policy, int64 (n, T)."""
        return language.sample(self.policy, n, self.length, self.device)

    @verb
    def complete(self, x: Tensor, known: Tensor) -> Tensor:
        """Draw the symbols that are not known, each from all before it; those after it have no say."""
        return language.completed(self.policy, x, known.expand_as(x).bool())


@recipe(
    "seqgan",
    paper=Paper("SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient", 2017, "1609.05473"),
    data=("tokens",),
    steps=3_000,
    recommended={"tokens": "symbols have no gradient, so the generator is a policy that the critic rewards."},
    tiny={"hidden": 8, "width": 0.02, "rollouts": 2, "critic_updates": 1},
)
def seqgan(
    data: Tokens,
    *,
    hidden: int = 32,
    width: float = 0.25,
    rate: float = 1e-2,
    critic_rate: float = 1e-3,
    clip: float = 5.0,
    dropout: float = 0.25,
    decay: float = 0.2,
    rollouts: int = 16,
    memory: float = 0.8,
    shares: tuple[float, float] = (0.5, 0.4),
    critic_updates: int = 15,
) -> SeqGAN:
    """A language model climbs the critic's verdict on its completed sequences; algorithm 1.

    The policy G_θ(y_t | y_<t) is an LSTM. After maximum likelihood it follows the policy gradient, eq. 6-8:
    ∇J = E Σ_t ∇ log G_θ(y_t | y_<t) · Q(y_<t, y_t), where Q is the mean of σ(D) over completions of y_≤t by a roll-out
    policy G_β that follows G_θ, and σ(D) of the sequence itself at its end, eq. 4.

    Args:
        data: sequences of symbols.
        hidden: units of the policy's LSTM and numbers in its embedding.
        width: factor on the paper's maps of the critic, > 0; see `rivals.networks.sequence.SequenceCritic`.
        rate, clip: Adam's for the policy, and the norm of its gradient at most.
        critic_rate: Adam's for the critic.
        dropout: of the critic's features, in [0, 1).
        decay: λ of ½λ‖w‖² on the critic's last layer, the two-class weights of the released code (w/2 and -w/2 here).
        rollouts: completions of each prefix, N in eq. 4.
        memory: share of its old weights that the roll-out policy keeps in each step, in [0, 1].
        shares: of the budget for maximum likelihood and for the critic's pre-training; the rest is adversarial.
        critic_updates: critic's moves after each of the policy's.

    The paper leaves the numbers to the released code (LantaoYu/SeqGAN), whose choices these are.

    Deviations: 1. A critic's move is one batch of reals and new fakes; the released code trains 3 epochs on 10,000 of
    each, 5 times a step. The critic's rate is ten times its 1e-4 for that. 2. A quarter of the critic's maps. 3. One
    optimiser for both of the policy's stages. 4. The roll-out policy's embedding follows like its other weights.
    """
    policy = Player(language.LanguageModel(data.vocabulary, hidden, hidden), adam(rate), clip=clip)
    critic = Player(sequence.SequenceCritic(data.vocabulary, data.length, width, dropout=dropout), adam(critic_rate))
    return SeqGAN(policy, critic, data, rollouts, memory, decay, shares, critic_updates)
