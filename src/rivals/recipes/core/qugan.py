"""Both players are quantum circuits."""

from __future__ import annotations

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn.quantum import Measured, Prepared, qubits
from rivals.objectives import wasserstein
from rivals.optim import adam, linear
from rivals.priors import Gaussian


@recipe(
    "qugan",
    paper=Paper("Quantum generative adversarial networks", 2018, "1804.08641"),
    data=("points",),
    batch=4,
    steps=400,
    tiny={"layers": 1, "critic_layers": 1},
)
def qugan(
    data: Points,
    *,
    layers: int = 2,
    critic_layers: int = 4,
    bath: int = 1,
    rate: float = 0.02,
    critic_rate: float = 0.1,
    decay: int = 400,
    critic_updates: int = 3,
) -> Adversarial:
    """A circuit prepares a state, another measures whether it is the data's; simulated exactly.

    min over G, max over D of ½ + ¼(⟨Z⟩ of data - ⟨Z⟩ of G's state), Z being measured after D's circuit; for the best D
    this is ½(1 + the trace distance of the two).

    Args:
        data: points, whose rows are the 2^n real amplitudes of states of n qubits: `bell`, `ghz`.
        layers, critic_layers: of the circuits, see `rivals.nn.quantum`.
        bath: further qubits that the critic works on, at least 0.
        rate, critic_rate: Adam's, of the generator and of the critic.
        decay: the generator's moves over which its rate falls in a straight line to a hundredth.
        critic_updates: moves of the critic in a step.

    Raises:
        UsageError: for points that are no states.
        RivalsError: where PennyLane is not installed.

    Deviations: 1. Gradients by automatic differentiation through the simulation, not by a circuit of their own.
    2. Real amplitudes, no labels and no noise: the generator makes one pure state. 3. The objective without its ½ and
    factor; Adam for plain gradient steps.
    """
    if bath < 0:
        raise UsageError(f"bath must be at least 0, not {bath}")
    return Adversarial(
        generator=Player(
            Prepared(qubits(data.dim), layers), adam(rate, (0.5, 0.9)), schedule=linear(0, decay, floor=0.01)
        ),
        critic=Player(Measured(data.dim, bath, critic_layers), adam(critic_rate, (0.5, 0.9))),
        prior=Gaussian(1),
        objective=wasserstein(),
        critic_updates=critic_updates,
    )
