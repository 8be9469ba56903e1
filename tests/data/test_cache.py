import json
import os
import shutil
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data import cache
from rivals.data.readers import album
from rivals.data.readers.images import images
from rivals.errors import RivalsError

ROWS = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


class Maker:
    """Makes the rows, and counts how often."""

    def __init__(self, rows=ROWS, most=None):
        self.rows, self.most, self.calls = rows, most, 0

    def __call__(self):
        self.calls += 1
        most = len(self.rows) if self.most is None else self.most
        return cache.Rows(self.rows.dtype, self.rows.shape[1:], most, iter(self.rows), {"bad": [], "é": "\udcff"})


def entry(home):
    (folder,) = home.iterdir()
    return folder


def test_rows_are_made_once_and_then_mapped(cache_home):
    make = Maker()
    first, second = cache.keep({"a": 1}, make), cache.keep({"a": 1}, make)
    assert make.calls == 1
    assert np.array_equal(second.array, ROWS)
    assert isinstance(second.array.base, np.memmap)
    assert first.digest == second.digest
    assert second.notes == {"bad": [], "é": "\udcff"}
    assert second.place == f"{entry(cache_home)}, 0 MiB"
    cache.keep({"a": 2}, make)
    assert make.calls == 2


def test_fewer_rows_than_expected(cache_home):
    kept = cache.keep({}, Maker(most=10**6))
    assert np.array_equal(kept.array, ROWS)
    assert np.array_equal(np.load(entry(cache_home) / "rows.npy"), ROWS)


def test_a_tensor_over_it_can_be_written_and_the_file_stays(cache_home):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = torch.from_numpy(cache.keep({}, Maker()).array)
    x.zero_()
    make = Maker()
    assert np.array_equal(cache.keep({}, make).array, ROWS)
    assert make.calls == 0


def harm(folder: Path, how):
    rows, notes = folder / "rows.npy", folder / "notes.json"
    if how == "a bit":
        raw = bytearray(rows.read_bytes())
        raw[-1] ^= 1
        rows.write_bytes(raw)
    elif how == "cut short":
        rows.write_bytes(rows.read_bytes()[:-3])
    elif how == "rows emptied":
        rows.write_bytes(b"")
    elif how == "rows gone":
        rows.unlink()
    elif how == "notes gone":
        notes.unlink()
    elif how == "notes cut short":
        notes.write_text(notes.read_text()[:-5])
    elif how == "notes changed":
        notes.write_text(notes.read_text().replace('"bad": []', '"bad": [1]'))
    elif how == "notes of another kind":
        notes.write_text("[]")
    elif how == "header":
        raw = bytearray(rows.read_bytes())
        raw[raw.index(b"(4,") + 1] = ord("9")
        rows.write_bytes(raw)


NOTES = ("notes gone", "notes cut short", "notes changed", "notes of another kind")


@pytest.mark.parametrize("how", ["a bit", "cut short", "rows emptied", "rows gone", "header", *NOTES])
def test_damage_is_noticed_and_mended(cache_home, how):
    make = Maker()
    cache.keep({}, make)
    harm(entry(cache_home), how)
    assert np.array_equal(cache.keep({}, make).array, ROWS)
    assert make.calls == 2
    cache.keep({}, make)
    assert make.calls == 2


def test_an_error_half_way_leaves_nothing(cache_home):
    def rows():
        yield ROWS[0]
        raise RivalsError("no")

    with pytest.raises(RivalsError, match="no"):
        cache.keep({}, lambda: cache.Rows(ROWS.dtype, ROWS.shape[1:], 4, rows()))
    assert list(cache_home.iterdir()) == []


def test_a_full_disk_half_way_falls_back_to_memory(cache_home):
    calls = []

    def make():
        calls.append(1)

        def rows():
            yield ROWS[0]
            if len(calls) == 1:
                raise OSError(28, "No space left on device")
            yield from ROWS[1:]

        return cache.Rows(ROWS.dtype, ROWS.shape[1:], 4, rows())

    kept = cache.keep({}, make)
    assert np.array_equal(kept.array, ROWS)
    assert kept.place == f"in memory: the cache {cache_home} cannot be written (No space left on device)"
    assert list(cache_home.iterdir()) == []


