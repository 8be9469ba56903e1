"""A generated graph."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from rivals.data.readers.graphs import walks
from rivals.data.sources import Source

BLOCKS, NODES, WITHIN, BETWEEN = 4, 30, 0.25, 0.01
"""Of `communities`: number of blocks, nodes in each, probability of an edge within one, and between two."""


def communities() -> Source:
    """Random walks of 16 nodes on one graph of 120 nodes in 4 blocks, drawn from a stochastic block model.

    Node i is in block ⌊i/30⌋; an edge is there with probability .25 within a block and .01 between two. `truth` is the
    adjacency, (120, 120); see `rivals.data.readers.graphs.walks` for what is held out.

    Source: Holland, Laskey and Leinhardt 1983, Stochastic blockmodels: first steps.
    """
    block = np.repeat(np.arange(BLOCKS), NODES)
    chance = np.where(block[:, None] == block, WITHIN, BETWEEN)
    # with this seed the graph is connected
    upper = np.triu(np.random.default_rng(0).random(chance.shape) < chance, 1)
    adjacency = sparse.csr_array((upper | upper.T).astype(np.float32))
    return walks(adjacency, tuple(map(str, range(len(block)))), length=16, name="communities")
