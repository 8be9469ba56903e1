import gzip

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.sparse import csgraph

from rivals.data.readers.graphs import graph
from rivals.errors import RivalsError, UsageError

RING = [(i, (i + 1) % 30) for i in range(30)] + [(i, (i + 7) % 30) for i in range(30)]


def written(path, pairs, between=" "):
    path.write_text("".join(f"{a}{between}{b}\n" for a, b in pairs))
    return path


def steps(source, n=2000):
    walks = source.first("tokens", n)
    return walks[:, :-1].flatten().numpy(), walks[:, 1:].flatten().numpy()


def test_walks_stay_on_edges_and_never_take_those_held_out(tmp_path):
    source = graph(written(tmp_path / "g.txt", RING), length=12)
    assert (source.spec.vocabulary, source.spec.length) == (30, 12)
    assert source.spec.symbols == tuple(map(str, range(30)))
    assert source.truth.nnz == 120
    held = (source.truth - source.adjacency).tocoo()
    assert held.nnz == 12
    assert sparse.linalg.norm(source.adjacency - source.adjacency.T) == 0
    assert csgraph.connected_components(source.adjacency)[0] == 1
    a, b = steps(source)
    assert source.adjacency.toarray()[a, b].min() == 1
    a, b = steps(source.test)
    taken = np.zeros((30, 30))
    np.add.at(taken, (a, b), 1)
    assert source.truth.toarray()[a, b].min() == 1
    assert taken[held.row, held.col].min() > 0


def test_walks_are_uniform(tmp_path):
    source = graph(written(tmp_path / "g.txt", [("hub", f"leaf{i}") for i in range(5)]), length=4)
    walks = source.first("tokens", 6000)
    assert source.spec.symbols[0] == "hub"
    torch.testing.assert_close(torch.bincount(walks[:, 0]) / 6000, torch.full((6,), 1 / 6), atol=0.02, rtol=0)
    after = walks[walks[:, 0] == 0, 1]
    torch.testing.assert_close(torch.bincount(after)[1:] / len(after), torch.full((5,), 0.2), atol=0.05, rtol=0)


def test_walks_are_a_function_of_seed_and_start(tmp_path):
    a, b = (graph(written(tmp_path / "g.txt", RING)) for _ in range(2))
    draw = [s.draw(["tokens"], seed=3, start=40, size=8)[0] for s in (a, b, a.test)]
    assert torch.equal(draw[0], draw[1])
    assert not torch.equal(draw[0], draw[2])
    assert a.fingerprint() == b.fingerprint()


