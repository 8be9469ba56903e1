"""Sentences with classes, from tables: columns, names and ratings of classes, rows that cannot be used."""

from __future__ import annotations

import gzip

import pytest
import torch

from rivals.data import named
from rivals.data.readers.text import sentences
from rivals.data.write import write
from rivals.errors import RivalsError

ROWS = [("Good, really!", "up"), ("bad food", "down"), ("It's good food", "up"), ("bad bad", "down")] * 5


def table(path, rows=ROWS, header="text,label", mark=","):
    lines = [mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in rows]
    path.write_text("\n".join([*([header] if header else []), *lines]), encoding="utf-8")
    return path


def everything(source, field):
    return torch.cat([source.first(field, 99), source.test.first(field, 99)])


def test_words_and_signs_are_numbered_and_classes_named(tmp_path):
    source = sentences(table(tmp_path / "t.csv"))
    spec = source.spec
    assert spec.names == ("down", "up")
    assert spec.classes == 2
    assert set(spec.symbols) == {"", "good", ",", "really", "!", "bad", "food", "it's"}
    for row, label in zip(everything(source, "token").tolist(), everything(source, "label").tolist(), strict=True):
        words = [spec.symbols[i] for i in row if i]
        assert ("good" in words) == (spec.names[label] == "up")
    assert source.size == 18
    assert source.found.facts["classes"] == "down 10, up 10"


def test_columns_by_number_and_ratings_by_sign(tmp_path):
    rows = [(str(i), f"{(-1) ** i * 0.7:.1f}", f"words {'ab'[i % 2]}") for i in range(20)] + [("20", "0.0", "neither")]
    path = table(tmp_path / "t.tsv", rows, header="", mark="\t")
    source = sentences(path, text="3", label="2")
    assert source.spec.names == ("negative", "positive")
    assert len(everything(source, "label")) == 20
    assert "neither" not in source.spec.symbols
    told = [source.spec.symbols[row[1]] == "a" for row in everything(source, "token").tolist()]
    assert torch.equal(everything(source, "label").bool(), torch.tensor(told))


def test_numbers_are_ranked_as_numbers_and_the_file_may_be_zipped(tmp_path):
    plain = table(tmp_path / "t.csv", [("a b", "10"), ("b c", "9"), ("c a", "9")])
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert sentences(tmp_path / "t.csv.gz").spec.names == ("9", "10")


def test_rows_without_a_label_are_told_and_left_out(tmp_path):
    source = sentences(table(tmp_path / "t.csv", [*ROWS, ("nothing", ""), ("alone",)]))
    assert [bad.reason for bad in source.found.bad] == [f"row {i} has no sentence with a label" for i in (21, 22)]


@pytest.mark.parametrize(
    ("rows", "header", "options", "sentence"),
    [
        (ROWS, "said,label", {}, "has the columns said, label: name two of them"),
        ([("a", "x"), ("b", "x")], "text,label", {}, "has 1 different labels"),
        ([("", "x")], "text,label", {}, "no row with a sentence and a label"),
        (ROWS, "text,label", {"length": 1}, "length=1"),
        (ROWS, "", {"text": "7", "label": "2"}, "no row with a sentence and a label"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, rows, header, options, sentence):
    with pytest.raises(RivalsError, match=sentence):
        sentences(table(tmp_path / "t.csv", rows, header), **options)


def test_what_is_written_is_read_again(tmp_path):
    source = named.load("sentiments", n=100)
    write(source, tmp_path / "new", 30)
    again = sentences(tmp_path / "new" / "sentences.csv")
    assert again.spec.names == source.spec.names
    assert again.size == 27


def test_news_are_told_from_captions(data_home):
    source = named.load("topics", vocabulary=500)
    assert source.spec.names == ("captions", "news")
    x, y = source.first("token", 500), source.first("label", 500)
    assert 0.4 < y.float().mean() < 0.6
    said = [" ".join(source.spec.symbols[i] for i in row if i) for row in x[y == 0].tolist()]
    assert sum("man" in line or "a " in line for line in said) > len(said) / 2
