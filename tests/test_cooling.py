import pytest

import rivals
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run


@pytest.mark.parametrize(("cool", "wanted"), [(0.0, [1, 1, 1, 1]), (0.5, [1, 1, 1, 0.5]), (1.0, [1, 0.75, 0.5, 0.25])])
def test_rates_fall_over_the_last_share_of_the_steps(cool: float, wanted: list[float]):
    game = rivals.create("veegan", "ring", width=4, latent=2, rate=0.01, cool=cool)
    rates: list[float] = []
    run = Run(game, named.load("ring"), steps=4, batch=4)
    run.hooks.step.append(lambda run: rates.append(game.critic.optimizer.param_groups[0]["lr"] / 0.01))
    run.train()
    assert rates == pytest.approx(wanted)


@pytest.mark.parametrize("cool", [-0.1, 1.5, "soon", True])
def test_a_share_is_a_number_from_0_to_1(cool: object):
    with pytest.raises(UsageError, match="from 0 to 1"):
        rivals.create("gan", "ring", cool=cool)
