import numpy as np
from scipy.sparse import csgraph

from rivals.data.made.graphs import communities
from rivals.data.specs import Graph


def test_communities_are_a_connected_block_model():
    source = communities()
    assert source.spec == Graph(120, 16, symbols=tuple(map(str, range(120))))
    whole = source.truth.toarray()
    assert np.array_equal(whole, whole.T)
    assert whole.diagonal().sum() == 0
    assert csgraph.connected_components(source.truth)[0] == 1
    blocks = whole.reshape(4, 30, 4, 30).mean((1, 3))
    assert abs(blocks.diagonal().mean() * 30 / 29 - 0.25) < 0.03
    assert abs(blocks[~np.eye(4, dtype=bool)].mean() - 0.01) < 0.004


def test_walks_mostly_stay_in_their_block():
    source = communities()
    walks = source.first("tokens", 2000)
    assert walks.shape == (2000, 16)
    stays = (walks[:, 1:] // 30 == walks[:, :-1] // 30).float().mean()
    assert 0.8 < stays < 0.97
    assert source.truth.toarray()[walks[:, :-1], walks[:, 1:]].min() == 1
    held = (source.truth - source.adjacency).toarray()
    assert held.sum() == 2 * (source.truth.nnz // 2 // 10)
    assert held[walks[:, :-1], walks[:, 1:]].max() == 0
    other = source.test.first("tokens", 2000)
    assert held[other[:, :-1], other[:, 1:]].max() == 1