def test_a_tree_has_no_edge_to_spare(tmp_path):
    source = graph(written(tmp_path / "g.txt", [(i, i // 2) for i in range(1, 40)]))
    assert source.found.facts["held out"] == "0 edges, which walks for training never take"
    assert source.test is not None


def test_the_largest_part_without_loops_and_weights(tmp_path):
    text = (
        "# comment\nsource,target,weight\nParis,New York,3\nNew York,Rome,1\nRome,Paris,2\nRome,Rome,1\nOslo,Bergen,1\n"
    )
    (tmp_path / "g.csv").write_text(text)
    source = graph(tmp_path / "g.csv", length=3)
    assert source.spec.symbols == ("New York", "Paris", "Rome")
    assert source.spec.joined == "\t"
    assert np.array_equal(source.truth.toarray(), 1 - np.eye(3))
    facts = source.found.facts
    assert facts["nodes"] == "3 of 5, the largest of 2 connected parts"
    assert facts["header"] == "source, target, weight"
    assert facts["left aside"] == "what follows the two names (weights)"


@pytest.mark.parametrize(("name", "between"), [("g.tsv", "\t"), ("g.txt", "\t"), ("g.csv", ","), ("g.txt", ", ")])
def test_layouts_of_lines(tmp_path, name, between):
    source = graph(written(tmp_path / name, RING, between))
    plain = graph(written(tmp_path / "plain.txt", RING))
    assert source.spec == plain.spec
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert graph(packed).fingerprint() == source.fingerprint() == plain.fingerprint()


def test_sparse_matrices(tmp_path):
    rows, columns = np.array(RING).T
    matrix = sparse.coo_array((np.ones(60), (rows, columns)), shape=(31, 31))
    plain = graph(written(tmp_path / "g.txt", RING))
    for layout in ("csr", "csc", "coo"):
        sparse.save_npz(tmp_path / "g.npz", matrix.asformat(layout))
        assert graph(tmp_path / "g.npz").fingerprint() == plain.fingerprint()
    csr = matrix.tocsr()
    parts = {f"adj_{k}": getattr(csr, k) for k in ("data", "indices", "indptr", "shape")}
    np.savez(tmp_path / "parts.npz", **parts, node_names=[f"n{i}" for i in range(31)])
    source = graph(tmp_path / "parts.npz")
    assert source.spec.symbols[:2] == ("n0", "n1")
    assert source.fingerprint() == plain.fingerprint()


def test_directed_walks_follow_directions_on_the_strong_part(tmp_path):
    source = graph(written(tmp_path / "g.txt", [*RING, (0, 99)]), directed=True)
    assert source.spec.vocabulary == 30
    assert source.truth.nnz == 60
    assert (source.truth - source.adjacency).nnz == 6
    assert csgraph.connected_components(source.adjacency, connection="strong")[0] == 1
    a, b = steps(source)
    assert set((b - a) % 30) == {1, 7}


def test_real_graphs(data_home):
    source = graph(data_home / "graphs" / "cora_ml.npz")
    # the figures of Bojchevski et al. 2018 (NetGAN), table 1
    assert (source.spec.vocabulary, source.truth.nnz // 2) == (2810, 7981)
    assert graph(data_home / "graphs" / "ca-grqc_train.txt.gz").spec.vocabulary == 4039


def test_a_few_bad_lines_are_told(tmp_path):
    path = written(tmp_path / "g.txt", RING)
    path.write_text(path.read_text() + "alone\nalone\n")
    (bad,) = graph(path).found.bad
    assert (bad.file, bad.reason) == (f"{path}, row 61", "2 rows have no two names")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "holds no edges: write two node names on each line"),
        (b"# only\n% comments\n", "holds no edges"),
        (b"one\nword\na line\n", "is no edge list: row 1 has no two names"),
        (b"a a\nb b\n", "has no connected part of two nodes"),
        (b"\xff\xfe\x00\x01", "cannot be read as lines of text"),
    ],
)
def test_bad_lists(tmp_path, text, says):
    (tmp_path / "g.txt").write_bytes(text)
    with pytest.raises(RivalsError, match=says):
        graph(tmp_path / "g.txt")


def test_bad_files(tmp_path):
    with pytest.raises(RivalsError, match="is a folder: name one file with the edges"):
        graph(tmp_path)
    (tmp_path / "g.txt.gz").write_bytes(gzip.compress(b"a b\n" * 1000)[:-9])
    with pytest.raises(RivalsError, match="cannot be read as lines of text"):
        graph(tmp_path / "g.txt.gz")
    with pytest.raises(RivalsError, match="has no strongly connected part of two nodes: see its edges, or directed"):
        graph(written(tmp_path / "g.txt", [(0, 1)]), directed=True)
    with pytest.raises(UsageError, match="option 'length' must be at least 1"):
        graph(written(tmp_path / "g.txt", [(0, 1)]), length=1)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"adj_data": [], "adj_indices": np.zeros(0, int), "adj_indptr": [0], "adj_shape": [0, 0]}, "without nodes"),
        ({"x": np.zeros(3)}, "holds x, no sparse matrix: write the adjacency with scipy.sparse.save_npz"),
        ({"adj_data": np.ones(1), "adj_indices": [5], "adj_indptr": [0, 1], "adj_shape": [1, 1]}, "no sparse matrix"),
        (
            {"adj_data": np.ones(1), "adj_indices": [1], "adj_indptr": [0, 1], "adj_shape": [1, 2]},
            "adjacency is square",
        ),
        (
            {
                "adj_data": [1.0],
                "adj_indices": [0],
                "adj_indptr": [0, 1],
                "adj_shape": [1, 1],
                "node_names": ["a", "b"],
            },
            "has 2 node_names for 1 nodes",
        ),
    ],
)
def test_bad_matrices(tmp_path, arrays, says):
    np.savez(tmp_path / "g.npz", **arrays)
    with pytest.raises(RivalsError, match=says):
        graph(tmp_path / "g.npz")
