"""Imitation as a game."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise, trust
from rivals.catalog import Paper, recipe
from rivals.data.expert import Play, play
from rivals.data.specs import Environment
from rivals.game import Game, Player
from rivals.networks import mlp
from rivals.nn.labels import WithLabels
from rivals.nn.language import draw
from rivals.nn.units import Units
from rivals.optim import adam, sgd
from rivals.run import Run


class GAIL(Game):
    """A policy whose acts a critic cannot tell from the expert's. Ho & Ermon 2016, arXiv:1606.03476, algorithm 1."""

    def __init__(
        self,
        data: Environment,
        policy: Player,
        critic: Player,
        value: Player,
        state_actions: int,
        value_updates: int,
        discount: float,
        trace: float,
        **trust_region: float,
    ) -> None:
        super().__init__()
        self.data, self.policy, self.critic, self.value = data, policy, critic, value
        self.length = min(data.horizon, state_actions)
        self.actors, self.value_updates = max(1, state_actions // self.length), value_updates
        self.discount, self.trace, self.trust_region = discount, trace, trust_region
        self.seen = Units(data.observation)

    def prepare(self, run: Run) -> None:
        """All networks see states in the expert's units."""
        self.seen.fit(run.examples(100_000, "state"))

    def step(self, run: Run) -> None:
        """Algorithm 1."""
        played = self.play(self.actors, self.length)
        state, action = self.seen(played.state).flatten(0, 1), played.action.flatten()
        expert, expert_action = run.real("state", "action")
        loss = {
            "expert": F.softplus(-self.critic(self.seen(expert), expert_action)),
            "policy": F.softplus(self.critic(state, action)),
        }
        run.descend((self.critic, loss))
        advantage, target = self.judge(played, run)
        step = trust.policy_step(self.policy, state, action, advantage, mean=run.mean, **self.trust_region)
        run.apply(self.policy, [-part for part in step])
        for _ in range(self.value_updates):
            run.descend((self.value, (self.value(state) - target).square()))

    @torch.no_grad()
    def judge(self, played: Play, run: Run) -> tuple[Tensor, Tensor]:
        """Advantages and the value's targets, (N,), for the reward -log(1 - σ(D)); a value is (1 - γ) Σ γ^t r_t."""
        state, after = (self.seen(x).flatten(0, 1) for x in (played.state, played.after))
        reward, value = F.softplus(self.critic(state, played.action.flatten())), self.value(state)
        run.log(reward=reward)
        r, now, then = (x.view_as(played.reward) for x in ((1 - self.discount) * reward, value, self.value(after)))
        advantage = trust.generalised_advantage(
            r, now, then, played.ended, played.terminated, self.discount, self.trace
        )
        return advantage.flatten(), value + advantage.flatten()

    def play(self, actors: int, length: int) -> Play:
        """What the present policy does from new seeds; no environment outlives it."""
        seeds = noise.integers(actors, 2**31 - 1).tolist()
        return play(self.data, lambda state: self.act(state, greedy=False), seeds, length).to(self.device)

    @torch.no_grad()
    def act(self, state: Tensor, *, greedy: bool = True) -> Tensor:
        """States (N, D) -> actions, int64 (N,): the likeliest, or drawn from the policy."""
        logits = self.policy(self.seen(state))
        return logits.argmax(-1) if greedy else draw(logits)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """State-actions from all over the policy's own episodes, (n, D + 1)."""
        played = self.play(4, self.data.horizon)
        pairs = torch.cat([played.state, played.action[..., None]], -1).flatten(0, 1)
        return pairs[noise.integers(n, len(pairs))]

    def scores(self, source: Any) -> dict[str, float]:
        """Mean return of the policy, its actions drawn, over 20 episodes with fixed seeds, and the expert's."""
        with self.presenting(), noise.seeded(self.device, "return"):
            found = {"return": float(self.play(20, self.data.horizon).returns().mean())}
        return found if source.truth is None else found | {"expert return": source.truth.returns}


@recipe(
    "gail",
    paper=Paper("Generative Adversarial Imitation Learning", 2016, "1606.03476"),
    data=("environment",),
    kind="policy",
    batch=500,
    steps=100,
    recommended={"environment": "it imitates an expert by acting, and needs no reward."},
    tiny={"hidden": (8,), "state_actions": 32},
)
def gail(
    data: Environment,
    *,
    hidden: tuple[int, ...] = (100, 100),
    state_actions: int = 5_000,
    critic_rate: float = 1e-2,
    value_rate: float = 1e-3,
    value_updates: int = 10,
    discount: float = 0.995,
    trace: float = 0.97,
    entropy: float = 0.0,
    limit: float = 0.01,
) -> GAIL:
    """A critic of state-actions is the reward of a trust-region policy; algorithm 1.

    min over π, max over D of E_π log(1 - σ(D(s, a))) + E_expert log σ(D(s, a)) - λH(π), eq. 16. The policy's reward is
    -log(1 - σ(D)) > 0: where failing ends an episode, staying alive is rewarded whatever the critic thinks.

    Args:
        data: an environment with finitely many actions.
        hidden: layers of policy, critic and value, with tanh.
        state_actions: the policy's in an iteration (of each microbatch); every actor plays a whole horizon.
        critic_rate: Adam's; one move an iteration, on `batch` pairs of the expert's.
        value_rate, value_updates: Adam's, and moves an iteration.
        discount, trace: γ and λ of the generalised advantage.
        entropy: λ.
        limit: δ, of the KL in a step.

    The numbers are the paper's (section 6, appendix A) or those of the released code (openai/imitation).

    Deviations: 1. A critic's move sees a batch of the expert's pairs, not all. 2. The value moves by Adam, not by a
    trust region, does not see the time, and goes on at the horizon. 3. States keep the expert's units, which the
    released code updates as it goes. 4. The critic takes the action as an input and has no entropy bonus (.001 there).
    """
    tanh, state, actions, rest = nn.Tanh(), data.observation, data.actions, {"limit": limit, "entropy": entropy}
    policy = Player(mlp.mlp([state, *hidden, actions], tanh), sgd(1.0))  # the trust region's steps as they are
    critic = Player(WithLabels(mlp.critic((state + actions,), hidden, 1, tanh), actions), adam(critic_rate))
    value = Player(mlp.critic((state,), hidden, 1, tanh), adam(value_rate))
    return GAIL(data, policy, critic, value, state_actions, value_updates, discount, trace, **rest)
