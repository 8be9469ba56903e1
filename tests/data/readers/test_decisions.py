from pathlib import Path

import numpy as np
import pytest
import torch

from rivals.data import expert
from rivals.data.readers.decisions import environment, trajectories
from rivals.data.specs import Environment
from rivals.errors import RivalsError

pytest.importorskip("gymnasium")
STATES, ACTIONS = np.random.default_rng(0).normal(size=(50, 4)), np.arange(50) % 2


def saved(folder, **arrays):
    np.savez(folder / "x.npz", **arrays)
    return folder / "x.npz"


def test_recorded_steps_keep_their_order_and_the_last_are_held_out(tmp_path):
    source = trajectories(saved(tmp_path, states=STATES, actions=ACTIONS, id="CartPole-v1", returns=[200.0, 300.0]))
    assert source.spec == Environment("CartPole-v1", 4, 2, 500)
    assert torch.equal(source.first("state", 99), torch.from_numpy(STATES[:45]).float())
    assert torch.equal(source.test.first("state", 99), torch.from_numpy(STATES[45:]).float())
    assert source.first("action", 3).tolist() == [0, 1, 0]
    assert source.truth.returns == 250
    assert source.found.facts["actions"] == "2: 50%, 50%"
    state, action = source.draw(["state", "action"], seed=0, start=0, size=20)
    place = (state[:, None] == torch.from_numpy(STATES).float()).all(2).int().argmax(1)
    assert torch.equal(place % 2, action)


def test_options_stand_in_for_what_the_file_lacks(tmp_path):
    source = trajectories(saved(tmp_path, states=STATES, actions=ACTIONS), id="CartPole-v1", horizon=100)
    assert source.spec.horizon == 100
    assert trajectories(saved(tmp_path, states=STATES, actions=ACTIONS, id="CartPole-v1", horizon=7)).spec.horizon == 7
    assert source.truth is None
    played = expert.play(source.spec, lambda state: torch.zeros(len(state), dtype=torch.long), [0], 5)
    assert played.state.shape == (1, 5, 4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"states": None}, r"holds actions, id: give states \(N, S\) and actions \(N,\)"),
        ({"states": STATES[:, 0]}, r"states are float64 \(50,\); give floats \(N, S\)"),
        ({"states": np.where(STATES > 2, np.nan, STATES)}, "NaN or infinity in states, first in row"),
        ({"actions": ACTIONS * 0.5}, r"actions are float64 .* \(environments with continuous actions are not played\)"),
        ({"actions": ACTIONS[:9]}, "one integer from 0 for each of 50 states"),
        ({"actions": ACTIONS + 1}, "there is an action 2 and CartPole-v1 has 2, from 0: mend the actions"),
        ({"states": STATES[:, :3]}, r"states have 3 numbers and CartPole-v1 shows \(4,\): mend the id"),
        ({"id": None}, "names no environment: add `id` to it, or --read id=CartPole-v1"),
        ({"id": "Nowhere-v9"}, "Gymnasium cannot make the environment 'Nowhere-v9'"),
        ({"id": "Pendulum-v1", "states": STATES[:, :3]}, "Pendulum-v1 has no discrete actions"),
        ({"horizon": 0}, "horizon is int64 .*; give one integer from 1"),
    ],
)
def test_bad_records(tmp_path, change, says):
    arrays = {"states": STATES, "actions": ACTIONS, "id": "CartPole-v1"} | change
    with pytest.raises(RivalsError, match=says):
        trajectories(saved(tmp_path, **{k: v for k, v in arrays.items() if v is not None}))


def test_environments_by_id():
    source = environment(Path("CartPole-v1"))
    assert source.spec == Environment("CartPole-v1", 4, 2, 500)
    assert source.found.facts["expert"] == "mean return 500"
    with pytest.raises(RivalsError, match=r"no expert is known for Acrobot-v1.*give trajectories:FILE.npz"):
        environment(Path("Acrobot-v1"))
