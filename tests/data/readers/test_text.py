import gzip

import numpy as np
import pytest
import torch

from rivals.data.readers import text
from rivals.errors import RivalsError


def write(path, content, encoding="utf-8"):
    path.write_bytes(content.encode(encoding))
    return path


def spelled(source, row):
    return source.spec.joined.join(s for s in (source.spec.symbols[i] for i in row.tolist()) if s)


def everything(source):
    return torch.cat([source.first("token", 10**9), source.test.first("token", 10**9)])


POEM = "the cat sat\nthe dog\n\n  the cat ran off  \nthe end\n" * 5


def test_words_are_ranked_and_short_lines_filled(tmp_path):
    source = text.text(write(tmp_path / "t.txt", POEM))
    assert source.spec.symbols == ("", "the", "cat", "dog", "end", "off", "ran", "sat")
    assert (source.spec.vocabulary, source.spec.length, source.spec.joined) == (8, 4, " ")
    rows = everything(source)
    assert rows.dtype == torch.int64
    lines = sorted(spelled(source, row) for row in rows)
    assert lines == sorted(["the cat sat", "the dog", "the cat ran off", "the end"] * 5)
    assert len(source.test.first("token", 99)) == 2
    assert source.found.facts["lines"] == "20, of which 2 are held out"


def test_characters_rare_symbols_and_long_lines(tmp_path):
    source = text.text(write(tmp_path / "t.txt", "aab\nab c\naé\n"), unit="character", length=3, vocabulary=4)
    assert source.spec.symbols == ("", "<?>", "a", "b")
    assert source.spec.joined == ""
    assert sorted(spelled(source, row) for row in everything(source)) == ["a<?>", "aab", "ab<?>"]
    assert source.found.facts["rare"] == "3 characters, 33.3% of the text, are <?>"
    assert source.found.facts["length"] == "3; 1 longer lines are cut"


def test_zipped_text_with_a_byte_order_mark(tmp_path):
    (tmp_path / "t.txt.gz").write_bytes(gzip.compress("\ufeffa b\nb a\n".encode()))
    assert text.text(tmp_path / "t.txt.gz").spec.symbols == ("", "a", "b")


def test_one_line_has_nothing_held_out(tmp_path):
    assert text.text(write(tmp_path / "t.txt", "only one")).test is None


def test_text_that_cannot_be_read_is_refused(tmp_path):
    path = write(tmp_path / "t.txt", "first\ncaf\xe9\n", "latin1")
    with pytest.raises(RivalsError, match=r"byte 9 is 0xe9; write it anew with `iconv -f latin1 -t utf-8 t\.txt >"):
        text.text(path)
    with pytest.raises(RivalsError, match="is empty"):
        text.text(write(tmp_path / "e.txt", " \n\n"))
    with pytest.raises(RivalsError, match="give at least 2 and 3"):
        text.text(path, vocabulary=2)
    (tmp_path / "z.txt.gz").write_bytes(gzip.compress(b"abc" * 1000)[:20])
    with pytest.raises(RivalsError, match=r"z\.txt\.gz cannot be read"):
        text.text(tmp_path / "z.txt.gz")


def test_tokens_from_lines_and_arrays(tmp_path):
    lines = write(tmp_path / "t.txt", "0 1 2\n3,4,5\n\n5 5 5\n")
    source = text.tokens(lines)
    assert (source.spec.vocabulary, source.spec.length, source.spec.symbols) == (6, 3, ())
    assert sorted(everything(source).tolist()) == [[0, 1, 2], [3, 4, 5], [5, 5, 5]]
    array = np.arange(40, dtype=np.int32).reshape(10, 4)
    np.savez(tmp_path / "t.npz", samples=array)
    source = text.tokens(tmp_path / "t.npz", length=3, vocabulary=50)
    assert (source.spec.vocabulary, source.spec.length, source.size) == (50, 3, 9)
    assert sorted(everything(source).tolist()) == array[:, :3].tolist()


def test_shorter_sequences_are_left_out_only_where_a_length_is_given(tmp_path):
    path = write(tmp_path / "t.txt", "0 1 2\n3 4\n5 5 5 5\n")
    with pytest.raises(RivalsError, match="line 2: 2 symbols, and line 1 has 3"):
        text.tokens(path)
    source = text.tokens(path, length=3)
    assert source.found.bad[0].reason == "line 2 has 2 symbols, not 3"
    assert sorted(everything(source).tolist()) == [[0, 1, 2], [5, 5, 5]]
    with pytest.raises(RivalsError, match="no line of 9 symbols"):
        text.tokens(path, length=9)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("1 2\n3 x\n", "line 2: 'x' is no integer"),
        ("1 -2\n", "symbol -2: number the symbols from 0"),
        ("1 2000000\n", "symbol 2,000,000, and there are 1,000,000 symbols at most"),
        ("1 99999999999999999999999\n", "too large for a symbol"),
        ("1\n2\n", "sequences of one symbol"),
    ],
)
def test_lines_that_are_no_symbols_are_refused(tmp_path, content, sentence):
    with pytest.raises(RivalsError, match=sentence):
        text.tokens(write(tmp_path / "t.txt", content))


def test_arrays_that_are_no_symbols_are_refused(tmp_path):
    np.save(tmp_path / "f.npy", np.ones((3, 4)))
    with pytest.raises(RivalsError, match=r"is float64 \(3, 4\): give integers"):
        text.tokens(tmp_path / "f.npy")
    np.save(tmp_path / "i.npy", np.ones((3, 4), int))
    with pytest.raises(RivalsError, match="vocabulary=1: number"):
        text.tokens(tmp_path / "i.npy", vocabulary=1)
    with pytest.raises(RivalsError, match="choose a length up to that"):
        text.tokens(tmp_path / "i.npy", length=9)


def test_captions(data_home):
    source = text.text(data_home / "text" / "coco_captions_train.txt.gz")
    assert (source.size, source.test.size, source.spec.vocabulary) == (9_000, 1_000, 5_000)
    assert source.spec.symbols[:3] == ("", "<?>", "a")
    assert "1,096 words, 1.0% of the text" in source.found.facts["rare"]
    assert source.first("token", 9_000).max() < 5_000
