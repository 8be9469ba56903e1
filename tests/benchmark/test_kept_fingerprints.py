"""Fingerprints are made once for each state of the code."""

from __future__ import annotations

import pytest

from rivals import catalog
from rivals.benchmark import fingerprint as prints


@pytest.fixture
def made(monkeypatch):
    """Entries that were trained to be fingerprinted."""
    seen: list[str] = []
    monkeypatch.setattr(
        prints, "fingerprint", lambda entry, kind, options: seen.append(entry.name) or {"critic": [1.5, len(seen)]}
    )
    prints._code.cache_clear()
    return seen


def test_the_second_time_nothing_is_trained(made):
    entry = catalog.find("gan")
    first = prints.kept(entry, "points", {"latent": 2})
    assert prints.kept(entry, "points", {"latent": 2}) == first == {"critic": [1.5, 1]}
    assert made == ["gan"]
    assert prints.kept(entry, "points", {"latent": 3}) != first
    assert prints.kept(entry, "images", {"latent": 2}) != first


def test_other_code_is_trained_anew(made, tmp_path):
    file = tmp_path / "mine.py"
    text = (catalog.find("gan").path).read_text(encoding="utf-8").replace('"gan",', '"my-gan",', 1)
    file.write_text(text, encoding="utf-8")
    entry = catalog.find(f"{file}:gan")
    prints.kept(entry, "points", {})
    prints.kept(entry, "points", {})
    assert len(made) == 1
    file.write_text(f"{text}\n# changed\n", encoding="utf-8")
    prints._code.cache_clear()
    prints.kept(entry, "points", {})
    assert len(made) == 2


def test_a_damaged_or_absent_cache_costs_time_alone(made, tmp_path, monkeypatch):
    entry = catalog.find("gan")
    prints.kept(entry, "points", {})
    (file,) = (prints.cache.directory() / "fingerprints").iterdir()
    file.write_text("{", encoding="utf-8")
    assert prints.kept(entry, "points", {}) == {"critic": [1.5, 2]}
    blocked = tmp_path / "no-folder"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("RIVALS_CACHE", str(blocked))
    assert prints.kept(entry, "points", {}) == {"critic": [1.5, 3]}
