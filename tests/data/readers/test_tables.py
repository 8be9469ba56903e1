import gzip
import sys

import numpy as np
import pytest
import torch

from rivals.data.readers import tables
from rivals.data.specs import Column, Table, from_json, to_json
from rivals.errors import RivalsError


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def everything(source):
    parts = [source.first(source.main, 10**9)]
    if source.test is not None:
        parts.append(source.test.first(source.main, 10**9))
    return torch.cat(parts)


MIXED = (
    "age,colour,note\n"
    + "".join(f"{20 + 0.5 * i},{'red' if i % 3 else 'blue'},remark {i}\n" for i in range(200))
    + "NA,?,x\n"
)


def test_columns_get_their_types_and_decode_to_what_was_read(tmp_path):
    source = tables.table(write(tmp_path / "t.csv", MIXED))
    assert isinstance(source.spec, Table)
    age, colour = source.spec.columns
    assert (age.name, age.values, age.missing, age.whole) == ("age", (), True, False)
    assert (colour.values, colour.missing) == (("blue", "red"), True)
    assert source.found.facts["left out"] == "note (201 different texts)"
    assert source.found.facts["rows"] == "201, of which 20 are held out"
    rows = everything(source)
    assert rows.shape == (201, 5)
    assert rows.dtype == torch.float32
    back = tables.decode(rows, source.spec)
    ages = sorted(a for a in back["age"] if a is not None)
    np.testing.assert_allclose(ages, [20 + 0.5 * i for i in range(200)], rtol=1e-5)
    assert (back["age"].count(None), back["colour"].count(None), back["colour"].count("blue")) == (1, 1, 67)
    there = rows[rows[:, 1] == 0, 0]
    assert there.mean().item() == pytest.approx(0, abs=1e-5)
    assert there.std(correction=0).item() == pytest.approx(1, abs=1e-5)
    assert from_json(to_json(source.spec)) == source.spec


def test_a_missing_value_is_a_flag_beside_zeros(tmp_path):
    source = tables.table(write(tmp_path / "t.csv", MIXED))
    row = everything(source)
    (gone,) = row[row[:, 1] == 1]
    assert gone.tolist() == [0, 1, 0, 0, 1]


def test_whole_numbers_with_few_values_are_categories_unless_named_numeric(tmp_path):
    path = write(tmp_path / "t.csv", "grade,x\n" + "".join(f"{i % 12 if i % 2 else 10},{i * i}\n" for i in range(300)))
    assert tables.table(path).spec.columns[0].values == ("1", "3", "5", "7", "9", "10", "11")
    numeric = tables.table(path, numeric=("grade",)).spec.columns[0]
    assert (numeric.values, numeric.whole) == ((), True)
    categorical = tables.table(path, columns=("grade",), categorical=("grade",)).spec
    assert categorical.dim == 7
    few = write(tmp_path / "few.csv", "grade\n1\n2\n3\n")
    assert tables.table(few).spec.columns[0].values == ()


def test_no_header_duplicate_names_and_other_delimiters(tmp_path):
    bare = tables.table(write(tmp_path / "a.csv", "1.5,2.5\n3.5,1.25\n2.5,9.5\n"))
    assert [c.name for c in bare.spec.columns] == ["1", "2"]
    assert bare.found.facts["header"].startswith("none")
    assert everything(bare).shape == (3, 2)
    twice = tables.table(write(tmp_path / "b.csv", "a;a;\n1,5;2;3\n2,5;4;7\n"))
    assert [c.name for c in twice.spec.columns] == ["a", "a.2", "column 3"]
    assert "'a' is there twice" in twice.found.facts["header"]
    assert twice.spec.columns[0].mean == 2.0
    assert tables.table(write(tmp_path / "c.csv", "a\tb\n1.5\tx\n2.5\ty\n")).spec.dim == 3
    assert tables.table(write(tmp_path / "d.csv", "\ufeffa,b\n1.5,x\n2.5,y\n")).spec.columns[0].name == "a"