@pytest.fixture
def unwritable(tmp_path, monkeypatch):
    """A cache below a file: not even root can make it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path / "file" / "cache"))


@pytest.mark.usefixtures("unwritable")
def test_without_a_cache_it_is_in_memory_with_the_same_digest(monkeypatch, tmp_path):
    kept = cache.keep({}, Maker(most=9))
    assert np.array_equal(kept.array, ROWS)
    assert "cannot be written (Not a directory)" in kept.place
    assert torch.from_numpy(kept.array).sum() == ROWS.sum()
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path / "good"))
    assert cache.keep({}, Maker()).digest == kept.digest


@pytest.mark.usefixtures("unwritable")
def test_too_much_for_memory_is_refused():
    with pytest.raises(RivalsError, match=r"5\.6 GiB are too much in memory: .*: set RIVALS_CACHE to a folder"):
        cache.keep({}, Maker(most=10**9))


def test_what_a_killed_process_left_is_removed_after_a_day(cache_home):
    for name, age in (("old.part", 2 * cache.STALE), ("new.part", 60)):
        (cache_home / name).mkdir()
        os.utime(cache_home / name, (time.time() - age,) * 2)
    cache.keep({}, Maker())
    assert not (cache_home / "old.part").exists()
    assert (cache_home / "new.part").exists()


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("RIVALS_CACHE", "here")
    assert cache.directory() == Path("here")
    monkeypatch.delenv("RIVALS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory() == tmp_path / "rivals"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert cache.directory() == tmp_path / "me" / ".cache" / "rivals"


# ---- with pictures ---------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path):
    for i in range(12):
        Image.new("L", (5, 4), i).save(tmp_path / f"{i}.png")
    return tmp_path


def test_a_second_load_decodes_nothing_and_has_the_same_fingerprint(photos, monkeypatch):
    first = images(photos)

    def never(*_):
        raise AssertionError("a picture was opened")

    monkeypatch.setattr(album, "_seen", never)
    monkeypatch.setattr(album, "_decoded", never)
    second = images(photos)
    assert torch.equal(first.first("image", 99), second.first("image", 99))
    assert second.found == first.found
    assert second.fingerprint() == first.fingerprint()
    assert second.test.fingerprint() == first.test.fingerprint() != first.fingerprint()


def test_a_change_of_the_pictures_is_seen(photos):
    first = images(photos)
    Image.new("L", (5, 4), 99).save(photos / "3.png")
    changed = images(photos)
    assert changed.fingerprint() != first.fingerprint()
    values = torch.cat([s.first("image", 99) for s in (changed, changed.test)])[:, 0, 0, 0]
    assert 99 in values.tolist()
    (photos / "4.png").unlink()
    assert images(photos).size + images(photos).test.size == 11
    assert images(photos, size=2).spec.height == 2


def test_a_copy_elsewhere_has_the_same_fingerprint_and_a_cache_of_its_own(photos, cache_home, tmp_path_factory):
    first = images(photos)
    copy = tmp_path_factory.mktemp("copy") / "photos"
    shutil.copytree(photos, copy)
    assert images(copy).fingerprint() == first.fingerprint()
    assert len(list(cache_home.iterdir())) == 2


@pytest.mark.usefixtures("unwritable")
def test_pictures_without_a_cache_say_so(photos):
    source = images(photos)
    assert source.size == 11
    assert source.found.facts["cache"].startswith("in memory: the cache ")
    assert source.fingerprint() == images(photos).fingerprint()


def test_training_and_held_out_rows_share_one_map(photos):
    source = images(photos)
    assert source._arrays["image"] is source.test._arrays["image"]
    a, b = (set(s.first("image", 99)[:, 0, 0, 0].tolist()) for s in (source, source.test))
    assert a | b == set(range(12))
    assert not a & b
    assert json.loads((entry_of(source) / "notes.json").read_text())["notes"]["bad"] == []


def entry_of(source):
    return Path(source.found.facts["cache"].split(",")[0])
