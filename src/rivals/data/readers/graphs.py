"""One graph, as random walks on it."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph
from torch import Tensor

from rivals.data.readers import loading, plain
from rivals.data.sources import Bad, Found, Generated, Source
from rivals.data.specs import Graph
from rivals.errors import RivalsError

MOST = 20_000_000
"""Edges that are read."""

HEADERS = {
    "source",
    "target",
    "from",
    "to",
    "src",
    "dst",
    "fromnodeid",
    "tonodeid",
    "node1",
    "node2",
    "node_1",
    "node_2",
}
"""Words that make a first line a header."""


class Walks(Generated):
    """Uniform random walks on a graph, each from a node that is drawn uniformly (as NetGAN's, arXiv:1803.00816).

    Args:
        adjacency: (V, V), 1 for an edge; every node has one that leaves it.
        names: of the nodes.
        length: nodes of a walk.
        truth: adjacency of the graph that the walks are to tell about.
        name: of the source.
        split: "train" or "test", which stream of random numbers.

    Attributes:
        adjacency: as given; `truth - adjacency` is what was held out.
    """

    def __init__(
        self,
        adjacency: sparse.csr_array,
        names: tuple[str, ...],
        length: int,
        truth: sparse.csr_array,
        name: str,
        split: str = "train",
    ) -> None:
        self.adjacency = adjacency
        first = torch.from_numpy(adjacency.indptr[:-1].astype(np.int64))
        degree = torch.from_numpy(np.diff(adjacency.indptr).astype(np.int64))
        after = torch.from_numpy(adjacency.indices.astype(np.int64))

        def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
            walk = [torch.randint(len(names), (n,), generator=generator)]
            for _ in range(length - 1):
                at = walk[-1]
                # in doubles: a float close to 1 times the degree would round up to an edge of the next node
                choice = (torch.rand(n, generator=generator, dtype=torch.float64) * degree[at]).long()
                walk.append(after[first[at] + choice])
            return (torch.stack(walk, 1),)

        joined = "\t" if any(" " in name for name in names) else " "
        spec = Graph(len(names), length, symbols=names, joined=joined)
        super().__init__(spec, make, fields=("tokens",), truth=truth, name=name, split=split)


def walks(
    adjacency: sparse.sparray, names: tuple[str, ...], *, length: int, name: str, directed: bool = False
) -> Walks:
    """Walks for training, and as test walks on the whole graph.

    A tenth of the edges (undirected: pairs) is held out: the walks for training never take them, those of `test` do.
    They are drawn among the edges outside breadth-first trees from one node, so that every node can still be reached;
    a graph with fewer such edges has fewer held out, a tree none. `truth` of both is the adjacency of the whole graph.

    Args:
        adjacency: (V, V), (strongly) connected, V at least 2.
        names: of the nodes.
        length: nodes of a walk.
        name: of the source.
        directed: whether edges have a direction.
    """
    whole = sparse.csr_array(adjacency, dtype=np.float32)
    whole.sort_indices()
    rng = np.random.default_rng(0)
    coo = whole.tocoo()
    a, b = coo.row.astype(np.int64), coo.col.astype(np.int64)
    root = int(rng.integers(len(names)))
    keep = _tree(whole, root)
    if directed:
        keep |= {(child, parent) for parent, child in _tree(whole.T.tocsr(), root)}
    else:
        keep |= {(child, parent) for parent, child in keep}
        a, b = a[a < b], b[a < b]
    free = np.flatnonzero([pair not in keep for pair in zip(a.tolist(), b.tolist(), strict=True)])
    held = rng.permutation(free)[: len(a) // 10]
    gone = sparse.coo_array((np.ones(len(held), np.float32), (a[held], b[held])), shape=whole.shape).tocsr()
    rest = sparse.csr_array(whole - (gone if directed else gone + gone.T))
    rest.eliminate_zeros()
    rest.sort_indices()
    source = Walks(rest, names, length, whole, name)
    source.test = Walks(whole, names, length, whole, name, split="test")
    return source


def _tree(adjacency: sparse.csr_array, root: int) -> set[tuple[int, int]]:
    """Edges (parent, child) of a breadth-first tree."""
    order, parent = csgraph.breadth_first_order(adjacency, root, directed=True)
    return {(int(parent[node]), int(node)) for node in order[1:]}


def graph(path: Path, *, length: int = 16, directed: bool = False) -> Source:
    """Random walks on the largest connected component of a graph; see `walks` for what is held out.

    Weights, loops and repeated edges are dropped.

    Args:
        path: lines of two node names and perhaps more (.csv with commas, .tsv with tabs, else with white space; .gz of
            these; # and % begin comments), or .npz as `scipy.sparse.save_npz` writes it, or its CSR parts as adj_data,
            adj_indices, adj_indptr and adj_shape, with `node_names` beside them if any.
        length: nodes of a walk, at least 2.
        directed: whether edges have a direction; the component is then the largest strongly connected one.

    Raises:
        RivalsError: where the file holds no graph with an edge.
    """
    loading.positive("graph", length=length - 1)
    found = Found()
    if path.is_dir():
        raise RivalsError(f"{path} is a folder: name one file with the edges")
    matrix, names = _sparse(path) if path.suffix.lower() == ".npz" else _lines(path, found)
    matrix = sparse.csr_array(matrix)
    matrix.data = (matrix.data != 0).astype(np.float32)
    matrix = sparse.csr_array(matrix - sparse.diags_array(matrix.diagonal()))
    matrix.eliminate_zeros()
    if not directed:
        matrix = sparse.csr_array(matrix.maximum(matrix.T))
    count, part = csgraph.connected_components(matrix, directed=directed, connection="strong")
    nodes = np.flatnonzero(part == np.bincount(part).argmax())
    kind = "strongly connected" if directed else "connected"
    if len(nodes) < 2:
        raise RivalsError(
            f"{path} has no {kind} part of two nodes: see its edges" + (", or directed" if directed else "")
        )
    inside = sparse.csr_array(matrix[nodes][:, nodes])
    source = walks(inside, tuple(names[i] for i in nodes), length=length, name=str(path), directed=directed)
    edges, held = (int(m.nnz) // (1 if directed else 2) for m in (inside, inside - source.adjacency))
    found.facts["nodes"] = f"{len(nodes):,} of {len(names):,}, the largest of {count:,} {kind} parts"
    found.facts["edges"] = f"{edges:,}, " + ("directed" if directed else "without direction")
    found.facts["walks"] = f"{length} nodes each, from a uniform node along uniform edges"
    found.facts["held out"] = f"{held:,} edges, which walks for training never take"
    source.found = found
    return source


def _sparse(path: Path) -> tuple[sparse.sparray, list[str]]:
    arrays = plain.arrays_of(path)
    try:
        if "adj_data" in arrays:
            parts = tuple(arrays[f"adj_{part}"] for part in ("data", "indices", "indptr"))
            matrix = sparse.csr_array(parts, shape=tuple(int(n) for n in arrays["adj_shape"]))
        else:
            matrix = sparse.csr_array(sparse.load_npz(path))
        matrix.check_format(full_check=True)
    except (KeyError, ValueError, TypeError, IndexError, OSError) as error:
        raise RivalsError(
            f"{path} holds {', '.join(arrays) or 'nothing'}, no sparse matrix: "
            "write the adjacency with scipy.sparse.save_npz, or as adj_data, adj_indices, adj_indptr and adj_shape"
        ) from error
    if not matrix.shape[0]:
        raise RivalsError(f"{path} is empty: it holds a matrix without nodes")
    if matrix.shape[0] != matrix.shape[1]:
        raise RivalsError(f"{path} holds a matrix of {matrix.shape[0]:,}×{matrix.shape[1]:,}: an adjacency is square")
    names = [str(name) for name in arrays.get("node_names", range(matrix.shape[0]))]
    if len(names) != matrix.shape[0]:
        raise RivalsError(f"{path} has {len(names):,} node_names for {matrix.shape[0]:,} nodes: give one each")
    return matrix, names


def _lines(path: Path, found: Found) -> tuple[sparse.sparray, list[str]]:
    place: dict[str, int] = {}
    ends: list[tuple[int, int]] = []
    short, first_short, more = 0, 0, 0
    try:
        for i, row in enumerate(_rows(path), 1):
            if len(row) < 2 or not row[0] or not row[1]:
                short, first_short = short + 1, first_short or i
                continue
            if not ends and not place and {row[0].lower(), row[1].lower()} <= HEADERS:
                found.facts["header"] = ", ".join(row)
                continue
            more += len(row) > 2
            ends.append((place.setdefault(row[0], len(place)), place.setdefault(row[1], len(place))))
            if len(ends) > MOST:
                raise RivalsError(f"{path} has more than {MOST:,} edges: give a part of it")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise RivalsError(f"{path} cannot be read as lines of text ({error}): save it as UTF-8 text") from error
    if short > len(ends):
        raise RivalsError(
            f"{path} is no edge list: row {first_short} has no two names; write two node names on each line"
        )
    if not ends:
        raise RivalsError(f"{path} holds no edges: write two node names on each line")
    if short:
        found.bad.append(
            Bad(f"{path}, row {first_short}", f"{short:,} rows have no two names", "write two node names on each line")
        )
    if more:
        found.facts["left aside"] = "what follows the two names (weights)"
    names = list(place)
    order = sorted(
        range(len(names)), key=lambda i: (0, int(names[i]), "") if names[i].isdecimal() else (1, 0, names[i])
    )
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    a, b = rank[np.array(ends)].T
    matrix = sparse.coo_array((np.ones(len(a), np.float32), (a, b)), shape=(len(names), len(names)))
    return matrix.tocsr(), [names[i] for i in order]


def _rows(path: Path) -> Iterator[list[str]]:
    """Lines in words, without comments and empty lines."""
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    with _open(path) as file:
        lines = (line for line in file if line.strip() and line.lstrip()[0] not in "#%")
        if ending in (".csv", ".tsv"):
            for row in csv.reader(lines, delimiter="," if ending == ".csv" else "\t"):
                yield [word.strip() for word in row]
        else:
            for line in lines:
                yield line.replace(",", " ").split()


def _open(path: Path) -> IO[str]:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")