def test_row_numbers_constants_and_infinities(tmp_path):
    lines = "".join(f"{i},7.5,{'inf' if i == 3 else i * 1.5}\n" for i in range(40))
    source = tables.table(write(tmp_path / "t.csv", ",same,x\n" + lines))
    assert source.found.facts["left out"] == "column 1 (it counts the rows)"
    same, x = source.spec.columns
    assert same.std == 1.0
    assert x.missing
    assert everything(source).isfinite().all()


def test_a_stray_text_among_numbers_is_told_and_missing(tmp_path):
    rows = [f"{i * 1.5}" for i in range(300)]
    rows[7] = "12kg"
    source = tables.table(write(tmp_path / "t.csv", "x\n" + "\n".join(rows)))
    (bad,) = source.found.bad
    assert bad.reason == "column 'x', line 9: '12kg' is no number, taken for missing"
    assert source.spec.columns[0].missing


def test_a_few_ragged_rows_are_left_out_and_many_are_refused(tmp_path):
    good = "a,b\n" + "".join(f"{i}.5,{i * i}\n" for i in range(200))
    source = tables.table(write(tmp_path / "few.csv", good + "1,2,3\n"))
    assert source.found.bad[0].reason == "line 202 has 3 columns, not 2"
    assert len(everything(source)) == 200
    with pytest.raises(RivalsError, match=r"many\.csv, line 3: 1 columns, and line 1 has 2 \(1 rows differ\)"):
        tables.table(write(tmp_path / "many.csv", "a,b\n1,2\n3\n"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b'" ', "holds nothing but blanks: give a table with rows"),
        (b"a,b\n", "has no rows below its header"),
        ("a,b\n1,caf\xe9\n".encode("latin1"), r"is not UTF-8: byte 9 is 0xe9; write it anew with `iconv -f latin1"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16"),
        (b"a,b\n1,\0\n", "is not text: byte 6 is 0"),
        (b'a,b\n1,"' + b"x" * 200_000, "a quote that is not closed"),
        (b"name\n" + b"".join(b"id %d\n" % i for i in range(150)), r"no column to learn from: name \(150 different"),
        (b"a,b\n,\n,\n", r"no column to learn from: a \(no values\)"),
        (b"\x1f\x8bbroken", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, sentence):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(RivalsError, match=sentence) as told:
        tables.table(path)
    assert str(path) in str(told.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RivalsError, match="is a folder: give a file in it"):
        tables.table(tmp_path)


def test_wrong_options_are_refused(tmp_path):
    path = write(tmp_path / "t.csv", MIXED)
    with pytest.raises(RivalsError, match="has no column 'size': it has age, colour, note"):
        tables.table(path, categorical=("size",))
    with pytest.raises(RivalsError, match="column 'colour' is not numeric, line 2 has 'blue'"):
        tables.table(path, numeric=("colour",))
    with pytest.raises(RivalsError, match="is one character"):
        tables.table(path, delimiter="::")
    assert tables.table(path, categorical=("note",)).spec.columns[2].size == 201
    wide = write(tmp_path / "wide.csv", "n\n" + "".join(f"n{i}\n" for i in range(1001)))
    with pytest.raises(RivalsError, match="has 1,001 categories"):
        tables.table(wide, categorical=("n",))


def test_one_row_has_nothing_held_out(tmp_path):
    source = tables.table(write(tmp_path / "t.csv", "a,b\n1.5,x\n"))
    assert source.test is None
    assert source.size == 1


def test_decode_takes_what_a_generator_makes():
    spec = Table((Column("n", mean=10, std=2, whole=True), Column("c", ("x", "y"), missing=True)))
    samples = torch.tensor([[0.3, 0.2, 0.1, 0.4], [float("nan"), -1.0, 3.0, 0.7]])
    back = tables.decode(samples, spec)
    assert back["c"] == ["x", None]
    assert back["n"][0] == 11
    assert np.isnan(back["n"][1])


def test_parquet_without_its_library_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(RivalsError, match=r"needs the extra 'parquet': pip install 'rivals\[parquet\]'"):
        tables.table(write(tmp_path / "t.parquet", "x"))


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"x": [1.5, None, 2.5, 3.5], "c": ["a", "b", None, "a"], "yes": [True, False, True, True]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    source = tables.table(tmp_path / "t.parquet")
    assert [(c.name, c.values, c.missing) for c in source.spec.columns] == [
        ("x", (), True), ("c", ("a", "b"), True), ("yes", ("False", "True"), False)
    ]  # fmt: skip
    with pytest.raises(RivalsError, match="cannot be read as parquet"):
        tables.table(write(tmp_path / "no.parquet", "no parquet"))


def test_points_from_csv_and_arrays(tmp_path):
    csv = write(tmp_path / "p.csv", "x,y,name\n" + "".join(f"{i},{i / 2},n{i}\n" for i in range(30)))
    source = tables.points(csv, columns=("y", "x"))
    x = everything(source)
    assert (source.spec.dim, source.main, len(source.test.first("point", 99))) == (2, "point", 3)
    np.testing.assert_array_equal(np.sort(x[:, 0]), np.arange(30) / 2)
    np.save(tmp_path / "p.npy", np.arange(20))
    assert tables.points(tmp_path / "p.npy").spec.dim == 1
    np.savez(tmp_path / "p.npz", data=np.zeros((4, 3)), labels=np.array([0, 1, 1, 0]))
    assert tables.points(tmp_path / "p.npz").spec.classes == 2
    np.save(tmp_path / "one.npy", np.ones((1, 2)))
    assert tables.points(tmp_path / "one.npy").test is None


def test_points_that_are_missing_or_no_numbers_are_refused(tmp_path):
    with pytest.raises(RivalsError, match=r"line 3, column 'y': 'NA' is missing or not finite"):
        tables.points(write(tmp_path / "a.csv", "x,y\n1,2\n3,NA\n"))
    with pytest.raises(RivalsError, match="line 2, column 'y': 'two' is no number"):
        tables.points(write(tmp_path / "b.csv", "x,y\n1,two\n"))
    np.save(tmp_path / "c.npy", np.array([[0.0, 1], [np.nan, 2], [np.inf, 2]]))
    with pytest.raises(RivalsError, match="no finite number in 2 rows, the first is row 1"):
        tables.points(tmp_path / "c.npy")
    np.save(tmp_path / "d.npy", np.array([{}], dtype=object))
    with pytest.raises(RivalsError, match="holds Python objects"):
        tables.points(tmp_path / "d.npy")
    np.savez(tmp_path / "e.npz", a=np.ones(3), b=np.ones(3))
    with pytest.raises(RivalsError, match="holds a, b: give one array"):
        tables.points(tmp_path / "e.npz")


@pytest.mark.parametrize(
    ("file", "dim", "gaps", "left_out"),
    [
        ("winequality", 20, None, None),
        ("adult_test", 109, "workclass", None),
        ("beijing_pm25_hourly", 20, "pm2.5 4.7%", "No (it counts the rows)"),
    ],
)
def test_real_tables(data_home, file, dim, gaps, left_out):
    source = tables.table(data_home / "tabular" / f"{file}.csv.gz")
    assert source.spec.dim == dim
    assert source.found.bad == []
    assert (gaps or "") in source.found.facts.get("missing", "")
    assert source.found.facts.get("left out") == left_out
    rows = everything(source)
    assert rows.isfinite().all()
    lines = gzip.decompress((data_home / "tabular" / f"{file}.csv.gz").read_bytes()).decode().splitlines()
    assert len(rows) == len(lines) - 1
    for column, x in zip(source.spec.columns, rows.split([c.size for c in source.spec.columns], 1), strict=True):
        assert (x.sum(1) == 1).all() if column.values else abs(x[:, 0].mean()) < 1e-3
