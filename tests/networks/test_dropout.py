import pytest
import torch

import rivals
from rivals import networks
from rivals.data.specs import Images
from rivals.errors import UsageError

DATA = Images(1, 8, 8, classes=3)


def test_hidden_units_of_both_dense_networks_are_dropped_while_they_train():
    torch.manual_seed(0)
    facts = {"condition": 3, "join": "layers", "dense": True, "dropout": 0.5}
    generator, critic = networks.generator(DATA, 4, 8, **facts), networks.critic(DATA, 8, **facts)
    label = torch.tensor([0, 1, 2])
    for net, x in ((generator, torch.randn(3, 4)), (critic, torch.rand(3, 1, 8, 8))):
        assert not torch.equal(net(x, label), net(x, label))
        net.eval()
        assert torch.equal(net(x, label), net(x, label))


def test_dropout_is_refused_where_it_would_do_nothing():
    with pytest.raises(UsageError, match="say dense=true"):
        rivals.create("cgan", DATA, width=8, dropout=0.5)
    with pytest.raises(UsageError, match="dropout"):
        rivals.create("cgan", DATA, width=8, dense=True, dropout=1.5)
