import pytest
import torch

from rivals import options
from rivals.data import home, named
from rivals.data.specs import kind_of
from rivals.errors import RivalsError, UsageError

HOME = [name for name, entry in named.NAMED.items() if entry.origin == named.HOME]


@pytest.mark.parametrize("name", [n for n in HOME if n != "oracle"])
def test_sets_below_rivals_data_load_as_the_kind_they_are_listed_as(data_home, name, tmp_path, monkeypatch):
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path))
    source = named.load(name)
    assert source.name == name
    assert kind_of(source.spec) == named.NAMED[name].kind
    assert source.test.spec == source.spec
    x = source.first(source.main, 3)
    assert tuple(x.shape[1:]) == (source.spec.x if source.main == "x" else source.spec).shape


def test_options_of_the_reader_are_those_of_the_set(data_home, tmp_path, monkeypatch):
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path))
    assert options.signature(named.NAMED["jsb"].load())["length"] == (int, 32)
    assert named.load("jsb", length=16).spec.length == 16
    assert named.load("coco", vocabulary=100).spec.vocabulary == 100
    with pytest.raises(UsageError, match="has no option 'lenght', did you mean 'length'"):
        named.load("jsb", lenght=16)


def test_facades_are_averaged_and_their_maps_keep_their_colours(data_home):
    large, small = named.load("facades"), named.load("facades", size=32)
    palette = {tuple(c) for c in large.first("x", 20).flatten(2).transpose(1, 2).reshape(-1, 3).tolist()}
    assert len(palette) <= 13
    assert {tuple(c) for c in small.first("x", 20).flatten(2).transpose(1, 2).reshape(-1, 3).tolist()} <= palette
    mean = torch.nn.functional.avg_pool2d(large.first("y", 5).double(), 4)
    assert (mean - small.first("y", 5)).abs().max() <= 0.5


def test_a_persons_last_picture_is_held_out(data_home):
    source = named.load("orl")
    assert torch.bincount(source.first("label", 999)).tolist() == [9] * 40
    assert torch.bincount(source.test.first("label", 999)).tolist() == [1] * 40


def test_melodies_and_icons_can_be_read_by_people(data_home):
    melody = named.load("nottingham", length=16)
    symbols = melody.spec.symbols
    assert symbols[:3] == ("", "-", "rest")
    assert all(55 <= int(s) <= 88 for s in symbols[3:])
    assert melody.first("token", 50).min() > 0
    icons = named.load("icons", length=4)
    assert icons.first("caption", 9).shape == (9, 4)
    assert "face" in icons.spec.words
    with pytest.raises(UsageError, match="length is 1 to 64"):
        named.load("icons", length=0)


def test_without_the_folder_a_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("RIVALS_DATA", raising=False)
    with pytest.raises(RivalsError, match="the environment variable RIVALS_DATA names; it is not set"):
        named.load("orl")
    monkeypatch.setenv("RIVALS_DATA", str(tmp_path))
    with pytest.raises(RivalsError, match="is not there: RIVALS_DATA names a folder that lacks it"):
        home.there("sr/t91")
